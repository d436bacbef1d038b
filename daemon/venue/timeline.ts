/**
 * Venue time, and the pump that lets the market source act when its time has come. Work is cut into
 * slices so that requests are served between them even when the market has to catch up.
 */
import type { CancelTimer, Clock } from '../../streams/ports/index.ts';
import type { MarketSource } from '../../streams/venues/simulated/index.ts';
import type { TimelineMode } from './options.ts';

/** Source steps per turn of the loop: a few milliseconds of work. */
const stepsPerSlice = 500;
/** Longest sleep of the pump: node timers end at 2^31 ms. */
const longestWaitMs = 3_600_000;

export interface Chores {
  nextUs(): number;
  step(): void;
}

export interface TimelineOptions {
  readonly clock: Clock;
  readonly source: MarketSource;
  /** What the venue does by itself at stated times (settlement, funding, margin calls). */
  readonly chores?: () => Chores | undefined;
  readonly mode: TimelineMode;
  readonly speed: number;
  readonly onFatal: (error: unknown) => void;
}

export class Timeline {
  readonly #clock: Clock;
  readonly #source: MarketSource;
  readonly #chores: () => Chores | undefined;
  readonly #mode: TimelineMode;
  readonly #speed: number;
  readonly #onFatal: (error: unknown) => void;
  readonly #startUs: number;
  #originUs: number | undefined;
  #lastUs: number;
  #cancel: CancelTimer | undefined;
  #stopped = false;
  #behind = false;

  constructor(options: TimelineOptions) {
    this.#clock = options.clock;
    this.#source = options.source;
    this.#chores = options.chores ?? (() => undefined);
    this.#mode = options.source.startUs === undefined ? 'clock' : options.mode;
    this.#speed = options.speed;
    this.#onFatal = options.onFatal;
    this.#startUs = options.source.startUs ?? options.clock.nowUs();
    this.#lastUs = this.#startUs;
  }

  /** Venue time now, epoch µs. */
  nowUs(): number {
    if (this.#mode === 'clock') return this.#clock.nowUs();
    if (this.#originUs === undefined) return this.#startUs;
    if (this.#speed === Number.POSITIVE_INFINITY) return this.#lastUs;
    const elapsedUs = (this.#clock.monotonicUs() - this.#originUs) * this.#speed;
    return Math.max(this.#lastUs, Math.floor(this.#startUs + elapsedUs));
  }

  get running(): boolean {
    return this.#originUs !== undefined && !this.#stopped;
  }

  /** True when the source will never act again. */
  get ended(): boolean {
    return this.#source.nextUs() === Number.POSITIVE_INFINITY;
  }

  /** Lets time pass. Calling it again is harmless. */
  start(): void {
    if (this.#originUs !== undefined || this.#stopped) return;
    this.#originUs = this.#clock.monotonicUs();
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  /** When something happens next. An unbounded recording ends with its own last event. */
  #nextUs(): number {
    const nextUs = this.#source.nextUs();
    const unbounded = this.#mode === 'recorded' && this.#speed === Number.POSITIVE_INFINITY;
    if (unbounded && nextUs === Number.POSITIVE_INFINITY) return nextUs;
    return Math.min(nextUs, this.#chores()?.nextUs() ?? nextUs);
  }

  #step(): void {
    const chores = this.#chores();
    if (chores !== undefined && chores.nextUs() < this.#source.nextUs()) chores.step();
    else this.#source.step();
  }

  #arm(): void {
    const nextUs = this.#nextUs();
    if (this.#stopped || nextUs === Number.POSITIVE_INFINITY) return;
    if (this.#behind || this.#speed === Number.POSITIVE_INFINITY) {
      this.#clock.soon(() => this.#pump());
      return;
    }
    const speed = this.#mode === 'clock' ? 1 : this.#speed;
    const waitMs = Math.max(0, (nextUs - this.nowUs()) / speed / 1_000);
    this.#cancel = this.#clock.after(Math.min(longestWaitMs, waitMs), () => this.#pump());
  }

  #pump(): void {
    if (this.#stopped) return;
    const unbounded = this.#mode === 'recorded' && this.#speed === Number.POSITIVE_INFINITY;
    const untilUs = unbounded ? Number.MAX_SAFE_INTEGER : this.nowUs();
    try {
      let steps = 0;
      for (; steps < stepsPerSlice && this.#nextUs() <= untilUs; steps += 1) {
        this.#lastUs = Math.max(this.#lastUs, this.#nextUs());
        this.#step();
      }
      this.#behind = steps === stepsPerSlice;
    } catch (error) {
      this.stop();
      this.#onFatal(error);
      return;
    }
    this.#arm();
  }
}
