/** A bounded set of recurring jobs ordered by due time; jobs due together run in order of adding. */
interface Entry {
  dueUs: number;
  readonly order: number;
  /** Does the job at its due time and returns the next due time. */
  readonly run: (dueUs: number) => number;
}

export class Schedule {
  readonly #heap: Entry[] = [];

  add(dueUs: number, run: (dueUs: number) => number): void {
    this.#heap.push({ dueUs, order: this.#heap.length, run });
    this.#up(this.#heap.length - 1);
  }

  nextUs(): number {
    return this.#heap[0]?.dueUs ?? Number.POSITIVE_INFINITY;
  }

  /** Runs the job that is due first and puts it back at its next time. */
  step(): void {
    const entry = this.#heap[0];
    if (entry === undefined) return;
    entry.dueUs = entry.run(entry.dueUs);
    this.#down(0);
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a];
    const right = this.#heap[b];
    if (left === undefined || right === undefined) return false;
    return left.dueUs < right.dueUs || (left.dueUs === right.dueUs && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const left = this.#heap[a];
    const right = this.#heap[b];
    if (left === undefined || right === undefined) return;
    this.#heap[a] = right;
    this.#heap[b] = left;
  }

  #up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(start: number): void {
    let at = start;
    for (;;) {
      const left = at * 2 + 1;
      let least = at;
      if (this.#before(left, least)) least = left;
      if (this.#before(left + 1, least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }
}
