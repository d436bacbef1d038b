/** The suites, what one file of each may take, and how many files there must be at least. */
interface Suite {
  /** One file's deadline. Generous: it ends a hang, it measures nothing. */
  readonly deadlineMs: number;
  /** A pattern that stops matching must not pass as "nothing failed". */
  readonly filesMin: number;
}

export const suites: Readonly<Record<string, Suite>> = {
  house: { deadlineMs: 120_000, filesMin: 1 },
  unit: { deadlineMs: 120_000, filesMin: 1 },
  conformance: { deadlineMs: 120_000, filesMin: 1 },
  integration: { deadlineMs: 240_000, filesMin: 1 },
  services: { deadlineMs: 240_000, filesMin: 0 },
  simulation: { deadlineMs: 300_000, filesMin: 2 },
  chaos: { deadlineMs: 300_000, filesMin: 0 },
  browser: { deadlineMs: 240_000, filesMin: 0 },
};

export const defaultSuites: readonly string[] = Object.keys(suites);
