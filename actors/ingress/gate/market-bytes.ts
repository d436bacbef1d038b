/**
 * The canonical bytes of a market fact, written by hand in RFC 8785 key order: several times cheaper
 * than building the fact and canonicalising it, which at the rate of a feed would hold the loop.
 * `marketFact` stays the definition; a test holds the two equal.
 */
import { gridText } from '../../../streams/facts/decimal.ts';
import { sha256Hex } from '../../../streams/facts/hash.ts';
import type { Instrument } from '../../../streams/facts/instrument.ts';
import type {
  BookEvent,
  FlatLevels,
  MarketEvent,
  TickerEvent,
  TradeEvent,
} from '../../../streams/facts/market.ts';
import { marketFacts } from '../../../streams/facts/schemas/market.ts';
import { isoFromUs, usPerSecond } from '../../../streams/facts/time.ts';
import type { FactContext } from './market-fact.ts';

/** Encodes market facts of one run. */
export class MarketFactEncoder {
  readonly #context: FactContext;
  readonly #pins: string;
  readonly #producer: string;
  #second = -1;
  #secondText = '';

  constructor(context: FactContext) {
    this.#context = context;
    this.#pins = pinsText(context.pins);
    this.#producer = JSON.stringify(context.producer);
  }

  /** The bytes `encodeFact(marketFact(event, context))` would give. */
  encode(event: MarketEvent): Buffer {
    const type = `market.${event.type}` as const;
    const payload = payloadText(event);
    const id = sha256Hex(identityText(event, payload));
    return Buffer.from(
      `{"emitted_at_utc":"${this.#iso(event.receivedUs)}","event_id":"${id}","event_type":"${type}",` +
        `"partition_key":${JSON.stringify(event.instrument.name)},"payload":${payload},` +
        `"pins":${this.#pins},"policy_rev":"${this.#context.policyRev()}",` +
        `"producer":${this.#producer},"schema_version":${marketFacts[type].version},` +
        `"trace_id":"${id.slice(0, 32)}","ts_utc":"${this.#iso(event.tsUs)}"}`,
    );
  }

  // Events come many to a second: only the microseconds are new each time.
  #iso(us: number): string {
    const second = Math.floor(us / usPerSecond);
    if (second !== this.#second) {
      this.#secondText = isoFromUs(second * usPerSecond).slice(0, 20);
      this.#second = second;
    }
    return `${this.#secondText}${String(us - second * usPerSecond).padStart(6, '0')}Z`;
  }
}

function pinsText(pins: FactContext['pins']): string {
  const { manifest_fingerprint, parameter_hash, run_id, scenario_id, seed } = pins;
  const ordered = { manifest_fingerprint, parameter_hash, run_id, scenario_id };
  return JSON.stringify(seed === undefined ? ordered : { ...ordered, seed });
}

// Arrays of texts and whole numbers: JSON.stringify is canonical for them.
function identityText(event: MarketEvent, payload: string): string {
  const base = [`market.${event.type}`, event.instrument.row.venue, event.channel];
  switch (event.type) {
    case 'book':
      return JSON.stringify([...base, event.frame, event.sessionEpoch, event.changeId]);
    case 'trade':
      return JSON.stringify([...base, 'trade', event.sessionEpoch, event.tradeId]);
    case 'ticker':
      return JSON.stringify([
        ...base,
        'ticker',
        event.sessionEpoch,
        event.tsUs,
        sha256Hex(payload),
      ]);
  }
}

function payloadText(event: MarketEvent): string {
  switch (event.type) {
    case 'book':
      return bookText(event);
    case 'trade':
      return tradeText(event);
    case 'ticker':
      return tickerText(event);
  }
}

function instrumentText({ name, revision }: Instrument): string {
  return `"instrument":${JSON.stringify(name)},"instrument_revision":"${revision}"`;
}

function venueText(event: MarketEvent): string {
  return `"venue":${JSON.stringify(event.instrument.row.venue)}`;
}

function bookText(event: BookEvent): string {
  const { instrument } = event;
  const previous = event.frame === 'snapshot' ? null : event.prevChangeId;
  return (
    `{"asks":${levelsText(event.asks, instrument)},"bids":${levelsText(event.bids, instrument)},` +
    `"change_id":${event.changeId},"channel":${JSON.stringify(event.channel)},` +
    `"frame":"${event.frame}",${instrumentText(instrument)},"prev_change_id":${previous},` +
    `"session_epoch":${event.sessionEpoch},${venueText(event)}}`
  );
}

function levelsText(levels: FlatLevels, { price, amount }: Instrument): string {
  let text = '';
  for (let at = 0; at < levels.length; at += 2) {
    const ticks = gridText(price, levels[at] as number);
    const lots = gridText(amount, levels[at + 1] as number);
    text += `${at === 0 ? '' : ','}["${ticks}","${lots}"]`;
  }
  return `[${text}]`;
}

function tradeText(event: TradeEvent): string {
  const { instrument } = event;
  return (
    `{"amount":"${gridText(instrument.amount, event.lots)}",` +
    `"channel":${JSON.stringify(event.channel)},"index_price_float":${floatText(event.indexFloat)},` +
    `${instrumentText(instrument)},"mark_price_float":${floatText(event.markFloat)},` +
    `"price":"${gridText(instrument.price, event.priceTicks)}",` +
    `"session_epoch":${event.sessionEpoch},"taker_side":"${event.side}",` +
    `"trade_id":${JSON.stringify(event.tradeId)},"trade_seq":${event.tradeSeq},${venueText(event)}}`
  );
}

function tickerText(event: TickerEvent): string {
  return (
    `{"channel":${JSON.stringify(event.channel)},` +
    `"funding_8h_float":${floatText(event.funding8hFloat)},"greeks":${greeksText(event.greeks)},` +
    `"index_price_float":${floatText(event.indexFloat)},${instrumentText(event.instrument)},` +
    `"last_price_float":${floatText(event.lastFloat)},` +
    `"mark_iv_percent_float":${floatText(event.markIvFloat)},` +
    `"mark_price_float":${floatText(event.markFloat)},` +
    `"open_interest_float":${floatText(event.openInterestFloat)},` +
    `"session_epoch":${event.sessionEpoch},"state":"${event.state}",` +
    `"underlying_price_float":${floatText(event.underlyingFloat)},${venueText(event)}}`
  );
}

function greeksText(greeks: TickerEvent['greeks']): string {
  if (greeks === null) return 'null';
  return (
    `{"delta_float":${floatText(greeks.deltaFloat)},"gamma_float":${floatText(greeks.gammaFloat)},` +
    `"theta_float":${floatText(greeks.thetaFloat)},"vega_float":${floatText(greeks.vegaFloat)}}`
  );
}

// ECMAScript's spelling is RFC 8785's; decoders let finite numbers through only.
function floatText(value: number | null): string {
  return String(value);
}
