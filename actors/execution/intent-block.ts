/**
 * What is made durable before the first byte of a decision leaves: one snapshot, a capsule and an
 * intent for every leg, in one block. A capsule that cannot be made stops an OPEN; a reduction goes on
 * without one, flagged and counted, because evidence never holds up the way out.
 */
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { DecisionContext } from '../../streams/facts/decision.ts';
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { InstrumentView, MarketView } from '../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import {
  type CapsuleInput,
  capsuleIdOf,
  type DecisionSnapshot,
  decisionSnapshot,
  type InputBasis,
  markOf,
  type TruthCapsule,
  truthCapsule,
} from '../evidence/index.ts';
import { fairPriceOf, reckonedEdge } from './decision-legs.ts';
import { gateNames } from './gates/chain.ts';
import { touchTicks } from './gates/gate.ts';
import { predictedSlippageBpsFloat, visibleShare } from './gates/liquidity.ts';
import { netEdgeVersion } from './gates/net-edge.ts';
import { hedgeInstrument } from './groups/hedges.ts';
import type { GuardView } from './guard-gate.ts';
import {
  type Expectation,
  type GroupStyle,
  newOrderRecord,
  nothingExpected,
  type OrderRecord,
} from './order-record.ts';

/** What the capsule of every allowed intent says: the chain is all or nothing. */
const gatesPassedJson = JSON.stringify(gateNames);

export interface BlockDeps {
  readonly clock: Clock;
  readonly market: MarketView;
  readonly policy: () => ExecutionPolicy;
  readonly feeFactorFloat: () => number;
  /** Venue clock − local clock, µs. */
  readonly venueOffsetUs: () => number;
  readonly inputBasis: () => InputBasis | null;
  /** The last good fit for an option's expiry, as it is written down; nothing is fitted for it. */
  readonly surfaceFitJson: (instrument: Instrument) => string | null;
  /** A reduction goes on without its capsule. */
  readonly onCapsuleMissing: (intent: OrderIntent, error: HoldfastError) => void;
}

export interface BlockInput {
  readonly intents: readonly OrderIntent[];
  readonly decision: DecisionContext;
  readonly style: GroupStyle;
  readonly guard: GuardView;
}

/** Throws what a capsule of an OPEN throws: nothing is recorded then. */
export function intentBlock(deps: BlockDeps, input: BlockInput) {
  const { intents, decision, style } = input;
  const snapshot = snapshotOf(deps, input);
  const capsules: TruthCapsule[] = [];
  const orders: OrderRecord[] = intents.map((intent) => {
    const made = snapshot && capsuleOf(deps, input, intent, snapshot);
    if (made?.capsule !== undefined) capsules.push(made.capsule);
    const expectation = made?.expectation ?? { ...nothingExpected, decidedUs: decision.tsUs };
    return newOrderRecord(intent, { style, legs: intents.length }, expectation);
  });
  const block = { snapshot, capsules, orders, traceId: decision.traceId, tsUs: decision.tsUs };
  return { orders, block };
}

/** Evidence that cannot be made stops new risk; the way out goes on, flagged. */
function orWithout<T>(
  deps: BlockDeps,
  intents: readonly OrderIntent[],
  make: () => T,
): T | undefined {
  try {
    return make();
  } catch (thrown) {
    if (intents.some((intent) => intent.class === 'OPEN')) throw thrown;
    for (const intent of intents) deps.onCapsuleMissing(intent, asHoldfastError(thrown));
    return undefined;
  }
}

function snapshotOf(deps: BlockDeps, { intents, decision }: BlockInput) {
  const { market, clock, policy } = deps;
  const [first] = intents as readonly [OrderIntent];
  return orWithout(deps, intents, () =>
    decisionSnapshot({
      seen: seenBy(intents, market),
      decisionId: decision.decisionId,
      groupId: first.groupId,
      inputEventId: decision.inputEventId,
      basis: deps.inputBasis(),
      nowMonotonicUs: clock.monotonicUs(),
      levels: policy().snapshot_levels,
    }),
  );
}

/** The legs' instruments, each once, and the perpetual that would hedge their options. */
function seenBy(intents: readonly OrderIntent[], market: MarketView): InstrumentView[] {
  const names = new Set(intents.map(({ instrument }) => instrument.name));
  for (const { instrument } of intents) {
    if (instrument.kind !== 'option') continue;
    const hedge = hedgeInstrument(instrument.row.base_currency, market);
    if (hedge !== undefined) names.add(hedge.instrument.name);
  }
  return [...names].flatMap((name) => market.get(name) ?? []);
}

interface Made {
  readonly capsule: TruthCapsule | undefined;
  readonly expectation: Expectation;
}

function capsuleOf(
  deps: BlockDeps,
  input: BlockInput,
  intent: OrderIntent,
  snapshot: DecisionSnapshot,
): Made | undefined {
  const { decision } = input;
  return orWithout(deps, [intent], () => {
    const seen = deps.market.get(intent.instrument.name);
    const fairPriceFloat = fairPriceOf(seen, intent);
    const predicted = seen === undefined ? 0 : predictedSlippageBpsFloat(seen.book, intent);
    const touch = seen && touchTicks(seen.book, intent.side);
    const capsuleId = capsuleIdOf(intent.intentId);
    const expectation = {
      capsuleId,
      fairPriceFloat,
      predictedSlippageBpsFloat: predicted,
      touchPriceFloat: touch === undefined ? null : gridFloat(intent.instrument.price, touch),
      mark: markOf(seen, decision.tsUs),
      decidedUs: decision.tsUs,
    };
    const priced = { seen, fairPriceFloat, predictedSlippageBpsFloat: predicted };
    const capsule = truthCapsule(
      capsuleInput(deps, input, intent, { capsuleId, snapshot, priced }),
    );
    return { capsule, expectation };
  });
}

interface CapsuleParts {
  readonly capsuleId: string;
  readonly snapshot: DecisionSnapshot;
  readonly priced: Pick<CapsuleInput, 'fairPriceFloat' | 'predictedSlippageBpsFloat'> & {
    readonly seen: InstrumentView | undefined;
  };
}

/** Member by member: merging objects of this size with spreads shows in the time of an order. */
function capsuleInput(
  { clock, policy, feeFactorFloat, venueOffsetUs, surfaceFitJson }: BlockDeps,
  { decision, style, guard }: BlockInput,
  intent: OrderIntent,
  { capsuleId, snapshot, priced }: CapsuleParts,
): CapsuleInput {
  const limits = policy();
  const { seen } = priced;
  return {
    capsuleId,
    intent,
    snapshot,
    groupStyle: style,
    fairPriceFloat: priced.fairPriceFloat,
    predictedSlippageBpsFloat: priced.predictedSlippageBpsFloat,
    edgeReckoned: reckonedEdge(intent.edge, intent, seen, feeFactorFloat()),
    netEdgeVersion,
    minEdgeUsdFloat: limits.min_edge_usd ?? null,
    fillProbabilityFloat: seen === undefined ? null : visibleShare(seen.book, intent),
    limits: {
      rescueAttemptsMax: limits.rescue_attempts_max,
      rescueCrossSpreadTicks: limits.rescue_cross_spread_ticks,
      closeAttemptsMax: limits.close_attempts_max,
    },
    bundleRef: decision.strategyVersion,
    surfaceFitJson: intent.instrument.kind === 'option' ? surfaceFitJson(intent.instrument) : null,
    policyRev: guard.policyRev,
    clockDriftUs: venueOffsetUs(),
    gatesPassedJson,
    mode: guard.mode,
    decidedUs: decision.tsUs,
    localUs: clock.nowUs(),
  };
}
