/** A bounded first-in-first-out queue of events between the tick and the journal. */
import type { MarketEvent } from '../../../streams/facts/market.ts';

export class EventQueue {
  readonly #slots: (MarketEvent | undefined)[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    const slots: (MarketEvent | undefined)[] = [];
    slots.length = capacity;
    // Filled at once: made element by element it was a noticeable part of a start.
    this.#slots = slots.fill(undefined);
  }

  get size(): number {
    return this.#size;
  }

  get capacity(): number {
    return this.#slots.length;
  }

  /** False at the bound: nothing was taken. */
  push(event: MarketEvent): boolean {
    if (this.#size === this.#slots.length) return false;
    this.#slots[(this.#head + this.#size) % this.#slots.length] = event;
    this.#size += 1;
    return true;
  }

  shift(): MarketEvent | undefined {
    if (this.#size === 0) return undefined;
    const event = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) % this.#slots.length;
    this.#size -= 1;
    return event;
  }
}
