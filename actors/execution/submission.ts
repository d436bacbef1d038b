/**
 * One decision on its way to the venue: form and quantise, gates, reserve, snapshot and capsule and
 * intent in one durable block, chokepoint. Nothing is touched before the last gate of the last leg
 * has passed; an atomic group stands or falls as a whole.
 */

import type { DecisionContext } from '../../streams/facts/decision.ts';
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { OrderIntent, ProposedIntent } from '../../streams/facts/intent.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { AdoptedOrders } from './adopted-orders.ts';
import { netEdgeOf, opensTogether, reckonedEdge, restingLeg, skewOf } from './decision-legs.ts';
import type { ExposureBook } from './exposure.ts';
import { formIntent, type OpenWish } from './form-intent.ts';
import { type GateRefusal, runGates } from './gates/chain.ts';
import type { FeeState } from './gates/fees.ts';
import { type GateView, referenceUsdFloat, reject, type StageView } from './gates/gate.ts';
import { addsToInventory, biasOf, skewedMinEdgeUsd } from './gates/inventory-skew.ts';
import { type ChurnBreaker, churnKeyOf } from './groups/churn-breaker.ts';
import type { GroupExecutor } from './groups/group-executor.ts';
import type { GuardGate, GuardView } from './guard-gate.ts';
import { type BlockDeps, intentBlock } from './intent-block.ts';
import type { IntentLedger } from './ledger.ts';
import type { GroupStyle, OrderRecord } from './order-record.ts';
import type { OrderTracker } from './order-tracker.ts';
import { leaningUsdFloat, signedDeltaUsdFloat } from './portfolio-delta.ts';
import { limitOfOpen } from './pricing.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { RepeatThrottle } from './repeat-throttle.ts';
import { notionalUsdFloat } from './sizing.ts';

export interface SubmissionDeps {
  readonly clock: Clock;
  readonly market: MarketView;
  readonly guard: GuardGate;
  readonly policy: () => ExecutionPolicy;
  readonly stage: StageView;
  readonly exposure: ExposureBook;
  readonly tracker: OrderTracker;
  readonly adopted: AdoptedOrders;
  readonly ledger: IntentLedger;
  readonly limiter: RateLimiter;
  readonly venueOffsetUs: () => number;
  readonly churn: ChurnBreaker;
  readonly repeats: RepeatThrottle;
  readonly marginUse: () => number | undefined;
  readonly impactBlockedUntilUs: (instrumentName: string) => number;
  readonly fees: () => FeeState;
  readonly inputBasis: BlockDeps['inputBasis'];
  readonly surfaceFitJson: BlockDeps['surfaceFitJson'];
  readonly onCapsuleMissing: BlockDeps['onCapsuleMissing'];
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
  readonly #blockDeps: BlockDeps;

  constructor(deps: SubmissionDeps) {
    this.#deps = deps;
    this.#blockDeps = { ...deps, feeFactorFloat: () => deps.fees().factorFloat };
  }

  /** Pure as far as anyone outside can tell: forms every leg and runs every gate. */
  judge(candidate: Candidate): Judged {
    const { proposals, decision, groupId, firstLeg, style, step } = candidate;
    const intents: OrderIntent[] = [];
    const wished: number[] = [];
    const policy = this.#deps.policy();
    const fees = this.#deps.fees();
    const alone = step === undefined && (style === 'independent' || proposals.length === 1);
    const priced = (wish: OpenWish): number => this.#limitOf(wish, fees);
    for (const [index, proposed] of proposals.entries()) {
      const legIdx = firstLeg + index;
      const formed = formIntent(proposed, {
        decision,
        groupId,
        legIdx,
        market: this.#deps.market,
        policy,
        ...(alone ? { priced } : {}),
        venueNowUs: this.#deps.clock.nowUs() + this.#deps.venueOffsetUs(),
      });
      const refusal = formed.ok ? this.#duplicate(formed.intent, intents) : formed.refusal;
      if (refusal !== undefined) {
        const intent = formed.ok ? formed.intent : null;
        return { kind: 'refused', leg: { legIdx, proposed, intent, refusal } };
      }
      if (formed.ok) {
        intents.push(formed.intent);
        wished.push(formed.proposedTicks);
      }
    }
    const group = this.#groupView(intents, fees);
    const grouped = style === 'atomic' && step === undefined && opensTogether(intents);
    for (const [index, intent] of intents.entries()) {
      const legs = { ...group, earlier: intents.slice(0, index) };
      const proposedTicks = wished[index] ?? intent.limitTicks;
      const view = this.#view(intent, candidate, legs, { fees, proposedTicks });
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
      const { orders, block } = intentBlock(this.#blockDeps, { intents, decision, style, guard });
      ledger.recordIntents({ ...block, grouped });
      for (const order of orders) {
        order.state = 'recorded';
        tracker.add(order);
      }
      return orders;
    } catch (thrown) {
      for (const intent of intents) exposure.release(intent.intentId);
      const error = asHoldfastError(thrown);
      const code = ledgerFailed(error.code) ? 'LedgerWriteFailed' : 'CapsuleWriteFailed';
      return { gate: 'ledger', ...reject(code, { error: error.code, cause: error.message }) };
    }
  }

  #duplicate(intent: OrderIntent, earlier: readonly OrderIntent[]): GateRefusal | undefined {
    const { tracker } = this.#deps;
    // New risk also by its place: the same decision met again may be formed at another price.
    const again =
      tracker.knows(intent.intentId) ||
      (intent.class === 'OPEN' && tracker.placeTaken(intent)) ||
      earlier.some((leg) => leg.intentId === intent.intentId);
    return again ? { gate: 'duplicate', ...reject('DuplicateIntent') } : undefined;
  }

