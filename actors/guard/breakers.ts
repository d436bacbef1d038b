/**
 * Circuit breakers by key: whoever calls something that can fail for long asks here first. While a
 * breaker is open nothing is called; half open, one call is let through to see. Never in the way of
 * what makes things safer: cancels, closes and reconciliation do not pass here.
 */
import { initialTransition, transition } from 'xstate';
import {
  type BreakerEvent,
  type BreakerLimits,
  circuitBreakerMachine,
} from '../../machines/circuit-breaker.ts';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { usPerMs } from '../../streams/facts/time.ts';
import type { Ports } from '../../streams/ports/index.ts';

export interface BreakersOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>;
  readonly limits: BreakerLimits;
  /** The first pause, doubled with each opening in a row up to the last, ms. */
  readonly pauseMs: { readonly first: number; readonly last: number };
}

export interface BreakerView {
  readonly key: string;
  readonly state: 'closed' | 'open' | 'half_open';
  readonly failures: number;
  readonly lastCode: string | null;
  /** Monotonic µs; null: no probe is waited for. */
  readonly probeAtUs: number | null;
}

type Machine = ReturnType<typeof initialTransition<typeof circuitBreakerMachine>>[0];

const stateValue = { closed: 0, half_open: 1, open: 2 } as const;
/** Half of a pause is chance: many that failed together must not come back together. */
const jitterRatio = 0.5;

export class Breakers {
  readonly #options: BreakersOptions;
  /** Keys are names in code: a handful. */
  readonly #machines = new Map<string, Machine>();
  readonly #probing = new Set<string>();

  constructor(options: BreakersOptions) {
    this.#options = options;
  }

  /** Every breaker that was ever asked for. */
  get all(): BreakerView[] {
    return [...this.#machines].map(([key, { value, context }]) => ({
      key,
      state: value,
      failures: context.failuresUs.length,
      lastCode: context.lastCode,
      probeAtUs: context.probeAtUs,
    }));
  }

  /** Calls, unless the breaker is open: then it rejects with CIRCUIT_OPEN and nothing is called. */
  async call<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.#send(key, { type: 'time.passed', atUs: this.#nowUs() });
    const machine = this.#of(key);
    const isSecondProbe = machine.value === 'half_open' && this.#probing.has(key);
    if (!machine.hasTag('mayCall') || isSecondProbe) {
      throw new HoldfastError('CIRCUIT_OPEN', `${key} failed too often and is left alone for now`);
    }
    if (machine.value === 'half_open') this.#probing.add(key);
    try {
      const answer = await work();
      this.#send(key, { type: 'call.succeeded' });
      return answer;
    } catch (thrown) {
      const { code } = asHoldfastError(thrown);
      const pauseUs = this.#pauseUs(this.#of(key).context.openings);
      this.#send(key, { type: 'call.failed', atUs: this.#nowUs(), code, pauseUs });
      throw thrown;
    } finally {
      this.#probing.delete(key);
    }
  }

  #nowUs(): number {
    return this.#options.ports.clock.monotonicUs();
  }

  #pauseUs(openings: number): number {
    const { pauseMs, ports } = this.#options;
    const grownMs = Math.min(pauseMs.last, pauseMs.first * 2 ** Math.min(openings, 16));
    return grownMs * (1 - jitterRatio + 2 * jitterRatio * ports.random.next()) * usPerMs;
  }

  #of(key: string): Machine {
    const known = this.#machines.get(key);
    if (known !== undefined) return known;
    const [machine] = initialTransition(circuitBreakerMachine, this.#options.limits);
    this.#machines.set(key, machine);
    return machine;
  }

  #send(key: string, event: BreakerEvent): void {
    const before = this.#of(key);
    const [after] = transition(circuitBreakerMachine, before, event);
    this.#machines.set(key, after);
    if (before.value === after.value) return;
    const { log, metrics } = this.#options.ports.telemetry;
    const { lastCode } = after.context;
    log.warn('breaker.changed', { breaker: key, from: before.value, to: after.value, lastCode });
    metrics.gauge('holdfast_breaker_state').set(stateValue[after.value], key);
  }
}
