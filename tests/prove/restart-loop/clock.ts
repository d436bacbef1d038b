/** Real time for a harness that drives real processes. */

/** Milliseconds since some fixed moment. */
export function sinceMs(): number {
  return performance.now();
}

export function sleepMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
