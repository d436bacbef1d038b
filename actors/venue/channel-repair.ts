/**
 * Subscribes broken channels again. Asking twice is the same as asking once; all channels that
 * broke meanwhile go in one pass; a channel that keeps breaking waits longer each time, because
 * each pass costs request credits.
 */
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import type { Clock } from '../../streams/ports/clock.ts';

export interface ChannelRepairOptions {
  readonly clock: Clock;
  readonly resubscribe: (channels: string[]) => Promise<{ readonly refused: readonly string[] }>;
  readonly onError: (error: HoldfastError) => void;
}

/** Two subscription calls a pass; the venue grants 3.3 a second. */
const firstDelayMs = 50;
const maxDelayMs = 10_000;
/** A channel that held this long is as good as new. */
const forgetAfterMs = 60_000;

interface Breakage {
  times: number;
  lastUs: number;
}

export class ChannelRepair {
  readonly #options: ChannelRepairOptions;
  readonly #waiting = new Set<string>();
  readonly #breakages = new Map<string, Breakage>();
  #scheduled = false;

  constructor(options: ChannelRepairOptions) {
    this.#options = options;
  }

  /** Asks for a repair of `channel`. */
  request(channel: string): void {
    if (this.#waiting.has(channel)) return;
    this.#waiting.add(channel);
    const delayMs = this.#delayFor(channel);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.clock.after(delayMs, () => this.#pass());
  }

  /** The session is gone: a new one subscribes everything anyway. */
  reset(): void {
    this.#waiting.clear();
  }

  #delayFor(channel: string): number {
    const nowUs = this.#options.clock.monotonicUs();
    const known = this.#breakages.get(channel);
    const isOld = known === undefined || nowUs - known.lastUs > forgetAfterMs * 1_000;
    const times = isOld ? 1 : known.times + 1;
    this.#breakages.set(channel, { times, lastUs: nowUs });
    return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(16, times - 1));
  }

  #pass(): void {
    this.#scheduled = false;
    const channels = [...this.#waiting];
    this.#waiting.clear();
    if (channels.length === 0) return;
    this.#options.resubscribe(channels).then(
      ({ refused }) => {
        for (const channel of refused) this.request(channel);
      },
      (thrown: unknown) => {
        this.#options.onError(asHoldfastError(thrown));
        for (const channel of channels) this.request(channel);
      },
    );
  }
}
