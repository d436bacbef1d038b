/**
 * Requests in flight, matched by id only (replies may come out of order). Every request ends in
 * exactly one outcome: a result, an error, or `lost` — and lost never says that nothing happened.
 */
import type { CancelTimer, Clock } from '../../../ports/clock.ts';
import type { VenueError } from '../codec/errors.ts';

export type RequestOutcome =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: VenueError }
  /** No answer: timed out, or the connection ended. The request may have been executed. */
  | { readonly kind: 'lost'; readonly cause: string };

interface Pending {
  readonly method: string;
  readonly sentMonotonicUs: number;
  readonly settle: (outcome: RequestOutcome) => void;
  cancelTimer: CancelTimer;
}

const noTimer: CancelTimer = () => undefined;

/** Answers to timed-out requests that we still recognise; more would mean a dead venue. */
const maxRemembered = 1_024;

export interface LateReply {
  readonly method: string;
  readonly outcome: RequestOutcome;
}

export class PendingRequests {
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  readonly #expired = new Map<number, string>();
  #nextId = 1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Ids count up for the life of the session object, over reconnects: no reply can be mistaken. */
  takeId(): number {
    const id = this.#nextId;
    this.#nextId += 1;
    return id;
  }

  /** Waits for the outcome of `id`, for ever until `limit` is called. */
  wait(id: number, method: string): Promise<RequestOutcome> {
    return new Promise((settle) => {
      const sentMonotonicUs = this.#clock.monotonicUs();
      this.#pending.set(id, { method, sentMonotonicUs, settle, cancelTimer: noTimer });
    });
  }

  /** From now on `id` is `lost` after `timeoutMs`. Called once the bytes have left: not before. */
  limit(id: number, timeoutMs: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    pending.cancelTimer = this.#clock.after(timeoutMs, () => this.#expire(id, timeoutMs));
  }

  /**
   * Settles `id`. Answers the request's method and age when it was waiting, `late` when it had
   * timed out, undefined when nobody ever asked.
   */
  settle(id: number, outcome: RequestOutcome): { ageMs: number; late?: LateReply } | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) {
      const method = this.#expired.get(id);
      if (method === undefined) return undefined;
      this.#expired.delete(id);
      return { ageMs: Number.NaN, late: { method, outcome } };
    }
    this.#pending.delete(id);
    pending.cancelTimer();
    pending.settle(outcome);
    return { ageMs: (this.#clock.monotonicUs() - pending.sentMonotonicUs) / 1_000 };
  }

  /** The connection is gone: everything in flight is lost, in order of sending. */
  loseAll(cause: string): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    this.#expired.clear();
    for (const pending of all) {
      pending.cancelTimer();
      pending.settle({ kind: 'lost', cause });
    }
  }

  #expire(id: number, timeoutMs: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#expired.set(id, pending.method);
    if (this.#expired.size > maxRemembered) {
      const oldest = this.#expired.keys().next();
      if (oldest.done !== true) this.#expired.delete(oldest.value);
    }
    pending.settle({ kind: 'lost', cause: `no answer within ${timeoutMs} ms` });
  }
}
