/** Mutants that no test can or should notice, each with its reason. Matched by line text. */
interface KnownSurvivor {
  readonly file: string;
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
}

export const knownSurvivors: readonly KnownSurvivor[] = [];
