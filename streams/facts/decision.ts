/** A decision: where intents come from, and the ids that make a replayed decision the same decision. */
import { canonicalHash, canonicalJson, sha256Hex } from './hash.ts';
import type { ProposedIntent } from './intent.ts';
import type { BookEvent, MarketEvent } from './market.ts';
import { type Pins, withoutRunId } from './pins.ts';
import { traceIdOf } from './trace.ts';

/** What a strategy decided on one event: a group of intents that belong together. */
export interface StrategyDecision {
  /** What the decision is about, `BTC-PERPETUAL` or `hedge.BTC`; part of its identity. */
  readonly scope: string;
  readonly action: 'ENTER' | 'EXIT' | 'HEDGE';
  readonly intents: readonly ProposedIntent[];
  /** Strategy vocabulary, for people: `edge_above_threshold`. */
  readonly reasons: readonly string[];
  /** The numbers the decision was made from. Analytics only. */
  readonly signal: Readonly<Record<string, number>>;
}

/** What travels with the intents of one decision through execution and evidence. */
export interface DecisionContext {
  readonly decisionId: string;
  /** `groupIdOf` with the pins of the runner that decided: its own parameters, not the system's. */
  readonly groupId: string;
  readonly strategyId: string;
  readonly strategyVersion: string;
  readonly runnerId: string;
  readonly inputEventId: string;
  readonly traceId: string;
  /** Domain time of the input event, epoch µs: never a local clock. */
  readonly tsUs: number;
  /** When the input event was received, monotonic µs: the start of tick → dispatch. */
  readonly receivedMonotonicUs: number;
  readonly decision: StrategyDecision;
}

function sequenceOf(event: MarketEvent): string {
  if (event.type === 'book') return `${(event satisfies BookEvent).frame}:${event.changeId}`;
  if (event.type === 'trade') return event.tradeId;
  return `${event.tsUs}:${event.markFloat}:${event.indexFloat}`;
}

/**
 * The id of the event a decision was made on: venue sequence where there is one. The session epoch
 * is left out, because the same tape met in another session must lead to the same decision.
 */
export function inputEventIdOf(event: MarketEvent): string {
  const { venue } = event.instrument.row;
  const sequence = canonicalJson(sequenceOf(event));
  return sha256Hex(
    `[${canonicalJson(venue)},${canonicalJson(event.channel)},"${event.type}",${sequence}]`,
  );
}

/** `decisionIdOf` for one strategy: what is the same in all its decisions is written once. */
export function decisionIds(
  pins: Pins,
  strategyId: string,
  bundle: string,
): (inputEventId: string, scope: string) => string {
  const head = `[${canonicalJson(withoutRunId(pins))},${canonicalJson(strategyId)},`;
  const tail = `,${canonicalJson(bundle)}]`;
  // Through the canonical form, which refuses a scope that has no hash.
  return (inputEventId, scope) =>
    sha256Hex(`${head}${canonicalJson(inputEventId)},${canonicalJson(scope)}${tail}`);
}

/** {pins without run id, strategy, input event, scope, bundle} → 64 hex. */
export function decisionIdOf(
  pins: Pins,
  strategyId: string,
  inputEventId: string,
  scope: string,
  bundle: string,
): string {
  return canonicalHash([withoutRunId(pins), strategyId, inputEventId, scope, bundle]);
}

/** {pins without run id, strategy, decision} → 64 hex: the legs of one decision are one group. */
export function groupIdOf(pins: Pins, strategyId: string, decisionId: string): string {
  return groupIdsOf(pins)(strategyId, decisionId);
}

/** The same with the pins worked out once: the hot path asks for one on every decision. */
export function groupIdsOf(pins: Pins): (strategyId: string, decisionId: string) => string {
  const text = canonicalJson(withoutRunId(pins));
  return (strategyId, decisionId) =>
    sha256Hex(`[${text},${JSON.stringify(strategyId)},${JSON.stringify(decisionId)}]`);
}

/** The trace that joins everything that follows from one decision. */
export function decisionTraceId(decisionId: string, runId: string): string {
  return traceIdOf(`${runId}:${decisionId}`);
}
