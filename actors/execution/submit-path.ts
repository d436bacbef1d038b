/**
 * The way out: decisions become orders at the venue, or refusals with a receipt. From proposal to
 * bytes in one synchronous run; what is told to others is told after the bytes have left.
 */
import type { DecisionContext } from '../../streams/facts/decision.ts';
import type { OrderIntent, ProposedIntent } from '../../streams/facts/intent.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';
import { cutText } from '../../streams/facts/text.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { CancelPath } from './cancel-path.ts';
import type { Dispatch, DispatchResult } from './chokepoint.ts';
import { classify } from './classify.ts';
import type { LegOutcome, SubmitOutcome } from './contract.ts';
import type { ExecutionMetrics } from './execution-metrics.ts';
import type { GateFacts } from './gates/gate.ts';
import { clearWay } from './groups/clear-way.ts';
import type { ContainmentStep } from './groups/containment-orders.ts';
import type { GroupExecutor } from './groups/group-executor.ts';
import type { GuardGate, GuardView } from './guard-gate.ts';
import type { OrderDesk } from './order-desk.ts';
import type { GroupStyle, OrderRecord } from './order-record.ts';
import type { OrderTracker } from './order-tracker.ts';
import type { RepeatThrottle } from './repeat-throttle.ts';
import type { RefusedLeg, Submission } from './submission.ts';
import type { SuppressionLog } from './suppression.ts';

export interface SubmitPathOptions {
  readonly clock: Clock;
  readonly metrics: ExecutionMetrics;
  readonly guard: GuardGate;
  readonly submission: Submission;
  readonly suppression: SuppressionLog;
  readonly tracker: OrderTracker;
  readonly desk: OrderDesk;
  readonly cancels: CancelPath;
  readonly groups: GroupExecutor;
  readonly repeats: RepeatThrottle;
  readonly dispatch: Dispatch;
  readonly runId: string;
  /** An OPEN, formed and refused by a gate: told after its receipt. */
  readonly onRefused: (intent: OrderIntent, code: RejectCode) => void;
  /** The policy revision the guard answered with last: what facts are stamped with. */
  readonly onGuardView: (view: GuardView) => void;
}

/** A step of a containment, of a group's or of the whole account's. */
export type SentStep = Pick<ContainmentStep, 'proposals' | 'kind'> & {
  readonly group: Pick<ContainmentStep['group'], 'groupId' | 'decision'>;
};

interface GroupInput {
  readonly proposals: readonly ProposedIntent[];
  readonly decision: DecisionContext;
  readonly groupId: string;
  readonly guard: GuardView;
  readonly firstLeg: number;
  readonly style: GroupStyle;
  /** Set for the orders of a containment. */
  readonly step?: ContainmentStep['kind'];
}

export class SubmitPath {
  readonly #options: SubmitPathOptions;

  constructor(options: SubmitPathOptions) {
    this.#options = options;
  }

  /** Refusals since start, by code. */
  get rejectCounts(): ReadonlyMap<RejectCode, number> {
    return this.#options.suppression.counts;
  }

