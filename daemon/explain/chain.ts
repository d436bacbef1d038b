/**
 * The chain of one order or refusal, from its facts: what was seen, decided, checked, sent or
 * refused, filled, and what it cost. Pure. What no fact says stands as null, never as a guess.
 */
import type {
  OrderAdoptedPayload,
  TradeAdoptedPayload,
} from '../../streams/facts/schemas/adoption.ts';
import type {
  AttributionRecordedPayload,
  CapsuleRecordedPayload,
  MarkoutRecordedPayload,
  SnapshotInstrument,
} from '../../streams/facts/schemas/evidence.ts';
import type {
  DecisionSuppressedPayload,
  FillRecordedPayload,
  OrderIntentPayload,
  OrderTransitionPayload,
} from '../../streams/facts/schemas/execution.ts';
import type { GroupTransitionPayload } from '../../streams/facts/schemas/group.ts';
import type { Found, FoundFact } from './search.ts';

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
  readonly decided: OrderIntentPayload | null;
  readonly capsule: CapsuleRecordedPayload | null;
  readonly refused: DecisionSuppressedPayload | null;
  readonly sent: { readonly venue_order_id: string | null; readonly at_utc: string | null } | null;
  readonly states: ReadonlyArray<{
    readonly at_utc: string;
    readonly from: string;
    readonly to: string;
    readonly event: string;
    readonly cause: string | null;
    readonly anomaly: string | null;
  }>;
  readonly fills: readonly FillRecordedPayload[];
  readonly attributions: readonly AttributionRecordedPayload[];
  readonly cost: Cost | null;
  /** What did not trade: as the fill simulator would have filled it, and what that was worth later. */
  readonly shadow: AttributionRecordedPayload | null;
  readonly markouts: readonly MarkoutRecordedPayload[];
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
  readonly refusals: readonly DecisionSuppressedPayload[];
  readonly timeline: readonly Step[];
}

function distinct(values: Iterable<string>): string[] {
  return [...new Set(values)];
}

type Row = AttributionRecordedPayload;
type NumberField = 'fee_usd_float' | 'gross_edge_usd_float' | 'net_edge_usd_float';

/** One unknown part makes the sum unknown. */
function sumOf(rows: readonly Row[], field: NumberField): number | null {
  let sum = 0;
  for (const row of rows) {
    const value = row[field];
    if (value === null) return null;
    sum += value;
  }
  return sum;
}

function slippageOf(rows: readonly Row[]): number | null {
  let sum = 0;
  let amounts = 0;
  for (const row of rows) {
    const amount = Number(row.amount);
    if (row.slippage_fair_bps_float === null || !(amount > 0)) return null;
    sum += row.slippage_fair_bps_float * amount;
    amounts += amount;
  }
  return sum / amounts;
}

function costOf(rows: readonly Row[]): Cost | null {
  const [first] = rows;
  if (first === undefined) return null;
  return {
    fees_usd_float: sumOf(rows, 'fee_usd_float'),
    gross_edge_usd_float: sumOf(rows, 'gross_edge_usd_float'),
    net_edge_usd_float: sumOf(rows, 'net_edge_usd_float'),
    slippage_fair_bps_float: slippageOf(rows),
    predicted_slippage_bps_float: first.predicted_slippage_bps_float,
  };
}

/** The journal has proved the bytes and the writer the shape: payloads are read as their type. */
function payloadsOf<P>(facts: readonly FoundFact[], type: string): P[] {
  return facts.filter(({ event_type }) => event_type === type).map(({ payload }) => payload as P);
}

function outcomeOf(
  last: OrderTransitionPayload | undefined,
  refused: DecisionSuppressedPayload | null,
  decided: OrderIntentPayload | null,
): string {
  if (last !== undefined) return last.to;
  if (refused !== null) return 'refused';
  return decided === null ? 'unknown' : 'recorded';
}

