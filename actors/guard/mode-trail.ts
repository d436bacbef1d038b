/** Since when each reason stands, which reasons raised the floors, and the metrics of the mode. */
import {
  type LatchReason,
  type ModeReason,
  modeReasonRow,
  modeReasons,
  tradingModes,
} from '../../streams/facts/reason-codes/index.ts';
import type { Telemetry } from '../../streams/ports/index.ts';
import type { ModeProposal } from './mode-state.ts';
import { reasonsOf } from './reason-masks.ts';

export class ModeTrail {
  readonly #telemetry: Telemetry;
  readonly #since = new Map<ModeReason | LatchReason, number>();
  #floorReasons: ReadonlySet<ModeReason>;
  #shownReasons: readonly ModeReason[] = [];
  #shownLatch: readonly LatchReason[] = [];

  constructor(telemetry: Telemetry, floorReasons: readonly ModeReason[]) {
    this.#telemetry = telemetry;
    this.#floorReasons = new Set(floorReasons);
  }

  since(reason: ModeReason | LatchReason): number | undefined {
    return this.#since.get(reason);
  }

  /** A monitor demands more than before. `cortex.BTC` counts as `cortex`. */
  monitorTrips(monitor: string, level: string, cause: string): void {
    const { log, metrics } = this.#telemetry;
    log.warn('guard.monitor_trips', { monitor, level, cause });
    const [kind = monitor] = monitor.split('.');
    metrics.counter('holdfast_monitor_trips_total').increment(1, kind, level);
  }

  /** Reasons that raised the floors of `next`, manifest order. */
  floorReasonsAfter(next: ModeProposal): ModeReason[] {
    const { strict, everActive } = next.machine.context;
    const tightens = (reason: ModeReason): boolean =>
      (strict && everActive) || modeReasonRow(reason).release === 'operator';
    const standing = new Set([
      ...reasonsOf('Kill', next.killMask),
      ...reasonsOf('ReduceOnly', next.reduceOnlyMask).filter(tightens),
    ]);
    return modeReasons.filter((reason) => {
      const floor = modeReasonRow(reason).tier === 'Kill' ? next.killFloor : next.reduceOnlyFloor;
      return floor && (standing.has(reason) || this.#floorReasons.has(reason));
    });
  }

  latch(reasons: readonly LatchReason[], epochUs: number): void {
    this.#follow(this.#shownLatch, reasons, epochUs);
    this.#shownLatch = reasons;
    const gauge = this.#telemetry.metrics.gauge('holdfast_open_permission_latched');
    gauge.set(reasons.length > 0 ? 1 : 0);
  }

  /** The change took effect. */
  took(from: ModeProposal, next: ModeProposal, cause: string, epochUs: number): void {
    this.#floorReasons = new Set(this.floorReasonsAfter(next));
    this.#follow(this.#shownReasons, next.reasons, epochUs);
    const { log, metrics } = this.#telemetry;
    const reasonGauge = metrics.gauge('holdfast_mode_reason');
    for (const reason of this.#shownReasons) reasonGauge.set(0, reason);
    for (const reason of next.reasons) reasonGauge.set(1, reason);
    this.#shownReasons = next.reasons;
    for (const mode of tradingModes) {
      metrics.gauge('holdfast_trading_mode').set(mode === next.mode ? 1 : 0, mode);
    }
    if (from.mode !== next.mode) {
      metrics.counter('holdfast_mode_transitions_total').increment(1, next.mode);
    }
    const fields = { from: from.mode, to: next.mode, reasons: next.reasons, cause };
    if (next.mode === 'Active') log.info('guard.mode', fields);
    else log.warn('guard.mode', fields);
  }

  #follow<R extends ModeReason | LatchReason>(
    before: readonly R[],
    after: readonly R[],
    epochUs: number,
  ): void {
    for (const reason of before) if (!after.includes(reason)) this.#since.delete(reason);
    for (const reason of after) if (!this.#since.has(reason)) this.#since.set(reason, epochUs);
  }
}
