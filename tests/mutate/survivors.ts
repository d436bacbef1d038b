/** Mutants that no test can or should notice, each with its reason. */
interface KnownSurvivor {
  readonly file: string;
  /** The source line, without its indentation. */
  readonly on: string;
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
}

export const knownSurvivors: readonly KnownSurvivor[] = [];
