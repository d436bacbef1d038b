/**
 * What is known about the health of the venue and of our ways to it: measured, with ages, never
 * assumed. A value nobody measured is undefined, not zero.
 */
import type { VenueAnnouncement } from '../../streams/facts/venue-announcement.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { PlatformStatus } from '../../streams/venues/deribit/index.ts';
import { SampleWindow } from './sample-window.ts';

/** About the last minutes of polling and reconciling. */
const httpSamples = 256;
/** A few seconds of market data. */
const lagSamples = 1_024;
/** Windows of the rates below, ms. */
const rateWindowMs = 60_000;
const countWindowMs = 300_000;

interface Refusal {
  readonly atUs: number;
  readonly kind: 'http_429' | 'error_10028';
}

export interface VenueHealth {
  readonly httpP95Ms: number | undefined;
  /** Part of the last HTTP requests that got no answer. */
  readonly httpTimeoutRatio: number | undefined;
  readonly wsRoundTripP95Ms: number | undefined;
  /** Receive time minus venue time of market events; moves with a clock offset. */
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

export class VenueHealthMeter {
  readonly #clock: Clock;
  readonly #http = new SampleWindow(httpSamples);
  readonly #httpFailed = new SampleWindow(httpSamples);
  readonly #roundTrip = new SampleWindow(httpSamples);
  readonly #lag = new SampleWindow(lagSamples);
  #refusals: Refusal[] = [];
  #refusalsTotal = 0;
  #quarantined = 0;
  #driftMs: number | undefined;
  #driftErrorMs = 0;
  #platform: PlatformStatus | undefined;
  #polledUs: number | undefined;
  #announcedUs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `status` is 0 when no answer came. */
  http(ms: number, status: number): void {
    this.#httpFailed.add(status === 0 ? 1 : 0);
    if (status !== 0) this.#http.add(ms);
  }

  roundTrip(ms: number): void {
    this.#roundTrip.add(ms);
  }

  /** Called per market event: one store. */
  lag(us: number): void {
    this.#lag.add(us);
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
    this.#driftMs = driftMs;
    this.#driftErrorMs = driftErrorMs;
    this.#polledUs = this.#clock.monotonicUs();
  }

  /** The list of announcements was read. */
  announced(): void {
    this.#announcedUs = this.#clock.monotonicUs();
  }

  read(announcements: readonly VenueAnnouncement[]): VenueHealth {
    this.#forgetOldRefusals();
    const minuteAgoUs = this.#clock.monotonicUs() - rateWindowMs * 1_000;
    const lagUs = this.#lag.quantile(0.95);
    const failures = this.#httpFailed;
    return {
      httpP95Ms: this.#http.quantile(0.95),
      httpTimeoutRatio: failures.size === 0 ? undefined : failures.mean(),
      wsRoundTripP95Ms: this.#roundTrip.quantile(0.95),
      wsLagP95Ms: lagUs === undefined ? undefined : lagUs / 1_000,
      rateRefusals60s: this.#refusals.filter(({ atUs }) => atUs >= minuteAgoUs).length,
      http429Count5m: this.#refusals.filter(({ kind }) => kind === 'http_429').length,
      error10028Count5m: this.#refusals.filter(({ kind }) => kind === 'error_10028').length,
      rateRefusalsTotal: this.#refusalsTotal,
      quarantinedTotal: this.#quarantined,
      clockDriftMs: this.#driftMs,
      clockDriftErrorMs: this.#driftErrorMs,
      platform: this.#platform,
      announcements,
      announcementsAgeMs: this.#ageMs(this.#announcedUs),
      polledAgeMs: this.#ageMs(this.#polledUs),
    };
  }

  #ageMs(atUs: number | undefined): number {
    if (atUs === undefined) return Number.POSITIVE_INFINITY;
    return (this.#clock.monotonicUs() - atUs) / 1_000;
  }

  #forgetOldRefusals(): void {
    const since = this.#clock.monotonicUs() - countWindowMs * 1_000;
    this.#refusals = this.#refusals.filter(({ atUs }) => atUs >= since);
  }
}
