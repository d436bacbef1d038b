/** A server of one node: what is open on it, and how it stops. */
import type { HttpServerOptions } from '../../../streams/ports/index.ts';
import type { VirtualClock } from './clock.ts';
import type { Incarnation } from './incarnation.ts';

/** A connection as its server sees it. */
export interface Guest {
  /** Asks it to leave, if it can be asked. */
  sayGoodbye(): void;
  cut(): void;
}

/** Counts what is connected, and empties the house when it closes. */
export class Listener {
  readonly owner: Incarnation;
  readonly options: HttpServerOptions;
  readonly #guests = new Set<Guest>();
  #onEmpty: (() => void) | undefined;

  constructor(owner: Incarnation, options: HttpServerOptions) {
    this.owner = owner;
    this.options = options;
  }

  get isFull(): boolean {
    return this.#guests.size >= this.options.maxConnections;
  }

  /** Returns the way out. */
  enter(guest: Guest): () => void {
    this.#guests.add(guest);
    return () => {
      this.#guests.delete(guest);
      if (this.#guests.size === 0) this.#onEmpty?.();
    };
  }

  /** Resolves when nobody is left, which is after `graceMs` at the latest. */
  empty(clock: VirtualClock, graceMs: number): Promise<void> {
    for (const guest of Array.from(this.#guests)) guest.sayGoodbye();
    if (this.#guests.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.schedule(graceMs * 1_000, () => {
        for (const guest of Array.from(this.#guests)) guest.cut();
        resolve();
      });
      this.#onEmpty = () => {
        cancel();
        resolve();
      };
    });
  }
}
