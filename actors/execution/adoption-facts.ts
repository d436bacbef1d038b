/** Facts of what an operator took over, and their way back at replay. */

import type { AdoptablePosition, AdoptedBy, Adoption } from '../../streams/facts/adoption.ts';
import { gridCountOfText, gridText } from '../../streams/facts/decimal.ts';
import { canonicalJson } from '../../streams/facts/hash.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type {
  OrderAdoptedEndedPayload,
  OrderAdoptedPayload,
  TradeAdoptedPayload,
} from '../../streams/facts/schemas/adoption.ts';
import type { PositionAdoptedPayload } from '../../streams/facts/schemas/position.ts';
import { traceIdOf } from '../../streams/facts/trace.ts';
import type { VenueOrder, VenueTrade } from '../../streams/facts/venue-records.ts';
import type { AdoptedOrder, AdoptedOrderEnd } from './adopted-orders.ts';
import type { LedgerOwner, Unstamped } from './ledger.ts';
import { fillPayload } from './ledger-payloads.ts';

export interface FactPlace {
  readonly owner: LedgerOwner;
  readonly nowUs: number;
}

function wordOf({ owner }: FactPlace, { adoptionId, role, reason }: AdoptedBy) {
  const { venue, account } = owner;
  return { venue, account, adoption_id: adoptionId, origin: 'operator' as const, role, reason };
}

function common({ owner }: FactPlace, instrument: Instrument, adoptionId: string) {
  return {
    partitionKey: `${owner.account}:${instrument.name}`,
    traceId: traceIdOf(`adoption:${adoptionId}`),
  };
}

/** A trade that is booked because an operator said so. */
export function tradeAdoptedFact(place: FactPlace, trade: VenueTrade, by: AdoptedBy): Unstamped {
  const { intent_id: _none, ...fill } = fillPayload(trade, null, place.owner);
  const payload: TradeAdoptedPayload = { ...fill, ...wordOf(place, by), label: trade.label };
  const { venue, account } = place.owner;
  return {
    eventType: 'trade.adopted',
    // Of a fill: whichever way a trade comes into the ledger, it is there once.
    identity: [venue, account, trade.tradeId],
    ...common(place, trade.instrument, by.adoptionId),
    tsUs: trade.tsUs,
    payload: canonicalJson(payload),
  };
}

function orderAdoptedFact(place: FactPlace, order: VenueOrder, by: AdoptedBy): Unstamped {
  const { instrument } = order;
  const payload: OrderAdoptedPayload = {
    ...wordOf(place, by),
    order_id: order.orderId,
    label: order.label,
    instrument: instrument.name,
    instrument_revision: instrument.revision,
    side: order.side,
    price: gridText(instrument.price, order.priceTicks),
    amount: gridText(instrument.amount, order.lots),
    filled_amount: gridText(instrument.amount, order.filledLots),
    reduce_only: order.reduceOnly,
  };
  return {
    eventType: 'order.adopted',
    identity: [place.owner.venue, place.owner.account, order.orderId, by.adoptionId],
    ...common(place, instrument, by.adoptionId),
    tsUs: place.nowUs,
    payload: canonicalJson(payload),
  };
}

function positionAdoptedFact(
  place: FactPlace,
  { instrument, venueLots, ledgerLots, averagePriceFloat }: AdoptablePosition,
  by: AdoptedBy,
): Unstamped {
  const { venue, account } = place.owner;
  const payload: PositionAdoptedPayload = {
    venue,
    account,
    adoption_id: by.adoptionId,
    role: by.role,
    cause: by.reason,
    instrument: instrument.name,
    instrument_revision: instrument.revision,
    amount: gridText(instrument.amount, venueLots),
    amount_before: gridText(instrument.amount, ledgerLots),
    average_price_float: averagePriceFloat,
  };
  return {
    eventType: 'position.adopted',
    identity: [venue, account, instrument.name, by.adoptionId],
    ...common(place, instrument, by.adoptionId),
    tsUs: place.nowUs,
    payload: canonicalJson(payload),
  };
}

/** Everything of one adoption, trades first: what an order had filled is in the ledger before it. */
export function adoptionFacts(place: FactPlace, adoption: Adoption): Unstamped[] {
  return [
    ...adoption.trades.map((trade) => tradeAdoptedFact(place, trade, adoption)),
    ...adoption.orders.map((order) => orderAdoptedFact(place, order, adoption)),
    ...adoption.positions.map((position) => positionAdoptedFact(place, position, adoption)),
  ];
}

export function orderAdoptedEndedFact(
  place: FactPlace,
  { orderId, instrument, by }: AdoptedOrder,
  outcome: AdoptedOrderEnd,
): Unstamped {
  const { venue, account } = place.owner;
  const payload: OrderAdoptedEndedPayload = {
    venue,
    account,
    adoption_id: by.adoptionId,
    order_id: orderId,
    instrument: instrument.name,
    outcome,
  };
  return {
    eventType: 'order.adopted_ended',
    identity: [venue, account, orderId, by.adoptionId],
    ...common(place, instrument, by.adoptionId),
    tsUs: place.nowUs,
    payload: canonicalJson(payload),
  };
}

export function adoptedOrderOf(payload: OrderAdoptedPayload, instrument: Instrument): AdoptedOrder {
  return {
    orderId: payload.order_id,
    instrument,
    side: payload.side,
    priceTicks: gridCountOfText(instrument.price, payload.price, 'exact'),
    lots: gridCountOfText(instrument.amount, payload.amount, 'exact'),
    filledLots: gridCountOfText(instrument.amount, payload.filled_amount, 'exact'),
    by: { adoptionId: payload.adoption_id, role: payload.role, reason: payload.reason },
  };
}