function intentChain(intentId: string, all: readonly FoundFact[]): IntentChain {
  const facts = all.filter(({ payload }) => payload.intent_id === intentId);
  const transitions = facts.filter(({ event_type }) => event_type === 'order.transition');
  const moves = transitions.map((fact) => ({
    at_utc: fact.recorded_utc,
    ...(fact.payload as OrderTransitionPayload),
  }));
  const fills = payloadsOf<FillRecordedPayload>(facts, 'fill.recorded');
  const rows = payloadsOf<AttributionRecordedPayload>(facts, 'attribution.recorded');
  const attributions = rows.filter(({ mode }) => mode !== 'shadow');
  const [refused = null] = payloadsOf<DecisionSuppressedPayload>(facts, 'decision.suppressed');
  const [decided = null] = payloadsOf<OrderIntentPayload>(facts, 'order.intent');
  const [capsule = null] = payloadsOf<CapsuleRecordedPayload>(facts, 'capsule.recorded');
  const orderId = moves.findLast((move) => move.venue_order_id !== null)?.venue_order_id;
  const venueOrderId = orderId ?? fills.at(-1)?.order_id ?? null;
  const left = moves.find(({ to }) => to === 'sent');
  const isSent = left !== undefined || venueOrderId !== null;
  return {
    intent_id: intentId,
    outcome: outcomeOf(moves.at(-1), refused, decided),
    decided,
    capsule,
    refused,
    sent: isSent ? { venue_order_id: venueOrderId, at_utc: left?.at_utc ?? null } : null,
    states: moves.map(({ at_utc, from, to, event, cause, anomaly }) => ({
      at_utc,
      from,
      to,
      event,
      cause,
      anomaly,
    })),
    fills,
    attributions,
    cost: costOf(attributions),
    shadow: rows.find(({ mode }) => mode === 'shadow') ?? null,
    markouts: payloadsOf<MarkoutRecordedPayload>(facts, 'markout.recorded'),
  };
}

const whatWritten: Readonly<Record<string, (payload: FoundFact['payload']) => string>> = {
  'snapshot.recorded': ({ digest }) => `market as seen, digest ${String(digest).slice(0, 16)}`,
  'capsule.recorded': (payload) => {
    const { capsule_id, mode } = payload as CapsuleRecordedPayload;
    return `capsule ${capsule_id.slice(0, 16)}, mode ${mode}`;
  },
  'order.intent': (payload) => {
    const p = payload as OrderIntentPayload;
    return `${p.class} ${p.side} ${p.qty_usd ?? p.qty_coin} ${p.instrument} at ${p.limit_price}`;
  },
  'order.transition': (payload) => {
    const { from, to, event } = payload as OrderTransitionPayload;
    return `${from} → ${to} (${event})`;
  },
  'fill.recorded': (payload) => {
    const p = payload as FillRecordedPayload;
    return `${p.side} ${p.amount} at ${p.price}, fee ${p.fee} ${p.fee_currency}`;
  },
  'trade.adopted': (payload) => {
    const p = payload as TradeAdoptedPayload;
    return `${p.side} ${p.amount} at ${p.price}, no intent: adopted by ${p.role}: ${p.reason}`;
  },
  'order.adopted': (payload) => {
    const p = payload as OrderAdoptedPayload;
    return `${p.side} ${p.amount} at ${p.price}, not ours: adopted by ${p.role}: ${p.reason}`;
  },
  'decision.suppressed': (payload) => {
    const { gate, code } = payload as DecisionSuppressedPayload;
    return `refused by ${gate}: ${code}`;
  },
  'attribution.recorded': (payload) => {
    const p = payload as AttributionRecordedPayload;
    if (p.mode === 'shadow') return `not traded; simulated: ${p.amount} at ${p.fill_price}`;
    return `trade ${p.trade_id}, net edge ${p.net_edge_usd_float ?? 'unknown'} USD`;
  },
  'markout.recorded': (payload) => {
    const p = payload as MarkoutRecordedPayload;
    return `missed ${p.opportunity_usd_float ?? 'unknown'} USD after ${p.horizon_ms} ms`;
  },
  'group.transition': (payload) => {
    const { from, to, event } = payload as GroupTransitionPayload;
    return `group ${from} → ${to} (${event})`;
  },
};

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
    refusals: payloadsOf<DecisionSuppressedPayload>(facts, 'decision.suppressed').filter(
      ({ intent_id }) => intent_id === null,
    ),
    timeline: facts.map((fact) => ({
      at_utc: fact.recorded_utc,
      stream: fact.stream,
      offset: fact.offset,
      event_type: fact.event_type,
      what: whatWritten[fact.event_type]?.(fact.payload) ?? fact.event_type,
    })),
  };
}