  /** The limit of an OPEN that stands alone: no further than its edge and the inventory allow. */
  #limitOf(wish: OpenWish, fees: FeeState): number {
    const { market, exposure } = this.#deps;
    const policy = this.#deps.policy();
    const { seen, side, lots, limitTicks, immediate } = wish;
    const { instrument } = seen;
    const leg = { instrument, side, qtyLots: lots, limitTicks, postOnly: !immediate };
    const base = instrument.row.base_currency;
    const skew = {
      biasFloat: biasOf(leaningUsdFloat(base, market, exposure), policy.delta_limit_usd),
      addsUsdFloat: signedDeltaUsdFloat(seen, side === 'buy' ? lots : -lots),
    };
    const fills = addsToInventory(skew) && !Number.isNaN(skew.biasFloat);
    return limitOfOpen({
      ...wish,
      edge: reckonedEdge(wish.edge, leg, seen, fees.factorFloat),
      minEdgeUsd: skewedMinEdgeUsd(policy.min_edge_usd ?? 0, policy.inventory_skew_k, skew),
      fullnessFloat: fills ? Math.abs(skew.biasFloat) : 0,
      tickPenaltyMax: policy.inventory_skew_tick_penalty_max,
    });
  }

  #groupView(intents: readonly OrderIntent[], fees: FeeState) {
    const { market, exposure, policy } = this.#deps;
    const { delta_limit_usd } = policy();
    let openNotionalUsdFloat = 0;
    for (const intent of intents) {
      if (intent.class !== 'OPEN') continue;
      const reference = referenceUsdFloat(market.get(intent.instrument.name));
      openNotionalUsdFloat += notionalUsdFloat(intent.instrument, intent.qtyLots, reference);
    }
    return {
      legCount: intents.length,
      openNotionalUsdFloat,
      netEdgeUsdFloat: netEdgeOf(intents, market, fees.factorFloat),
      skew: skewOf(intents, market, exposure, delta_limit_usd),
      churnKey: churnKeyOf(
        intents[0]?.strategyId ?? '',
        intents.map(({ instrument }) => instrument.name),
      ),
    };
  }

  #view(
    intent: OrderIntent,
    candidate: Candidate,
    group: GateView['group'],
    asked: Pick<GateView, 'fees' | 'proposedTicks'>,
  ): GateView {
    const { guard, step, groupId } = candidate;
    const containment = step === 'close' || step === 'hedge';
    const { clock, policy, market, exposure, tracker, adopted, limiter, stage } = this.#deps;
    const nowMonotonicUs = clock.monotonicUs();
    return {
      nowUs: clock.nowUs() + this.#deps.venueOffsetUs(),
      nowMonotonicUs,
      policy: policy(),
      guard,
      guardRefusal: this.#deps.guard.refusal(guard, { class: intent.class, containment }),
      containing: this.#deps.groups().containsOther(groupId),
      repeats: (one) => this.#deps.repeats.exceeds(one, nowMonotonicUs),
      impactBlockedUntilUs: this.#deps.impactBlockedUntilUs(intent.instrument.name),
      fees: asked.fees,
      proposedTicks: asked.proposedTicks,
      marginUse: this.#deps.marginUse(),
      churnBlockedUntilUs: this.#deps.churn.blockedUntilUs(group.churnKey),
      market,
      seen: market.get(intent.instrument.name),
      exposure,
      openOrders: (name) =>
        adopted.count === 0
          ? tracker.openOrders(name)
          : [...tracker.openOrders(name), ...adopted.resting(name)],
      openOrderCount: tracker.liveCount + adopted.count,
      openGroupCount: tracker.liveGroupCount,
      ordersInLastSecond: limiter.ordersInLastSecond(nowMonotonicUs),
      creditsSuffice: limiter.suffices(intent.class, group.legCount, nowMonotonicUs),
      stage,
      group,
      route: containment ? 'emergency' : 'normal',
    };
  }
}

/** The journal did not take the block; anything else went wrong while it was made. */
function ledgerFailed(code: string): boolean {
  return code.startsWith('JOURNAL_') || code === 'DISK_FULL' || code === 'PAYLOAD_TOO_LARGE';
}