  submit(
    proposals: readonly ProposedIntent[],
    decision: DecisionContext,
    style: GroupStyle,
  ): SubmitOutcome {
    const { groupId } = decision;
    const guard = this.#options.guard.evaluate();
    this.#options.onGuardView(guard);
    const cancelling = proposals.some((proposed) => classify(proposed) === 'CANCEL');
    const input = { decision, groupId, guard };
    let legs: LegOutcome[];
    if (style === 'independent' || cancelling) {
      legs = proposals.flatMap((proposed, firstLeg) =>
        classify(proposed) === 'CANCEL'
          ? [this.#cancelLeg(proposed, firstLeg, decision, guard)]
          : this.#group({ ...input, proposals: [proposed], firstLeg, style: 'independent' }),
      );
    } else {
      legs = this.#group({ ...input, proposals, firstLeg: 0, style });
    }
    return { groupId, sent: legs.filter((leg) => leg.kind === 'sent').length, legs };
  }

  /** One step of a containment, through every gate that is not waived for it. */
  contain({ group, proposals, kind }: SentStep): readonly LegOutcome[] {
    const guard = this.#options.guard.evaluate();
    this.#options.onGuardView(guard);
    const { groupId, decision } = group;
    const style = kind === 'rescue' ? 'atomic' : 'independent';
    const input = { proposals, decision, groupId, guard, firstLeg: 0, style, step: kind } as const;
    const legs = this.#group(input);
    if (kind === 'rescue') return legs;
    return legs.map((leg) => clearWay(leg, group, this.#options.cancels));
  }

  /** A step that could not be proposed leaves the receipt of a refusal. */
  refuseStep({ group, proposals }: ContainmentStep, code: RejectCode): void {
    const { groupId, decision } = group;
    const guard = this.#options.guard.evaluate();
    for (const proposed of proposals) {
      const legIdx = typeof proposed.leg_idx === 'number' ? proposed.leg_idx : 0;
      const refused = { code, gate: 'containment', facts: {}, legIdx, groupId, intent: null };
      const shown = { instrumentName: nameOf(proposed), class: classify(proposed) };
      this.#options.suppression.record({ ...refused, ...shown }, decision, guard);
    }
  }

  /** A decision its runner may not send: every proposal leaves the receipt of a refusal. */
  suppress(decision: DecisionContext, code: RejectCode, facts: GateFacts): void {
    const { suppression } = this.#options;
    const { groupId } = decision;
    const guard = this.#options.guard.evaluate();
    for (const [legIdx, proposed] of decision.decision.intents.entries()) {
      const instrumentName = nameOf(proposed);
      const refused = { code, gate: 'runner', facts, legIdx, groupId, intent: null } as const;
      suppression.record(
        { ...refused, instrumentName, class: classify(proposed) },
        decision,
        guard,
      );
    }
  }

  #cancelLeg(
    proposed: ProposedIntent,
    legIdx: number,
    decision: DecisionContext,
    guard: GuardView,
  ): LegOutcome {
    const target = String(proposed.target_order_id);
    const outcome = this.#options.cancels.cancel(target, decision.strategyId, decision.traceId);
    const leg = { legIdx, intentId: null, class: 'CANCEL' } as const;
    if (outcome.kind === 'sent') return { ...leg, kind: 'sent', intentId: target };
    const code = outcome.kind === 'blocked' ? outcome.code : 'SchemaInvalid';
    const facts = { cause: outcome.cause, target: cutText(target, 64) };
    const refused = { legIdx, class: 'CANCEL', code, gate: 'cancel', facts } as const;
    const { groupId } = decision;
    const shown = { groupId, intent: null, instrumentName: nameOf(proposed) };
    this.#options.suppression.record({ ...refused, ...shown }, decision, guard);
    return { ...leg, ...refused, kind: 'refused' };
  }

  #group(input: GroupInput): LegOutcome[] {
    const { submission, metrics, clock, groups } = this.#options;
    const { proposals, decision, groupId, guard, firstLeg, style, step } = input;
    if (proposals.length === 0) return [];
    const startedUs = clock.monotonicUs();
    const judged = submission.judge({ proposals, decision, groupId, guard, firstLeg, style, step });
    const gatesUs = clock.monotonicUs() - startedUs;
    if (judged.kind === 'refused') {
      metrics.gateChain.observe(gatesUs / usPerSecond, 'refused');
      return this.#refuse(input, judged.leg);
    }
    const recorded = submission.record(judged, decision, style, guard);
    if (!isRecorded(recorded)) {
      const [intent = null] = judged.intents;
      const proposed = proposals[0] as ProposedIntent;
      this.#options.guard.report({ kind: 'wal_write_error', cause: recorded.code });
      if (recorded.code === 'CapsuleWriteFailed') {
        this.#options.guard.report({ kind: 'degraded', cause: 'no capsule for an OPEN' });
      }
      return this.#refuse(input, { legIdx: firstLeg, proposed, intent, refusal: recorded });
    }
    if (step !== undefined) groups.adopt(recorded);
    else if (judged.grouped) groups.begin(decision, recorded.filter(isOpen));
    const containment = step === 'close' || step === 'hedge';
    const onLeft = (left: readonly OrderRecord[], later: DispatchResult): void => {
      this.#dispatched(left, later, input);
    };
    const result = this.#options.dispatch({ kind: 'place', orders: recorded, containment, onLeft });
    const legs = this.#dispatched(recorded, result, input);
    if (judged.grouped) groups.dispatched(groupId);
    metrics.gateChain.observe(gatesUs / usPerSecond, 'allowed');
    return legs;
  }

  /** After the bytes: transitions, timers, metrics. */
  #dispatched(
    orders: readonly OrderRecord[],
    result: DispatchResult,
    input: GroupInput,
  ): LegOutcome[] {
    const { tracker, metrics, desk, repeats } = this.#options;
    if (result.kind === 'waiting') {
      return orders.map(({ intent }, index) => {
        const { intentId, class: cls } = intent;
        return { kind: 'sent', legIdx: input.firstLeg + index, intentId, class: cls };
      });
    }
    if (result.kind !== 'placed') {
      const code = result.kind === 'blocked' ? result.code : 'SchemaInvalid';
      const cause = result.kind === 'blocked' ? result.cause : 'not a placement';
      return orders.map((order, index) =>
        this.#stopped(order, input, input.firstLeg + index, code, cause),
      );
    }
    const left = result.orders.filter(({ sent }) => sent).length;
    if (left > 0 && left < orders.length) {
      this.#options.guard.report({ kind: 'degraded', cause: 'the session broke within a group' });
    }
    return result.orders.map((sentOrder, index) => {
      const { order, sent } = sentOrder;
      const legIdx = input.firstLeg + index;
      if (!sent) return this.#stopped(order, input, legIdx, 'OutsideSession', 'no session');
      tracker.apply(order, { event: 'dispatch.sent' });
      desk.watch(sentOrder);
      const { intentId, traceId, class: cls } = order.intent;
      metrics.intents.increment(1, cls);
      metrics.dispatched.mark({ runId: this.#options.runId, traceId, intentId }, cls, 'place');
      if (cls === 'OPEN') repeats.note(order.intent, order.sentMonotonicUs ?? 0);
      if (input.step !== undefined) return { kind: 'sent', legIdx, intentId, class: cls };
      const tookUs = (order.sentMonotonicUs ?? 0) - input.decision.receivedMonotonicUs;
      metrics.tickToDispatch.observe(Math.max(0, tookUs) / usPerSecond);
      return { kind: 'sent', legIdx, intentId, class: cls };
    });
  }

  /** Recorded, and stopped before its bytes: it ends as `not_sent`. */
  #stopped(
    order: OrderRecord,
    input: GroupInput,
    legIdx: number,
    code: RejectCode,
    cause: string,
  ): LegOutcome {
    const { tracker, metrics, suppression } = this.#options;
    const { intent } = order;
    tracker.apply(order, { event: 'dispatch.refused', cause: `${code}: ${cause}` });
    metrics.blocked.increment(1, code);
    const { groupId, decision, guard } = input;
    const leg = { legIdx, groupId, intent, instrumentName: intent.instrument.name };
    const refused = { code, gate: 'dispatch', facts: { cause } } as const;
    suppression.record({ ...leg, ...refused, class: intent.class }, decision, guard);
    return { ...refused, kind: 'refused', legIdx, intentId: intent.intentId, class: intent.class };
  }

  #refuse(input: GroupInput, leg: RefusedLeg): LegOutcome[] {
    const { suppression, metrics } = this.#options;
    const { groupId, decision, guard, proposals, firstLeg, step } = input;
    const { intent, proposed, refusal, legIdx } = leg;
    if (refusal.code === 'DuplicateIntent') metrics.duplicateIntents.increment();
    if (refusal.code === 'RepeatedExecutionThrottled' && intent !== null) {
      this.#options.repeats.trip(intent);
    }
    if (refusal.code === 'ContractsAmountMismatch') {
      this.#options.guard.report({ kind: 'degraded', cause: 'contracts and amount disagree' });
    }
    const cls = intent?.class ?? classify(proposed);
    const instrumentName = nameOf(proposed);
    const { code, gate, facts } = refusal;
    const record = { code, gate, facts, legIdx, groupId, intent, instrumentName, class: cls };
    suppression.record(record, decision, guard);
    if (intent !== null && step === undefined) this.#options.onRefused(intent, code);
    return proposals.map((sibling, index): LegOutcome => {
      const own = firstLeg + index === legIdx;
      return {
        kind: 'refused',
        legIdx: firstLeg + index,
        intentId: own ? (intent?.intentId ?? null) : null,
        class: own ? cls : classify(sibling),
        code,
        gate: own ? gate : 'group',
        facts: own ? facts : { refused_leg: legIdx },
      };
    });
  }
}

/** What the proposal calls its instrument, cut: it may be anything. */
function nameOf({ instrument }: ProposedIntent): string | null {
  return typeof instrument === 'string' ? cutText(instrument, 64) : null;
}

function isOpen({ intent }: OrderRecord): boolean {
  return intent.class === 'OPEN';
}

function isRecorded(
  recorded: ReturnType<Submission['record']>,
): recorded is readonly OrderRecord[] {
  return Array.isArray(recorded);
}
