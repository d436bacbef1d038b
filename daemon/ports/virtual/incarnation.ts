/**
 * One life of a node: from its start to its exit or crash. Whatever a dead incarnation still tries
 * has no effect: its timers do not fire, its sockets do not send, its disk refuses.
 */
export interface Incarnation {
  readonly name: string;
  readonly pid: number;
  readonly isAlive: boolean;
  /** Runs when this life ends; returns the way to forget about it. */
  onDeath(fn: (silent: boolean) => void): () => void;
}

/** The side of an incarnation that may end it. */
export class Life implements Incarnation {
  readonly name: string;
  readonly pid: number;
  readonly #onDeath = new Set<(silent: boolean) => void>();
  #isAlive = true;

  constructor(name: string, pid: number) {
    this.name = name;
    this.pid = pid;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  onDeath(fn: (silent: boolean) => void): () => void {
    this.#onDeath.add(fn);
    return () => void this.#onDeath.delete(fn);
  }

  /** `silent`: the machine is gone too, so nobody tells the other ends of its connections. */
  end(silent: boolean): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    const listeners = Array.from(this.#onDeath);
    this.#onDeath.clear();
    for (const fn of listeners) fn(silent);
  }
}
