/**
 * For how long something has held without interruption. Pure: time comes with every observation.
 * Not knowing neither starts nor ends it, so that a missing reading cannot reset a breach.
 */
export class Persistence {
  #sinceUs: number | undefined;

  /** `holds` undefined: unknown now. Answers for how long it has held, µs; undefined: it does not. */
  observe(holds: boolean | undefined, nowUs: number): number | undefined {
    if (holds === false) this.#sinceUs = undefined;
    else if (holds === true) this.#sinceUs ??= nowUs;
    return this.#sinceUs === undefined ? undefined : nowUs - this.#sinceUs;
  }
}

/** Rounding of the reading must not save a level that was reached. */
const levelTolerance = 1e-9;

/** `value >= level`, levels trip at the mark itself. */
export function reaches(value: number, level: number): boolean {
  return value >= level * (1 - levelTolerance);
}
