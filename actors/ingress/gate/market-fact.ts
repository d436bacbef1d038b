/**
 * Market events as facts: exact decimal text, canonical bytes. Made when a batch is written, never
 * on the tick. Keys are laid out in RFC 8785 order, so that `encodeFact` finds them sorted.
 */
import { gridText } from '../../../streams/facts/decimal.ts';
import {
  eventIdOf,
  type Fact,
  type IdentityPart,
  makeFact,
} from '../../../streams/facts/envelope.ts';
import { canonicalHash } from '../../../streams/facts/hash.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import type {
  BookEvent,
  FlatLevels,
  MarketEvent,
  TickerEvent,
  TradeEvent,
} from '../../../streams/facts/market.ts';
import type { Pins } from '../../../streams/facts/pins.ts';
import { marketFacts } from '../../../streams/facts/schemas/market.ts';

export interface FactContext {
  readonly pins: Pins;
  readonly producer: string;
  /** Asked per fact: the policy may change while the gate runs. */
  readonly policyRev: () => string;
  /** Trace of the run: for what the gate says itself. Market facts derive their own. */
  readonly traceId: string;
}

type Payload = Readonly<Record<string, unknown>>;

/** The fact of a market event. The same event gives the same `event_id` in every run. */
export function marketFact(event: MarketEvent, context: FactContext): Fact<Payload> {
  const payload = payloadOf(event);
  const eventType = `market.${event.type}` as const;
  const identity = identityOf(event, payload);
  return makeFact({
    eventType,
    schemaVersion: marketFacts[eventType].version,
    tsUs: event.tsUs,
    emittedUs: event.receivedUs,
    pins: context.pins,
    // Derived, so that a tick costs no randomness and a replay has the same traces.
    traceId: eventIdOf(eventType, identity).slice(0, 32),
    producer: context.producer,
    policyRev: context.policyRev(),
    partitionKey: event.instrument.name,
    identity,
    payload,
  });
}

/** The identity tuple of facts §4. */
export function identityOf(event: MarketEvent, payload: Payload): IdentityPart[] {
  const { venue } = event.instrument.row;
  const base = [venue, event.channel];
  switch (event.type) {
    case 'book':
      return [...base, event.frame, event.sessionEpoch, event.changeId];
    case 'trade':
      return [...base, 'trade', event.sessionEpoch, event.tradeId];
    case 'ticker':
      return [...base, 'ticker', event.sessionEpoch, event.tsUs, canonicalHash(payload)];
  }
}

/** The payload of a market event, in decimal text. */
export function payloadOf(event: MarketEvent): Payload {
  switch (event.type) {
    case 'book':
      return bookPayload(event);
    case 'trade':
      return tradePayload(event);
    case 'ticker':
      return tickerPayload(event);
  }
}

function sourceOf(event: MarketEvent): Payload {
  const { instrument } = event;
  return {
    channel: event.channel,
    instrument: instrument.name,
    instrument_revision: instrument.revision,
    session_epoch: event.sessionEpoch,
    venue: instrument.row.venue,
  };
}

function bookPayload(event: BookEvent): Payload {
  return {
    ...sourceOf(event),
    asks: levelTexts(event.asks, event.instrument),
    bids: levelTexts(event.bids, event.instrument),
    change_id: event.changeId,
    frame: event.frame,
    prev_change_id: event.frame === 'snapshot' ? null : event.prevChangeId,
  };
}

function levelTexts(levels: FlatLevels, { price, amount }: Instrument): [string, string][] {
  const texts: [string, string][] = [];
  for (let at = 0; at < levels.length; at += 2) {
    texts.push([gridText(price, levels[at] as number), gridText(amount, levels[at + 1] as number)]);
  }
  return texts;
}

function tradePayload(event: TradeEvent): Payload {
  return {
    ...sourceOf(event),
    amount: gridText(event.instrument.amount, event.lots),
    index_price_float: event.indexFloat,
    mark_price_float: event.markFloat,
    price: gridText(event.instrument.price, event.priceTicks),
    taker_side: event.side,
    trade_id: event.tradeId,
    trade_seq: event.tradeSeq,
  };
}

function tickerPayload(event: TickerEvent): Payload {
  const { greeks } = event;
  return {
    ...sourceOf(event),
    funding_8h_float: event.funding8hFloat,
    greeks:
      greeks === null
        ? null
        : {
            delta_float: greeks.deltaFloat,
            gamma_float: greeks.gammaFloat,
            theta_float: greeks.thetaFloat,
            vega_float: greeks.vegaFloat,
          },
    index_price_float: event.indexFloat,
    last_price_float: event.lastFloat,
    mark_iv_percent_float: event.markIvFloat,
    mark_price_float: event.markFloat,
    open_interest_float: event.openInterestFloat,
    state: event.state,
    underlying_price_float: event.underlyingFloat,
  };
}
