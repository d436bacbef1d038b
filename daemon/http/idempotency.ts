/** Same key and body within a day: the stored answer. Same key, another body: CONFLICT. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Clock, OutboundHttpResponse } from '../../streams/ports/index.ts';

/** How long an answer is kept. */
export const keptUs = 24 * 3_600 * 1_000_000;
/** Supervisors act by hand: thousands of keys a day are an attack, and the oldest are forgotten. */
const keysMax = 10_000;
const keyForm = /^[\x21-\x7e]{1,128}$/;

interface Stored {
  readonly bodySha256: string;
  readonly atUs: number;
  readonly answer: Promise<OutboundHttpResponse>;
}

export class IdempotencyTable {
  readonly #clock: Pick<Clock, 'nowUs' | 'monotonicUs'>;
  /** Oldest first. */
  readonly #stored = new Map<string, Stored>();

  constructor(clock: Pick<Clock, 'nowUs' | 'monotonicUs'>) {
    this.#clock = clock;
  }

  /**
   * Runs `command` once a key. `scope` is the route and the role: a key of one command never
   * answers another. A command that was refused is not stored: it changed nothing.
   */
  async once(
    scope: string,
    key: string | undefined,
    bodySha256: string,
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
    const known = this.#stored.get(scoped);
    if (known !== undefined) {
      if (known.bodySha256 === bodySha256) return known.answer;
      throw new HoldfastError('CONFLICT', 'this idempotency key came with another body before');
    }
    const answer = command();
    this.#stored.set(scoped, { bodySha256, atUs: this.#clock.monotonicUs(), answer });
    try {
      return await answer;
    } catch (error) {
      this.#stored.delete(scoped);
      throw error;
    }
  }

  /** Puts an answer of an earlier run back; `epochUs` is when it was given. Oldest first. */
  restore(
    scope: string,
    key: string,
    bodySha256: string,
    epochUs: number,
    answer: OutboundHttpResponse,
  ): void {
    const ageUs = Math.max(0, this.#clock.nowUs() - epochUs);
    const atUs = this.#clock.monotonicUs() - ageUs;
    this.#stored.set(`${scope}\n${key}`, { bodySha256, atUs, answer: Promise.resolve(answer) });
    this.#forget();
  }

  #forget(): void {
    const beforeUs = this.#clock.monotonicUs() - keptUs;
    for (const [key, { atUs }] of this.#stored) {
      if (atUs >= beforeUs && this.#stored.size <= keysMax) return;
      this.#stored.delete(key);
    }
  }
}
