/** What a planted bug is made of. */
interface Change {
  /** Under `dist/`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly put: string;
}

export interface PlantedBug {
  readonly name: string;
  /** What a careless author might have done. */
  readonly about: string;
  readonly changes: readonly Change[];
}

/** A bug of one change. */
export function bug(
  name: string,
  about: string,
  file: string,
  find: string,
  put: string,
): PlantedBug {
  return { name, about, changes: [{ file, find, put }] };
}
