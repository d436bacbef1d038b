/**
 * One decision on its way to the venue: form and quantise, gates, reserve, snapshot and capsule and
 * intent in one durable block, chokepoint. Nothing is touched before the last gate of the last leg
 * has passed; an atomic group stands or falls as a whole.
 */

import type { DecisionContext } from '../../streams/facts/decision.ts';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import { canonicalJson, sha256Hex } from '../../streams/facts/hash.ts';
import type { OrderIntent, ProposedIntent } from '../../streams/facts/intent.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import { type Pins, withoutRunId } from '../../streams/facts/pins.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import type { CapsuleRecordedPayload } from '../../streams/facts/schemas/execution.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import { capsuleIdOf, decisionSnapshot, truthCapsule } from '../evidence/index.ts';
import { fairPriceOf, netEdgeOf, opensTogether, restingLeg } from './decision-legs.ts';
import type { ExposureBook } from './exposure.ts';
import { formIntent } from './form-intent.ts';
import { type GateRefusal, gateNames, runGates } from './gates/chain.ts';
import { type GateView, referenceUsdFloat, reject, type StageView } from './gates/gate.ts';
import { predictedSlippageBpsFloat } from './gates/liquidity.ts';
import { type ChurnBreaker, churnKeyOf } from './groups/churn-breaker.ts';
import type { GroupExecutor } from './groups/group-executor.ts';
import type { GuardGate, GuardView } from './guard-gate.ts';
import type { IntentLedger } from './ledger.ts';
import {
  type Expectation,
  type GroupStyle,
  newOrderRecord,
  type OrderRecord,
} from './order-record.ts';
import type { OrderTracker } from './order-tracker.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { RepeatThrottle } from './repeat-throttle.ts';
import { notionalUsdFloat } from './sizing.ts';

export interface SubmissionDeps {
  readonly pins: Pins;
  readonly clock: Clock;
  readonly market: MarketView;
  readonly guard: GuardGate;
  readonly policy: () => ExecutionPolicy;
  readonly stage: StageView;
  readonly exposure: ExposureBook;
  readonly tracker: OrderTracker;
  readonly ledger: IntentLedger;
  readonly limiter: RateLimiter;
  readonly venueOffsetUs: () => number;
  readonly churn: ChurnBreaker;
  readonly repeats: RepeatThrottle;
  readonly marginUse: () => number | undefined;
  /** A function: the executor sends through what is made from these. */
  readonly groups: () => Pick<GroupExecutor, 'containsOther'>;
}

/** A leg that was refused; `intent` is null when it never became one. */
export interface RefusedLeg {
  readonly legIdx: number;
  readonly proposed: ProposedIntent;
  readonly intent: OrderIntent | null;
  readonly refusal: GateRefusal;
}

export type Judged =
  | { readonly kind: 'refused'; readonly leg: RefusedLeg }
  | {
      readonly kind: 'allowed';
      readonly intents: readonly OrderIntent[];
      /** Two or more legs open risk together: the group executor owns them. */
      readonly grouped: boolean;
    };

/** What is to be judged. */
export interface Candidate {
  readonly proposals: readonly ProposedIntent[];
  readonly decision: DecisionContext;
  readonly groupId: string;
  readonly guard: GuardView;
  readonly firstLeg: number;
  readonly style: GroupStyle;
  /** Set for the orders of a containment. */
  readonly step?: 'rescue' | 'close' | 'hedge' | undefined;
}

export class Submission {
  readonly #deps: SubmissionDeps;
  readonly #pins: string;

  constructor(deps: SubmissionDeps) {
    this.#deps = deps;
    this.#pins = canonicalJson(withoutRunId(deps.pins));
  }

  /** The hash of `groupIdOf`, over canonical text written by hand (a test proves them equal). */
  groupId({ strategyId, decisionId }: DecisionContext): string {
    const ids = `${JSON.stringify(strategyId)},${JSON.stringify(decisionId)}`;
    return sha256Hex(`[${this.#pins},${ids}]`);
  }

  /** Pure as far as anyone outside can tell: forms every leg and runs every gate. */
  judge(candidate: Candidate): Judged {
    const { proposals, decision, groupId, firstLeg, style, step } = candidate;
    const intents: OrderIntent[] = [];
    for (const [index, proposed] of proposals.entries()) {
      const legIdx = firstLeg + index;
      const formed = formIntent(proposed, {
        decision,
        groupId,
        legIdx,
        market: this.#deps.market,
        policy: this.#deps.policy(),
        venueNowUs: this.#deps.clock.nowUs() + this.#deps.venueOffsetUs(),
      });
      const refusal = formed.ok ? this.#duplicate(formed.intent, intents) : formed.refusal;
      if (refusal !== undefined) {
        const intent = formed.ok ? formed.intent : null;
        return { kind: 'refused', leg: { legIdx, proposed, intent, refusal } };
      }
      if (formed.ok) intents.push(formed.intent);
    }
    const group = this.#groupView(intents);
    const grouped = style === 'atomic' && step === undefined && opensTogether(intents);
    for (const [index, intent] of intents.entries()) {
      const view = this.#view(intent, candidate, { ...group, earlier: intents.slice(0, index) });
      const refusal = (grouped ? restingLeg(intent) : undefined) ?? runGates(intent, view);
      if (refusal === undefined) continue;
      const proposed = proposals[index] as ProposedIntent;
      const legIdx = firstLeg + index;
      return { kind: 'refused', leg: { legIdx, proposed, intent, refusal } };
    }
    return { kind: 'allowed', intents, grouped };
  }

