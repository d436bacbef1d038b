/**
 * What is known about the health of the venue and of our ways to it: measured, with ages, never
 * assumed. A value nobody measured is undefined, not zero.
 */
import type { VenueAnnouncement } from '../../streams/facts/venue-announcement.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { PlatformStatus } from '../../streams/venues/deribit/index.ts';
import { SampleWindow } from './sample-window.ts';
import { TimedWindow } from './timed-window.ts';
import type { VolatilityIndex } from './volatility-index.ts';

/** About the last minutes of polling and reconciling. */
const httpSamples = 256;
/** A few seconds of market data. */
const lagSamples = 1_024;
/** Windows of the rates below, ms. */
const rateWindowMs = 60_000;
const timeoutWindowMs = 60_000;
const recentMs = 30_000;
const countWindowMs = 300_000;

interface Refusal {
  readonly atUs: number;
  readonly kind: 'http_429' | 'error_10028';
}

export interface VenueHealth {
  /** Of the last 30 s. */
  readonly httpP95Ms: number | undefined;
  /** Part of the HTTP requests of the last 60 s that timed out. */
  readonly httpTimeoutRatio: number | undefined;
  readonly wsRoundTripP95Ms: number | undefined;
  /** Receive time minus venue time of market events of the last 30 s; moves with a clock offset. */
  readonly wsLagP95Ms: number | undefined;
  /** 10028 or HTTP 429 in the last minute. */
  readonly rateRefusals60s: number;
  readonly http429Count5m: number;
  readonly error10028Count5m: number;
  readonly rateRefusalsTotal: number;
  readonly quarantinedTotal: number;
  /** Local clock minus venue clock, ms, at the middle of the request. */
  readonly clockDriftMs: number | undefined;
  /** How far that may be off, ms: half of the round trip. */
  readonly clockDriftErrorMs: number;
  readonly platform: PlatformStatus | undefined;
  /** What the venue has announced and not withdrawn. */
  readonly announcements: readonly VenueAnnouncement[];
  /** Age of the last successful reading of its list, ms; Infinity before the first. */
  readonly announcementsAgeMs: number;
  /** Age of the last successful poll, ms; Infinity before the first. */
  readonly polledAgeMs: number;
}

/** A volatility index, percent a year, and when it came, monotonic µs. */
export interface IndexValue {
  readonly valueFloat: number;
  readonly atUs: number;
}

/** Measures of the moment. */
export interface Measured {
  /** Volatility indices by name (`btc_usd`). */
  readonly volatility: ReadonlyMap<string, IndexValue>;
  /** When the instrument list was last read whole, monotonic µs; undefined: never. */
  readonly instrumentsReadUs: number | undefined;
  /** Local clock minus venue clock, ms; undefined: not measured. */
  readonly clockDriftMs: number | undefined;
}

export class VenueHealthMeter implements Measured {
  readonly #clock: Clock;
  readonly #http = new TimedWindow(httpSamples);
  readonly #httpTimedOut = new TimedWindow(httpSamples);
  readonly #roundTrip = new SampleWindow(httpSamples);
  readonly #lag = new TimedWindow(lagSamples);
  readonly volatility = new Map<string, IndexValue>();
  instrumentsReadUs: number | undefined;
  #refusals: Refusal[] = [];
  #refusalsTotal = 0;
  #quarantined = 0;
  clockDriftMs: number | undefined;
  #driftErrorMs = 0;
  #platform: PlatformStatus | undefined;
  #polledUs: number | undefined;
  #announcedUs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `status` is 0 when no answer came. */
  http(ms: number, status: number, timedOut: boolean): void {
    const nowUs = this.#clock.monotonicUs();
    this.#httpTimedOut.add(timedOut ? 1 : 0, nowUs);
    if (status !== 0) this.#http.add(ms, nowUs);
  }

  volatilitySeen({ index, valueFloat }: VolatilityIndex): void {
    this.volatility.set(index, { valueFloat, atUs: this.#clock.monotonicUs() });
  }

  instrumentsListed(): void {
    this.instrumentsReadUs = this.#clock.monotonicUs();
  }

  roundTrip(ms: number): void {
    this.#roundTrip.add(ms);
  }

  /** Called per market event: two stores. */
  lag(us: number, atMonotonicUs: number): void {
    this.#lag.add(us, atMonotonicUs);
  }

  rateRefusal(kind: Refusal['kind']): void {
    this.#refusalsTotal += 1;
    this.#refusals.push({ atUs: this.#clock.monotonicUs(), kind });
    this.#forgetOldRefusals();
  }

  quarantined(): void {
    this.#quarantined += 1;
  }

  polled(platform: PlatformStatus, driftMs: number, driftErrorMs: number): void {
    this.#platform = platform;
    this.clockDriftMs = driftMs;
    this.#driftErrorMs = driftErrorMs;
    this.#polledUs = this.#clock.monotonicUs();
  }

  /** The list of announcements was read. */
  announced(): void {
    this.#announcedUs = this.#clock.monotonicUs();
  }

  /** Figures of windows are computed when they are asked for: most readers want one of them. */
  read(announcements: readonly VenueAnnouncement[]): VenueHealth {
    this.#forgetOldRefusals();
    const nowUs = this.#clock.monotonicUs();
    const recentUs = nowUs - recentMs * 1_000;
    const [http, timedOut, roundTrip, lag] = [
      this.#http,
      this.#httpTimedOut,
      this.#roundTrip,
      this.#lag,
    ];
    return {
      get httpP95Ms() {
        return http.quantile(0.95, recentUs);
      },
      get httpTimeoutRatio() {
        return timedOut.mean(nowUs - timeoutWindowMs * 1_000);
      },
      get wsRoundTripP95Ms() {
        return roundTrip.quantile(0.95);
      },
      get wsLagP95Ms() {
        const lagUs = lag.quantile(0.95, recentUs);
        return lagUs === undefined ? undefined : lagUs / 1_000;
      },
      rateRefusals60s: this.#refusedSince(nowUs - rateWindowMs * 1_000),
      http429Count5m: this.#refusedAs('http_429'),
      error10028Count5m: this.#refusedAs('error_10028'),
      rateRefusalsTotal: this.#refusalsTotal,
      quarantinedTotal: this.#quarantined,
      clockDriftMs: this.clockDriftMs,
      clockDriftErrorMs: this.#driftErrorMs,
      platform: this.#platform,
      announcements,
      announcementsAgeMs: this.#ageMs(this.#announcedUs),
      polledAgeMs: this.#ageMs(this.#polledUs),
    };
  }

  #refusedSince(sinceUs: number): number {
    return this.#refusals.filter(({ atUs }) => atUs >= sinceUs).length;
  }

  #refusedAs(kind: Refusal['kind']): number {
    return this.#refusals.filter((refusal) => refusal.kind === kind).length;
  }

  #ageMs(atUs: number | undefined): number {
    if (atUs === undefined) return Number.POSITIVE_INFINITY;
    return (this.#clock.monotonicUs() - atUs) / 1_000;
  }

  #forgetOldRefusals(): void {
    if (this.#refusals.length === 0) return;
    const since = this.#clock.monotonicUs() - countWindowMs * 1_000;
    this.#refusals = this.#refusals.filter(({ atUs }) => atUs >= since);
  }
}
