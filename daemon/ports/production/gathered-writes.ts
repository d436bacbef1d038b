/**
 * Gathers what one turn of the loop writes to a stream into few system calls: a message to many
 * watchers, or many messages to one, otherwise costs a call each. Held back until the running
 * code ends, or until enough bytes are waiting; never longer.
 */
import type { Duplex } from 'node:stream';

/** Handed over at once from here on: a system call of this size costs little per byte. */
const gatheredBytesMax = 64 * 1_024;

export class GatheredWrites {
  readonly #stream: Duplex;
  #isHolding = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  /** Runs `write`, which writes to the stream. */
  around(write: () => void): void {
    if (!this.#isHolding) {
      this.#isHolding = true;
      this.#stream.cork();
      process.nextTick(this.#release);
    }
    write();
    if (this.#stream.writableLength >= gatheredBytesMax) this.#release();
  }

  readonly #release = (): void => {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#stream.uncork();
  };
}
