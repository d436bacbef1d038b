/**
 * The chain of one order or refusal, from its facts: what was seen, decided, checked, sent or
 * refused, filled, and what it cost. Pure. What no fact says stands as null, never as a guess.
 */
import type { SnapshotInstrument } from '../../streams/facts/schemas/execution.ts';
import type { Found, FoundFact } from './search.ts';

type Payload = FoundFact['payload'];

export interface Step {
  readonly at_utc: string;
  readonly stream: string;
  readonly offset: number;
  readonly event_type: string;
  readonly what: string;
}

export interface Seen {
  readonly snapshot_id: string;
  readonly digest: string;
  readonly input_event_id: string;
  readonly instruments: readonly SnapshotInstrument[];
}

export interface Cost {
  readonly fees_usd_float: number | null;
  readonly gross_edge_usd_float: number | null;
  readonly net_edge_usd_float: number | null;
  /** Against the fair price at the signal, weighted by amount; positive is worse. */
  readonly slippage_fair_bps_float: number | null;
  readonly predicted_slippage_bps_float: number | null;
}

export interface IntentChain {
  readonly intent_id: string;
  /** Last recorded state of its life, or `refused`. */
  readonly outcome: string;
  readonly decided: Payload | null;
  readonly capsule: Payload | null;
  readonly refused: Payload | null;
  readonly sent: { readonly venue_order_id: string | null; readonly at_utc: string } | null;
  readonly states: ReadonlyArray<{
    readonly at_utc: string;
    readonly from: string;
    readonly to: string;
    readonly event: string;
    readonly cause: string | null;
    readonly anomaly: string | null;
  }>;
  readonly fills: readonly Payload[];
  readonly attributions: readonly Payload[];
  readonly cost: Cost | null;
}

export interface Explanation {
  readonly id: string;
  readonly kind: string;
  readonly decision_ids: readonly string[];
  readonly group_ids: readonly string[];
  readonly trace_ids: readonly string[];
  readonly run_ids: readonly string[];
  readonly policy_revs: readonly string[];
  readonly seen: readonly Seen[];
  readonly intents: readonly IntentChain[];
  /** Refusals that never became an intent. */
  readonly refusals: readonly Payload[];
  readonly timeline: readonly Step[];
}

function distinct(values: Iterable<string>): string[] {
  return [...new Set(values)];
}

function sumOf(rows: readonly Payload[], field: string): number | null {
  let sum = 0;
  for (const row of rows) {
    const value = row[field];
    if (typeof value !== 'number') return null; // One unknown part makes the sum unknown.
    sum += value;
  }
  return rows.length === 0 ? null : sum;
}

function weightedBy(rows: readonly Payload[], field: string, weight: string): number | null {
  let sum = 0;
  let weights = 0;
  for (const row of rows) {
    const value = row[field];
    const weighs = Number(row[weight]);
    if (typeof value !== 'number' || !(weighs > 0)) return null;
    sum += value * weighs;
    weights += weighs;
  }
  return weights === 0 ? null : sum / weights;
}

