/**
 * The watchdog: beats at the daemon and acts at the venue when nobody answers. Silent for too long:
 * every order that is not reduce-only is cancelled through a client that can do nothing else, until
 * the venue shows none, and again whenever one shows up, until the daemon is heard again.
 */
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { CancelTimer, Clock, Log } from '../../streams/ports/index.ts';
import type { OpenOrderRow } from '../../streams/venues/deribit/index.ts';

export interface WatchdogOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonicUs'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** Resolves when the daemon answered: with the age of its guard's last evaluation, ms. */
  readonly beat: () => Promise<number>;
  readonly venue: {
    openOrders(): Promise<readonly OpenOrderRow[]>;
    cancel(orderId: string): Promise<void>;
  };
  readonly intervalMs: number;
  readonly silenceMs: number;
  /** For people: the daemon is silent, the venue is clear, the daemon is back. */
  readonly onAlert: (text: string) => void;
}

export class Watchdog {
  readonly #options: WatchdogOptions;
  #heardUs: number;
  #isSilent = false;
  #isClear = false;
  #isFailing = false;
  #next: CancelTimer = () => undefined;
  #stopped = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
    // A daemon that never came up is as silent as one that went: it may have left orders behind.
    this.#heardUs = options.clock.monotonicUs();
  }

  start(): void {
    void this.#round();
  }

  stop(): void {
    this.#stopped = true;
    this.#next();
  }

  async #round(): Promise<void> {
    const { clock, intervalMs, silenceMs } = this.#options;
    await this.#listen();
    const silentMs = (clock.monotonicUs() - this.#heardUs) / 1_000;
    if (silentMs > silenceMs) await this.#act(silentMs);
    if (!this.#stopped) this.#next = clock.after(intervalMs, () => void this.#round());
  }

  async #listen(): Promise<void> {
    const { beat, clock, log, onAlert } = this.#options;
    try {
      // A daemon that answers while its guard stands still protects nobody: that counts as silence.
      const guardAgeMs = await beat();
      this.#heardUs = Math.max(this.#heardUs, clock.monotonicUs() - guardAgeMs * 1_000);
      if (guardAgeMs > this.#options.silenceMs) return;
      if (this.#isSilent) onAlert('the daemon is heard again');
      this.#isFailing = false;
      this.#isSilent = false;
      this.#isClear = false;
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown);
      // Once an outage: a beat may come ten times a second.
      if (!this.#isFailing) log.warn('watchdog.no_answer', { code, message });
      this.#isFailing = true;
    }
  }

  async #act(silentMs: number): Promise<void> {
    const { log, onAlert, venue } = this.#options;
    if (!this.#isSilent) {
      this.#isSilent = true;
      onAlert(`the daemon is silent for ${Math.round(silentMs)} ms: cancelling at the venue`);
    }
    try {
      const open = (await venue.openOrders()).filter(({ reduceOnly }) => !reduceOnly);
      // One refusal must not keep the rest alive.
      const cancelled = await Promise.allSettled(open.map(({ orderId }) => venue.cancel(orderId)));
      const failed = cancelled.filter(({ status }) => status === 'rejected').length;
      if (open.length > 0) log.error('watchdog.cancelled', { open: open.length, failed });
      const isClear = open.length === 0;
      if (isClear && !this.#isClear) onAlert('the venue shows no order that could add risk');
      this.#isClear = isClear;
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown);
      log.error('watchdog.venue_failed', { code, message });
    }
  }
}
