/** What is written of groups: their transitions in the ledger, and one naked event an incident. */
import type { OrderGroupEventType, OrderGroupState } from '../../../machines/order-group.ts';
import { asHoldfastError, type HoldfastError } from '../../../streams/facts/errors.ts';
import type {
  GroupNakedPayload,
  GroupTransitionPayload,
} from '../../../streams/facts/schemas/group.ts';
import { usPerMs } from '../../../streams/facts/time.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Counter, Log } from '../../../streams/ports/telemetry.ts';
import type { FactWriter } from '../fact-writer.ts';
import type { GuardView } from '../guard-gate.ts';
import type { LedgerStream } from '../ledger.ts';
import { mayHaveLeft } from '../order-record.ts';
import type { AuditStream } from '../suppression.ts';
import { appendSurely } from '../sure-append.ts';
import { closeAttempts, type OrderGroup } from './order-group.ts';

/** Naked events remembered for the day's count; more in one day is one incident after another. */
const nakedTimesMax = 10_000;
const dayUs = 86_400_000_000;

export interface GroupRecordsOptions {
  readonly ledger: LedgerStream;
  readonly audit: AuditStream;
  readonly writer: FactWriter;
  readonly policyRev: () => string;
  readonly clock: Pick<Clock, 'nowUs' | 'monotonicUs'>;
  readonly log: Log;
  readonly nakedEvents: Counter;
  readonly closes: Counter;
  readonly onWriteError: (error: HoldfastError) => void;
  readonly onNaked: (event: GroupNakedPayload) => void;
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}

export function groupTransitionPayload(
  group: OrderGroup,
  from: OrderGroupState,
  event: OrderGroupEventType,
): GroupTransitionPayload {
  return {
    cause: group.firstFailure,
    close_attempts: closeAttempts(group),
    decision_id: group.decision.decisionId,
    event,
    from,
    group_id: group.groupId,
    legs: group.legs.length,
    rescue_attempts: group.counts.rescues,
    sequence: group.sequence,
    strategy_id: group.decision.strategyId,
    to: group.state,
  };
}

export class GroupRecords {
  readonly #options: GroupRecordsOptions;
  #nakedUs: number[] = [];

  constructor(options: GroupRecordsOptions) {
    this.#options = options;
  }

  /** Naked events of the last 24 hours of this run. */
  nakedIn24h(): number {
    const since = this.#options.clock.monotonicUs() - dayUs;
    this.#nakedUs = this.#nakedUs.filter((at) => at > since);
    return this.#nakedUs.length;
  }

  transition(group: OrderGroup, from: OrderGroupState, event: OrderGroupEventType): void {
    const { ledger, writer, clock, policyRev } = this.#options;
    const payload = groupTransitionPayload(group, from, event);
    const record = writer.encode({
      eventType: 'group.transition',
      identity: [payload.group_id, payload.from, payload.to, payload.sequence],
      partitionKey: payload.group_id,
      traceId: group.decision.traceId,
      tsUs: clock.nowUs(),
      policyRev: policyRev(),
      payload,
    });
    appendSurely(ledger, record, this.#options.onWriteError);
  }

  /** The one event of an incident, at the end of its containment. */
  naked(group: OrderGroup, exposureAfterUsdFloat: number, guard: GuardView): void {
    const { audit, writer, clock, policyRev, log, onNaked, onWriteError } = this.#options;
    const { nakedEvents, closes } = this.#options;
    const neutral = group.state !== 'naked';
    const tookUs = clock.monotonicUs() - group.failedMonotonicUs;
    const payload: GroupNakedPayload = {
      cause: group.firstFailure ?? 'unknown after a restart',
      close_attempts: closeAttempts(group),
      decision_id: group.decision.decisionId,
      evidence: guard.evidence,
      exposure_after_usd_float: finite(exposureAfterUsdFloat),
      exposure_before_usd_float: finite(group.exposureBeforeUsdFloat),
      failed_us: group.failedUs,
      group_id: group.groupId,
      hedge_used: group.hedges.some(mayHaveLeft),
      mode: guard.mode,
      ms_to_neutral: neutral ? Math.round(tookUs / usPerMs) : null,
      outcome: group.state,
      rescue_attempts: group.counts.rescues,
      strategy_id: group.decision.strategyId,
    };
    const record = writer.encode({
      eventType: 'group.naked',
      identity: [group.groupId],
      partitionKey: group.groupId,
      traceId: group.decision.traceId,
      tsUs: clock.nowUs(),
      policyRev: policyRev(),
      payload,
    });
    nakedEvents.increment();
    if (payload.close_attempts > 0) closes.increment(1, group.state);
    this.#nakedUs = [...this.#nakedUs.slice(-nakedTimesMax), clock.monotonicUs()];
    log.error('group.naked', { ...payload, trace_id: group.decision.traceId });
    audit.append(record).catch((thrown: unknown) => onWriteError(asHoldfastError(thrown)));
    onNaked(payload);
  }
}
