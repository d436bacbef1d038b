/**
 * What is made durable before the first byte of a decision leaves: one snapshot, a capsule and an
 * intent for every leg, in one block. A capsule that cannot be made stops an OPEN; a reduction goes on
 * without one, flagged and counted, because evidence never holds up the way out.
 */
import type { DecisionContext } from '../../streams/facts/decision.ts';
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import {
  capsuleIdOf,
  type DecisionSnapshot,
  decisionSnapshot,
  type TruthCapsule,
  truthCapsule,
} from '../evidence/index.ts';
import { fairPriceOf } from './decision-legs.ts';
import { gateNames } from './gates/chain.ts';
import { predictedSlippageBpsFloat } from './gates/liquidity.ts';
import type { GuardView } from './guard-gate.ts';
import {
  type Expectation,
  type GroupStyle,
  newOrderRecord,
  type OrderRecord,
} from './order-record.ts';

/** What the capsule of every allowed intent says: the chain is all or nothing. */
const gatesPassedJson = JSON.stringify(gateNames);

export interface BlockDeps {
  readonly clock: Clock;
  readonly market: MarketView;
  readonly policy: () => ExecutionPolicy;
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
    const made = capsuleOf(deps, input, intent, snapshot);
    if (made.capsule !== undefined) capsules.push(made.capsule);
    return newOrderRecord(intent, { style, legs: intents.length }, made.expectation);
  });
  const block = { snapshot, capsules, orders, traceId: decision.traceId, tsUs: decision.tsUs };
  return { orders, block };
}

function snapshotOf({ market, clock, policy }: BlockDeps, { intents, decision }: BlockInput) {
  const [first] = intents as readonly [OrderIntent];
  const names = new Set(intents.map((intent) => intent.instrument.name));
  return decisionSnapshot({
    seen: [...names].flatMap((name) => market.get(name) ?? []),
    decisionId: decision.decisionId,
    groupId: first.groupId,
    inputEventId: decision.inputEventId,
    nowMonotonicUs: clock.monotonicUs(),
    levels: policy().snapshot_levels,
  });
}

interface Made {
  readonly capsule: TruthCapsule | undefined;
  readonly expectation: Expectation;
}

function capsuleOf(
  deps: BlockDeps,
  { decision, style, guard }: BlockInput,
  intent: OrderIntent,
  snapshot: DecisionSnapshot,
): Made {
  const seen = deps.market.get(intent.instrument.name);
  const fairPriceFloat = fairPriceOf(seen, intent);
  const predicted = seen === undefined ? 0 : predictedSlippageBpsFloat(seen.book, intent);
  const expectation = {
    fairPriceFloat,
    predictedSlippageBpsFloat: predicted,
    decidedUs: decision.tsUs,
  };
  try {
    const capsuleId = capsuleIdOf(intent.intentId);
    const capsule = truthCapsule({
      capsuleId,
      intent,
      snapshot,
      groupStyle: style,
      fairPriceFloat,
      predictedSlippageBpsFloat: predicted,
      gatesPassedJson,
      mode: guard.mode,
      decidedUs: decision.tsUs,
      localUs: deps.clock.nowUs(),
    });
    return { capsule, expectation: { ...expectation, capsuleId } };
  } catch (thrown) {
    if (intent.class === 'OPEN') throw thrown;
    deps.onCapsuleMissing(intent, asHoldfastError(thrown));
    const unknown = { capsuleId: null, predictedSlippageBpsFloat: null };
    return { capsule: undefined, expectation: { ...expectation, ...unknown } };
  }
}