  /**
   * Reserves, then makes the block durable. On a failed write the reservations are released, no
   * order exists, and the refusal says so.
   */
  record(
    { intents, grouped }: { readonly intents: readonly OrderIntent[]; readonly grouped: boolean },
    decision: DecisionContext,
    style: GroupStyle,
    guard: GuardView,
  ): readonly OrderRecord[] | GateRefusal {
    const { exposure, ledger, tracker } = this.#deps;
    for (const intent of intents) {
      exposure.reserve(intent.intentId, intent.instrument, intent.side, intent.qtyLots);
    }
    try {
      const { orders, block } = this.#block(intents, decision, style, guard);
      ledger.recordIntents({ ...block, grouped });
      for (const order of orders) {
        order.state = 'recorded';
        tracker.add(order);
      }
      return orders;
    } catch (thrown) {
      for (const intent of intents) exposure.release(intent.intentId);
      const error = asHoldfastError(thrown);
      const code = error.code.startsWith('JOURNAL_') ? 'LedgerWriteFailed' : 'CapsuleWriteFailed';
      return { gate: 'ledger', ...reject(code, { error: error.code, cause: error.message }) };
    }
  }

  #duplicate(intent: OrderIntent, earlier: readonly OrderIntent[]): GateRefusal | undefined {
    const again =
      this.#deps.tracker.knows(intent.intentId) ||
      earlier.some((leg) => leg.intentId === intent.intentId);
    return again ? { gate: 'duplicate', ...reject('DuplicateIntent') } : undefined;
  }

  #groupView(intents: readonly OrderIntent[]) {
    let openNotionalUsdFloat = 0;
    for (const intent of intents) {
      if (intent.class !== 'OPEN') continue;
      const reference = referenceUsdFloat(this.#deps.market.get(intent.instrument.name));
      openNotionalUsdFloat += notionalUsdFloat(intent.instrument, intent.qtyLots, reference);
    }
    return {
      legCount: intents.length,
      openNotionalUsdFloat,
      netEdgeUsdFloat: netEdgeOf(intents),
      churnKey: churnKeyOf(
        intents[0]?.strategyId ?? '',
        intents.map(({ instrument }) => instrument.name),
      ),
    };
  }

  #view(intent: OrderIntent, candidate: Candidate, group: GateView['group']): GateView {
    const { guard, step, groupId } = candidate;
    const containment = step === 'close' || step === 'hedge';
    const { clock, policy, market, exposure, tracker, limiter, stage } = this.#deps;
    const nowMonotonicUs = clock.monotonicUs();
    return {
      nowUs: clock.nowUs() + this.#deps.venueOffsetUs(),
      nowMonotonicUs,
      policy: policy(),
      guard,
      guardRefusal: this.#deps.guard.refusal(guard, { class: intent.class, containment }),
      containing: this.#deps.groups().containsOther(groupId),
      repeats: (asked) => this.#deps.repeats.exceeds(asked, nowMonotonicUs),
      marginUse: this.#deps.marginUse(),
      churnBlockedUntilUs: this.#deps.churn.blockedUntilUs(group.churnKey),
      market,
      seen: market.get(intent.instrument.name),
      exposure,
      openOrders: (name) => tracker.openOrders(name),
      openOrderCount: tracker.liveCount,
      openGroupCount: tracker.liveGroupCount,
      ordersInLastSecond: limiter.ordersInLastSecond(nowMonotonicUs),
      creditsSuffice: limiter.suffices(intent.class, group.legCount, nowMonotonicUs),
      stage,
      group,
      route: containment ? 'emergency' : 'normal',
    };
  }

  #block(
    intents: readonly OrderIntent[],
    decision: DecisionContext,
    style: GroupStyle,
    guard: GuardView,
  ) {
    const { market, clock, policy } = this.#deps;
    const [first] = intents as readonly [OrderIntent];
    const names = new Set(intents.map((intent) => intent.instrument.name));
    const seen = [...names].flatMap((name) => market.get(name) ?? []);
    const snapshot = decisionSnapshot({
      seen,
      decisionId: decision.decisionId,
      groupId: first.groupId,
      inputEventId: decision.inputEventId,
      nowMonotonicUs: clock.monotonicUs(),
      levels: policy().snapshot_levels,
    });
    const capsules: CapsuleRecordedPayload[] = [];
    const orders = intents.map((intent) => {
      const view = market.get(intent.instrument.name);
      const expectation: Expectation = {
        capsuleId: capsuleIdOf(intent.intentId),
        fairPriceFloat: fairPriceOf(view, intent),
        predictedSlippageBpsFloat:
          view === undefined ? 0 : predictedSlippageBpsFloat(view.book, intent),
        decidedUs: decision.tsUs,
      };
      capsules.push(
        truthCapsule({
          intent,
          snapshot: snapshot.payload,
          groupStyle: style,
          fairPriceFloat: expectation.fairPriceFloat,
          predictedSlippageBpsFloat: expectation.predictedSlippageBpsFloat ?? 0,
          gatesPassed: gateNames,
          mode: guard.mode,
          decidedUs: decision.tsUs,
          localUs: clock.nowUs(),
        }),
      );
      return newOrderRecord(intent, { style, legs: intents.length }, expectation);
    });
    const block = { snapshot, capsules, orders, traceId: decision.traceId, tsUs: decision.tsUs };
    return { orders, block };
  }
}
