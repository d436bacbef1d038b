/** What observers say: broken invariants, and what was reached. */
export interface Violation {
  /** Name of the invariant, `once`, `durable-first`, … (docs/simulation.md). */
  readonly invariant: string;
  readonly message: string;
  readonly atUs: number;
}

/** Where observers write to. One a history. */
export class Verdict {
  readonly violations: Violation[] = [];
  /** What was reached, with how often: the "sometimes" assertions. */
  readonly reached = new Map<string, number>();
  readonly #nowUs: () => number;

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  get nowUs(): number {
    return this.#nowUs();
  }

  broken(invariant: string, message: string): void {
    // The first of a kind is the one to look at; a storm of repeats says nothing more.
    if (this.violations.some((other) => other.invariant === invariant)) return;
    this.violations.push({ invariant, message, atUs: this.nowUs });
  }

  reach(what: string): void {
    this.reached.set(what, (this.reached.get(what) ?? 0) + 1);
  }
}
