/**
 * Circuit breakers by key, one machine for all: whoever calls something that can fail for long asks
 * here first. While a breaker is open nothing is called; half open, one call is let through to see.
 * Never in the way of what makes things safer: cancels, closes, hedges and reconciliation do not pass
 * here.
 */
import { initialTransition } from 'xstate';
import {
  type BreakerEvent,
  type BreakerLimits,
  circuitBreakerMachine,
} from '../../machines/circuit-breaker.ts';
import { pureTransition } from '../../machines/pure-transition.ts';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { usPerMs } from '../../streams/facts/time.ts';
import type { CancelTimer, Ports } from '../../streams/ports/index.ts';

export interface BreakerSettings {
  readonly limits: BreakerLimits;
  /** The first pause, doubled with each opening in a row up to the last, ms. */
  readonly pauseMs: { readonly first: number; readonly last: number };
}

export interface BreakersOptions<K extends string> {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>;
  /** One row a key: what is not named here cannot be guarded. */
  readonly settings: Readonly<Record<K, BreakerSettings>>;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerView {
  readonly key: string;
  readonly state: BreakerState;
  /** Failures that count, within the window. */
  readonly failures: number;
  /** Openings in a row. */
  readonly openings: number;
  readonly lastCode: string | null;
  /** Until the next probe; null: none is waited for. */
  readonly probeInMs: number | null;
}

type Machine = ReturnType<typeof initialTransition<typeof circuitBreakerMachine>>[0];
type Listener = (state: BreakerState) => void;

/** As the metric shows a state. */
export const breakerStateValue = { closed: 0, half_open: 1, open: 2 } as const;
/** Half of a pause is chance: many that failed together must not come back together. */
const jitterRatio = 0.5;

interface Breaker {
  machine: Machine;
  /** The one call of a half-open breaker is out. */
  probing: boolean;
  timer: CancelTimer;
  readonly settings: BreakerSettings;
  readonly listeners: Listener[];
}

export class Breakers<K extends string = string> {
  readonly #ports: BreakersOptions<K>['ports'];
  readonly #breakers: ReadonlyMap<string, Breaker>;

  constructor({ ports, settings }: BreakersOptions<K>) {
    this.#ports = ports;
    const rows = Object.entries<BreakerSettings>(settings);
    this.#breakers = new Map(
      rows.map(([key, own]) => {
        const [machine] = initialTransition(circuitBreakerMachine, own.limits);
        const timer = (): void => undefined;
        return [key, { machine, probing: false, timer, settings: own, listeners: [] }];
      }),
    );
    const gauge = ports.telemetry.metrics.gauge('holdfast_breaker_state');
    for (const key of this.#breakers.keys()) gauge.set(breakerStateValue.closed, key);
  }

  /** Every breaker, in the order of the settings. */
  get all(): BreakerView[] {
    return [...this.#breakers.keys()].map((key) => this.view(key as K));
  }

  view(key: K): BreakerView {
    const { value, context } = this.#of(key).machine;
    const { failuresUs, openings, lastCode, probeAtUs } = context;
    const leftUs = probeAtUs === null ? null : Math.max(0, probeAtUs - this.#nowUs());
    return {
      key,
      state: value,
      failures: failuresUs.length,
      openings,
      lastCode,
      probeInMs: leftUs === null ? null : leftUs / usPerMs,
    };
  }

  /** Closed, or half open with its one probe not out yet. */
  mayCall(key: K): boolean {
    const breaker = this.#of(key);
    // Asked for every order: while all is well it costs a comparison.
    if (breaker.machine.value === 'closed') return true;
    this.#send(key, { type: 'time.passed', atUs: this.#nowUs() });
    return breaker.machine.hasTag('mayCall') && !breaker.probing;
  }

  /** Calls, unless the breaker is open: then it rejects with CIRCUIT_OPEN and nothing is called. */
  async call<T>(key: K, work: (state: BreakerState) => Promise<T>): Promise<T> {
    if (!this.mayCall(key)) {
      throw new HoldfastError('CIRCUIT_OPEN', `${key} failed too often and is left alone for now`);
    }
    this.began(key);
    try {
      const answer = await work(this.#of(key).machine.value);
      this.succeeded(key);
      return answer;
    } catch (thrown) {
      this.failed(key, asHoldfastError(thrown).code);
      throw thrown;
    }
  }

  /** A call whose outcome is told later has left: half open, it is the probe. */
  began(key: K): void {
    const breaker = this.#of(key);
    if (breaker.machine.value === 'half_open') breaker.probing = true;
  }

  succeeded(key: K): void {
    const breaker = this.#of(key);
    breaker.probing = false;
    if (breaker.machine.value !== 'closed') this.#send(key, { type: 'call.succeeded' });
  }

  failed(key: K, code: string): void {
    const breaker = this.#of(key);
    breaker.probing = false;
    const pauseUs = this.#pauseUs(breaker);
    this.#send(key, { type: 'call.failed', atUs: this.#nowUs(), code, pauseUs });
  }

  /** Told of every change of state of one breaker. */
  onChange(key: K, listener: Listener): void {
    this.#of(key).listeners.push(listener);
  }

  stop(): void {
    for (const { timer } of this.#breakers.values()) timer();
  }

  #nowUs(): number {
    return this.#ports.clock.monotonicUs();
  }

  #pauseUs({ machine, settings }: Breaker): number {
    const { first, last } = settings.pauseMs;
    const grownMs = Math.min(last, first * 2 ** Math.min(machine.context.openings, 16));
    return grownMs * (1 - jitterRatio + 2 * jitterRatio * this.#ports.random.next()) * usPerMs;
  }

  #of(key: K): Breaker {
    const breaker = this.#breakers.get(key);
    if (breaker === undefined) throw new HoldfastError('INTERNAL', `no breaker ${key}`);
    return breaker;
  }

  #send(key: K, event: BreakerEvent): void {
    const breaker = this.#of(key);
    const before = breaker.machine;
    const after = pureTransition(circuitBreakerMachine, before, event);
    breaker.machine = after;
    if (before.value !== after.value) this.#changed(key, breaker, before.value);
  }

  #changed(key: K, breaker: Breaker, from: BreakerState): void {
    const { clock, telemetry } = this.#ports;
    const { value: to, context } = breaker.machine;
    const { lastCode, probeAtUs } = context;
    telemetry.log.warn('breaker.changed', { breaker: key, from, to, lastCode });
    telemetry.metrics.gauge('holdfast_breaker_state').set(breakerStateValue[to], key);
    if (to === 'open') {
      telemetry.metrics.counter('holdfast_breaker_openings_total').increment(1, key);
      const pauseMs = Math.ceil(((probeAtUs ?? 0) - this.#nowUs()) / usPerMs);
      breaker.timer();
      breaker.timer = clock.after(Math.max(0, pauseMs), () =>
        this.#send(key, { type: 'time.passed', atUs: this.#nowUs() }),
      );
    }
    for (const listener of breaker.listeners) listener(to);
  }
}
