/**
 * Cortex: is the market of one underlying fit to take risk in? It watches the underlying's
 * perpetual (spread, depth) and its volatility index. A market that is broken for as long as
 * `cortex_kill_window_s` forces Kill; one that is wide, thin or jumpy forces ReduceOnly for a
 * while; one that cannot be seen forces ReduceOnly until it can.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import { gravest, type MonitorDemand, noDemand } from './demand.ts';
import { Persistence, reaches } from './persistence.ts';

export type CortexLimits = Pick<
  GuardPolicy,
  | 'spread_max_bps'
  | 'spread_kill_bps'
  | 'depth_min'
  | 'depth_kill_min'
  | 'cortex_kill_window_s'
  | 'dvol_jump_pct'
  | 'dvol_jump_window_s'
  | 'dvol_cooldown_s'
  | 'spread_depth_cooldown_s'
>;

/** What is seen now; undefined: missing or stale. */
export interface CortexReading {
  /** Best ask minus best bid over their middle, basis points. */
  readonly spreadBpsFloat: number | undefined;
  /** The smaller side's best five levels, USD. */
  readonly depthUsdFloat: number | undefined;
  /** Volatility index, percent a year; null: the venue has none for this underlying. */
  readonly volatilityFloat: number | undefined | null;
}

interface IndexSample {
  readonly atUs: number;
  readonly valueFloat: number;
}

/** Samples at most this far apart are one; bounds the window, µs. */
const sampleEveryUs = 250_000;

/** The rise of an index within a window that includes both its ends. */
class JumpWindow {
  #samples: IndexSample[] = [];

  /** Share by which the index stands above its lowest of the window; 0.1 is ten percent. */
  riseTo(valueFloat: number, nowUs: number, windowS: number): number {
    const windowUs = windowS * usPerSecond;
    this.#samples = this.#samples.filter(({ atUs }) => nowUs - atUs <= windowUs);
    const last = this.#samples.at(-1);
    const isDue = last === undefined || nowUs - last.atUs >= sampleEveryUs;
    if (isDue || valueFloat < last.valueFloat) this.#samples.push({ atUs: nowUs, valueFloat });
    return valueFloat / Math.min(...this.#samples.map((sample) => sample.valueFloat)) - 1;
  }
}

export class CortexDetector {
  readonly #limits: CortexLimits;
  readonly #broken = new Persistence();
  readonly #volatility = new JumpWindow();

  constructor(limits: CortexLimits) {
    this.#limits = limits;
  }

  observe(reading: CortexReading, nowUs: number): MonitorDemand {
    return gravest([this.#market(reading, nowUs), this.#jump(reading.volatilityFloat, nowUs)]);
  }

  #market({ spreadBpsFloat, depthUsdFloat }: CortexReading, nowUs: number): MonitorDemand {
    const limits = this.#limits;
    const isWide = spreadBpsFloat !== undefined && reaches(spreadBpsFloat, limits.spread_kill_bps);
    const isThin = depthUsdFloat !== undefined && depthUsdFloat <= limits.depth_kill_min;
    const isKnown = spreadBpsFloat !== undefined && depthUsdFloat !== undefined;
    const broken = isWide || isThin ? true : isKnown ? false : undefined;
    const brokenUs = this.#broken.observe(broken, nowUs);
    if (brokenUs !== undefined && brokenUs >= limits.cortex_kill_window_s * usPerSecond) {
      return { level: 'ForceKill', cooldownS: 0, cause: 'market broken' };
    }
    const isUnfit =
      (spreadBpsFloat ?? 0) > limits.spread_max_bps ||
      (depthUsdFloat ?? Number.POSITIVE_INFINITY) < limits.depth_min;
    const cooldownS = limits.spread_depth_cooldown_s;
    if (isUnfit) return { level: 'ForceReduceOnly', cooldownS, cause: 'market wide or thin' };
    if (isKnown) return noDemand;
    return { level: 'ForceReduceOnly', cooldownS: 0, cause: 'market not seen' };
  }

  #jump(volatilityFloat: CortexReading['volatilityFloat'], nowUs: number): MonitorDemand {
    if (volatilityFloat === null) return noDemand;
    const { dvol_jump_pct, dvol_jump_window_s, dvol_cooldown_s } = this.#limits;
    if (volatilityFloat === undefined || !(volatilityFloat > 0)) {
      return { level: 'ForceReduceOnly', cooldownS: 0, cause: 'volatility index not seen' };
    }
    const rise = this.#volatility.riseTo(volatilityFloat, nowUs, dvol_jump_window_s);
    if (!reaches(rise, dvol_jump_pct)) return noDemand;
    return { level: 'ForceReduceOnly', cooldownS: dvol_cooldown_s, cause: 'volatility jumped' };
  }
}
