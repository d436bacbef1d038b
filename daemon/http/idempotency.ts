/** Same key and body within a day: the stored answer. Same key, another body: CONFLICT. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import type { Clock, OutboundHttpResponse } from '../../streams/ports/index.ts';

const keptUs = 24 * 3_600 * 1_000_000;
/** Supervisors act by hand: thousands of keys a day are an attack, and the oldest are forgotten. */
const keysMax = 10_000;
const keyForm = /^[\x21-\x7e]{1,128}$/;

interface Stored {
  readonly bodyHash: string;
  readonly atUs: number;
  readonly answer: Promise<OutboundHttpResponse>;
}

export class IdempotencyTable {
  readonly #clock: Clock;
  readonly #stored = new Map<string, Stored>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Runs `command` once a key. `scope` is the route and the role: a key of one command never
   * answers another. A command that was refused is not stored: it changed nothing.
   */
  async once(
    scope: string,
    key: string | undefined,
    body: Uint8Array,
    command: () => Promise<OutboundHttpResponse>,
  ): Promise<OutboundHttpResponse> {
    if (key === undefined || !keyForm.test(key)) {
      throw new HoldfastError(
        'REQUEST_INVALID',
        'a command needs an `Idempotency-Key` header of 1 to 128 visible characters',
      );
    }
    this.#forget();
    const scoped = `${scope}\n${key}`;
    const bodyHash = sha256Hex(body);
    const known = this.#stored.get(scoped);
    if (known !== undefined) {
      if (known.bodyHash === bodyHash) return known.answer;
      throw new HoldfastError('CONFLICT', 'this idempotency key came with another body before');
    }
    const answer = command();
    this.#stored.set(scoped, { bodyHash, atUs: this.#clock.monotonicUs(), answer });
    try {
      return await answer;
    } catch (error) {
      this.#stored.delete(scoped);
      throw error;
    }
  }

  #forget(): void {
    const beforeUs = this.#clock.monotonicUs() - keptUs;
    for (const [key, { atUs }] of this.#stored) {
      if (atUs >= beforeUs && this.#stored.size < keysMax) return;
      this.#stored.delete(key);
    }
  }
}
