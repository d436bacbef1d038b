/**
 * From a loose proposal to a quantised, hashed, labelled intent, or the one code it is refused
 * with. Pure: the same proposal on the same instrument gives the same intent in every run.
 */
import type { DecisionContext } from '../../streams/facts/decision.ts';
import { assert } from '../../streams/facts/errors.ts';
import type { EdgeEstimate, OrderIntent, ProposedIntent } from '../../streams/facts/intent.ts';
import type { InstrumentView, MarketView } from '../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import { cutText } from '../../streams/facts/text.ts';
import { usPerMs } from '../../streams/facts/time.ts';
import { classify } from './classify.ts';
import type { GateRefusal } from './gates/chain.ts';
import { type GateFacts, type GateResult, reject } from './gates/gate.ts';
import { orderFormGate } from './gates/order-form.ts';
import { intentHash } from './intent-hash.ts';
import { buildLabel } from './label.ts';
import { quantiseLots, quantisePrice } from './quantise.ts';

/** Reason codes carried along, count: they are for people, not a payload. */
const reasonCodesMax = 16;
/** Longest name or code of a strategy that is recorded, characters: it may be anything. */
const namedCharsMax = 64;

export interface FormContext {
  readonly decision: DecisionContext;
  readonly groupId: string;
  readonly legIdx: number;
  readonly market: MarketView;
  readonly policy: ExecutionPolicy;
  /** The limit an OPEN goes out with, given what was asked for. Absent: as asked. */
  readonly priced?: (wish: OpenWish) => number;
  /** Venue time now, epoch µs. */
  readonly venueNowUs: number;
}

/** An OPEN before its price is settled. */
export interface OpenWish {
  readonly seen: InstrumentView;
  readonly side: 'buy' | 'sell';
  readonly lots: number;
  readonly limitTicks: number;
  readonly immediate: boolean;
  readonly edge: EdgeEstimate | null;
}

export type Formed =
  | {
      readonly ok: true;
      readonly intent: OrderIntent;
      /** Quantised limit the strategy asked for. */
      readonly proposedTicks: number;
    }
  | { readonly ok: false; readonly refusal: GateRefusal };

function refuse(gate: string, result: NonNullable<GateResult>): Formed {
  return { ok: false, refusal: { gate, ...result } };
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** The stated edge; null unless all three parts are finite numbers. */
export function parseEdge(edge: unknown): EdgeEstimate | null {
  if (typeof edge !== 'object' || edge === null) return null;
  const parts = edge as Readonly<Record<string, unknown>>;
  const grossUsdFloat = number(parts.gross_usd ?? parts.grossUsdFloat);
  const feeUsdFloat = number(parts.fee_usd ?? parts.feeUsdFloat);
  const slippageUsdFloat = number(parts.slippage_usd ?? parts.slippageUsdFloat);
  if (grossUsdFloat === undefined || feeUsdFloat === undefined || slippageUsdFloat === undefined) {
    return null;
  }
  return { grossUsdFloat, feeUsdFloat, slippageUsdFloat };
}

function reasonCodesOf(value: unknown, fallback: readonly string[]): readonly string[] {
  const given = Array.isArray(value) ? value.filter((code) => typeof code === 'string') : fallback;
  return given.slice(0, reasonCodesMax).map((code) => cutText(code, namedCharsMax));
}

function known(proposed: ProposedIntent, market: MarketView): InstrumentView | undefined {
  return typeof proposed.instrument === 'string' ? market.get(proposed.instrument) : undefined;
}

/** A fraction in a field that is hashed, recorded or compared exactly must never leave this room. */
function assertIntegers(intent: OrderIntent): OrderIntent {
  for (const field of ['validUntilUs', 'qtyLots', 'limitTicks', 'legIdx', 'attempt'] as const) {
    assert(Number.isSafeInteger(intent[field]), `${field} of an intent is ${intent[field]}`);
  }
  return intent;
}

/** Order form, metadata, quantisation, hash, label: in this order, the first refusal ends it. */
export function formIntent(proposed: ProposedIntent, context: FormContext): Formed {
  const wrongForm = orderFormGate(proposed);
  if (wrongForm !== undefined) return refuse('order_form', wrongForm);
  const seen = known(proposed, context.market);
  if (seen === undefined) {
    const { instrument } = proposed;
    const shown = typeof instrument === 'string' ? instrument : typeof instrument;
    const facts: GateFacts = { instrument: cutText(shown, namedCharsMax) };
    return refuse('quantise', reject('InstrumentMetadataMissing', facts));
  }
  const { instrument } = seen;
  const side = proposed.side === 'buy' ? 'buy' : 'sell';
  const tolerance = context.policy.contracts_amount_match_tolerance;
  const lots = quantiseLots(instrument, proposed.quantity, proposed.contracts, tolerance);
  if (!lots.ok) return refuse('quantise', reject(lots.code, { cause: lots.cause }));
  const ticks = quantisePrice(instrument, side, proposed.limit_price);
  if (!ticks.ok) return refuse('quantise', reject(ticks.code, { cause: ticks.cause }));
  const intent = assemble(proposed, context, seen, side, lots.value, ticks.value);
  return { ok: true, intent, proposedTicks: ticks.value };
}

function assemble(
  proposed: ProposedIntent,
  context: FormContext,
  seen: InstrumentView,
  side: 'buy' | 'sell',
  qtyLots: number,
  proposedTicks: number,
): OrderIntent {
  const { decision, groupId, policy } = context;
  const { instrument } = seen;
  const legIdx = typeof proposed.leg_idx === 'number' ? proposed.leg_idx : context.legIdx;
  const attempt = typeof proposed.attempt === 'number' ? proposed.attempt : 0;
  const classified = classify(proposed);
  const cls = classified === 'CANCEL' ? 'OPEN' : classified;
  const postOnly = proposed.post_only === true;
  const resting = proposed.time_in_force === 'good_til_cancelled' || postOnly;
  const edge = parseEdge(proposed.edge);
  const wish = { seen, side, lots: qtyLots, limitTicks: proposedTicks, immediate: !resting, edge };
  const limitTicks = cls === 'OPEN' ? (context.priced?.(wish) ?? proposedTicks) : proposedTicks;
  const identity = { instrument, side, qtyLots, limitTicks, groupId, legIdx, attempt } as const;
  const intentId = intentHash(identity);
  const validityMs =
    cls === 'OPEN' ? policy.order_validity_open_ms : policy.order_validity_reducing_ms;
  // Member by member: with a spread V8 makes a dictionary of it, which costs 17 µs an intent.
  return assertIntegers({
    instrument,
    side,
    qtyLots,
    limitTicks,
    groupId,
    legIdx,
    attempt,
    intentId,
    strategyId: decision.strategyId,
    decisionId: decision.decisionId,
    class: cls,
    timeInForce: resting ? 'good_til_cancelled' : 'immediate_or_cancel',
    postOnly,
    reduceOnly: cls === 'CLOSE' || proposed.reduce_only === true,
    validUntilUs: Math.round(context.venueNowUs + validityMs * usPerMs),
    label: buildLabel(decision.strategyId, groupId, legIdx, intentId),
    edge,
    reasonCodes: reasonCodesOf(proposed.reason_codes, decision.decision.reasons),
    traceId: decision.traceId,
  });
}
