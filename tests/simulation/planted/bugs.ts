/** Known-bad variants of the house. Each is exact text of compiled code and what stands there instead. */
export interface Change {
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

export const plantedBugs: readonly PlantedBug[] = [];

/** Throws for an unknown name. */
export function plantedBug(name: string): PlantedBug {
  const bug = plantedBugs.find((each) => each.name === name);
  if (bug === undefined) throw new Error(`no planted bug is called ${name}`);
  return bug;
}