function costOf(rows: readonly Payload[]): Cost | null {
  if (rows.length === 0) return null;
  const predicted = rows[0]?.predicted_slippage_bps_float;
  return {
    fees_usd_float: sumOf(rows, 'fee_usd_float'),
    gross_edge_usd_float: sumOf(rows, 'gross_edge_usd_float'),
    net_edge_usd_float: sumOf(rows, 'net_edge_usd_float'),
    slippage_fair_bps_float: weightedBy(rows, 'slippage_fair_bps_float', 'amount'),
    predicted_slippage_bps_float: typeof predicted === 'number' ? predicted : null,
  };
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function intentChain(intentId: string, all: readonly FoundFact[]): IntentChain {
  const facts = all.filter(({ payload }) => payload.intent_id === intentId);
  const of = (type: string): FoundFact[] => facts.filter(({ event_type }) => event_type === type);
  const transitions = of('order.transition');
  const refused = of('decision.suppressed')[0]?.payload ?? null;
  const left = transitions.find(({ payload }) => payload.to === 'sent');
  const orderIds = [...transitions, ...of('fill.recorded')].flatMap(
    ({ payload }) => text(payload.venue_order_id) ?? text(payload.order_id) ?? [],
  );
  const attributions = of('attribution.recorded').map(({ payload }) => payload);
  const last = text(transitions.at(-1)?.payload.to);
  const recorded = of('order.intent').length > 0 ? 'recorded' : 'unknown';
  return {
    intent_id: intentId,
    outcome: last ?? (refused === null ? recorded : 'refused'),
    decided: of('order.intent')[0]?.payload ?? null,
    capsule: of('capsule.recorded')[0]?.payload ?? null,
    refused,
    sent:
      left === undefined && orderIds.length === 0
        ? null
        : {
            venue_order_id: orderIds.at(-1) ?? null,
            at_utc: (left ?? facts[0])?.recorded_utc ?? '',
          },
    states: transitions.map(({ recorded_utc, payload }) => ({
      at_utc: recorded_utc,
      from: String(payload.from),
      to: String(payload.to),
      event: String(payload.event),
      cause: text(payload.cause),
      anomaly: text(payload.anomaly),
    })),
    fills: of('fill.recorded').map(({ payload }) => payload),
    attributions,
    cost: costOf(attributions),
  };
}

/** One line for people about one fact. */
function whatOf({ event_type, payload: p }: FoundFact): string {
  switch (event_type) {
    case 'snapshot.recorded':
      return `market as seen, digest ${String(p.digest).slice(0, 16)}`;
    case 'capsule.recorded':
      return `capsule ${String(p.capsule_id).slice(0, 16)}, mode ${p.mode}`;
    case 'order.intent':
      return `${p.class} ${p.side} ${p.qty_usd ?? p.qty_coin} ${p.instrument} at ${p.limit_price}`;
    case 'order.transition':
      return `${p.from} → ${p.to} (${p.event})`;
    case 'fill.recorded':
      return `${p.side} ${p.amount} at ${p.price}, fee ${p.fee} ${p.fee_currency}`;
    case 'decision.suppressed':
      return `refused by ${p.gate}: ${p.code}`;
    case 'attribution.recorded':
      return `trade ${p.trade_id}, net edge ${p.net_edge_usd_float ?? 'unknown'} USD`;
    case 'group.transition':
      return `group ${p.from} → ${p.to} (${p.event})`;
    default:
      return event_type;
  }
}

/** Puts what was found in the order in which it happened. */
export function explain(found: Found): Explanation {
  const { facts } = found;
  const snapshots = facts.filter(({ event_type }) => event_type === 'snapshot.recorded');
  return {
    id: found.id,
    kind: found.kind,
    decision_ids: found.decisionIds,
    group_ids: found.groupIds,
    trace_ids: distinct(facts.map(({ trace_id }) => trace_id)),
    run_ids: distinct(facts.map(({ run_id }) => run_id)),
    policy_revs: distinct(facts.map(({ policy_rev }) => policy_rev)),
    seen: snapshots.map(({ payload }) => ({
      snapshot_id: String(payload.snapshot_id),
      digest: String(payload.digest),
      input_event_id: String(payload.input_event_id),
      instruments: payload.instruments as readonly SnapshotInstrument[],
    })),
    intents: found.intentIds.map((intentId) => intentChain(intentId, facts)),
    refusals: facts
      .filter(
        ({ event_type, payload }) =>
          event_type === 'decision.suppressed' && payload.intent_id === null,
      )
      .map(({ payload }) => payload),
    timeline: facts.map((fact) => ({
      at_utc: fact.recorded_utc,
      stream: fact.stream,
      offset: fact.offset,
      event_type: fact.event_type,
      what: whatOf(fact),
    })),
  };
}
