/**
 * COIN-M recordings: `<receive ns> <json>` lines of `depth@0ms`, `bookTicker`, `trade` and one REST
 * snapshot. Domain time is the matching engine's (`T`). The venue's ids stay as they are. Refuses other
 * symbols, other streams and anything off the contract's own tick.
 */
import type { Instrument } from '../../facts/instrument.ts';
import type { BookEvent, FlatLevels, TickerEvent, TradeEvent } from '../../facts/market.ts';
import type { EventSink } from '../world-writer.ts';
import { CoinmBookJoin, type CoinmDiff } from './coinm-book.ts';
import { type CoinmFees, coinmInstrument } from './coinm-instrument.ts';
import {
  arrayAt,
  invalid,
  type JsonObject,
  millisecondsAt,
  objectAt,
  parseObject,
  sequenceAt,
  stepsOfText,
  textAt,
} from './json-fields.ts';
import type { Provenance } from './provenance.ts';
import type { LineImporter } from './request.ts';

const lineForm = /^(\d{16})\d{3} (\{.*\})\s*$/;

/** Reasons in the manifest's `left_out`. */
const leftOut = {
  earlier: 'depth diffs that end before the REST snapshot',
  folded: 'depth diffs folded into the REST snapshot',
  repeats: 'bookTicker frames that repeat time, mid and last price of an earlier one',
  offBook: 'trades outside the order book (insurance fund, ADL)',
} as const;

const derivedFields = {
  'ticker.mark_price': 'mid of the bookTicker frame; the tape has no mark price',
  'ticker.index_price': 'mid of the bookTicker frame; the tape has no index price',
  'ticker.last_price': 'price of the last trade before the frame',
  'trade.mark_price': 'mid of the last bookTicker frame, else the price of the trade itself',
  'trade.index_price': 'mid of the last bookTicker frame, else the price of the trade itself',
  'instrument.fee_rates': 'assumed at import; the tape has none',
} as const;

function levelsOf(instrument: Instrument, rows: readonly unknown[]): FlatLevels {
  const flat: number[] = [];
  for (const row of rows) {
    if (!Array.isArray(row)) throw invalid('a level is not [price, contracts]');
    flat.push(stepsOfText(instrument.price, row[0], 'price'), contractsOf(row[1]));
  }
  return flat;
}

/** Amounts are whole contracts, and one lot is one contract. */
function contractsOf(value: unknown): number {
  const count = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw invalid(`${String(value)} is not a number of contracts`);
  return count;
}

export class CoinmImporter implements LineImporter {
  readonly instrument: Instrument;
  readonly #symbol: string;
  readonly #sink: EventSink;
  readonly #provenance: Provenance;
  readonly #book = new CoinmBookJoin();
  #midFloat: number | null = null;
  #lastFloat: number | null = null;
  #tickersAt = { tsUs: Number.NaN, seen: new Set<string>() };

  /** Throws IMPORT_INVALID when `name` is not `<BTC|ETH>-PERPETUAL`. */
  constructor(name: string, fees: CoinmFees, sink: EventSink, provenance: Provenance) {
    const { instrument, symbol } = coinmInstrument(name, fees);
    this.instrument = instrument;
    this.#symbol = symbol;
    this.#sink = sink;
    this.#provenance = provenance;
    for (const [field, from] of Object.entries(derivedFields)) provenance.derive(field, from);
    provenance.infer(
      name,
      `tick, contract size and fee rates of ${symbol} are documented, not in the tape`,
    );
  }

  line(text: string): void {
    const match = lineForm.exec(text);
    if (match === null) throw invalid('not `<receive ns> <json>`, or cut short');
    const receivedUs = Number(match[1]);
    const message = parseObject(match[2] ?? '');
    if ('lastUpdateId' in message) {
      this.#expectSymbol(message, 'symbol');
      this.#emit(this.#book.snapshot(this.#snapshotOf(message, receivedUs)));
      return;
    }
    const data = objectAt(message, 'data');
    const channel = textAt(message, 'stream');
    this.#expectSymbol(data, 's');
    switch (data.e) {
      case 'depthUpdate':
        this.#emit(this.#book.diff(this.#diffOf(data, channel, receivedUs)));
        return;
      case 'bookTicker':
        this.#ticker(data, channel, receivedUs);
        return;
      case 'trade':
        this.#trade(data, channel, receivedUs);
        return;
      default:
        throw invalid(`a stream this importer does not know: ${channel}`);
    }
  }

  endSource(): void {
    if (!this.#book.isJoined) {
      throw invalid('no REST snapshot joins the depth stream: no book can be built from this tape');
    }
    this.#provenance.leaveOut(leftOut.earlier, this.#book.droppedDiffs);
    this.#provenance.leaveOut(leftOut.folded, this.#book.foldedDiffs);
  }

  #emit(events: readonly BookEvent[]): void {
    for (const event of events) this.#sink.append(event);
  }

  #expectSymbol(message: JsonObject, key: string): void {
    const symbol = message[key];
    if (symbol !== this.#symbol)
      throw invalid(`symbol ${String(symbol)} in a tape of ${this.#symbol}`);
  }

  #base(data: JsonObject, channel: string, receivedUs: number) {
    const times = { tsUs: millisecondsAt(data, 'T'), receivedUs, receivedMonotonicUs: 0 };
    return { instrument: this.instrument, channel, sessionEpoch: 0, ...times };
  }

  #snapshotOf(message: JsonObject, receivedUs: number): BookEvent {
    return {
      type: 'book',
      // The snapshot starts the diff stream's chain, so it carries that stream's name.
      ...this.#base(message, `${this.#symbol.toLowerCase()}@depth@0ms`, receivedUs),
      frame: 'snapshot',
      changeId: sequenceAt(message, 'lastUpdateId'),
      prevChangeId: -1,
      bids: levelsOf(this.instrument, arrayAt(message, 'bids')),
      asks: levelsOf(this.instrument, arrayAt(message, 'asks')),
    };
  }

  #diffOf(data: JsonObject, channel: string, receivedUs: number): CoinmDiff {
    return {
      type: 'book',
      ...this.#base(data, channel, receivedUs),
      frame: 'change',
      changeId: sequenceAt(data, 'u'),
      prevChangeId: sequenceAt(data, 'pu'),
      bids: levelsOf(this.instrument, arrayAt(data, 'b')),
      asks: levelsOf(this.instrument, arrayAt(data, 'a')),
    };
  }

  #ticker(data: JsonObject, channel: string, receivedUs: number): void {
    const base = this.#base(data, channel, receivedUs);
    const bidTicks = stepsOfText(this.instrument.price, data.b, 'bid');
    const askTicks = stepsOfText(this.instrument.price, data.a, 'ask');
    const { stepUnits, scale } = this.instrument.price;
    const midFloat = ((bidTicks + askTicks) * stepUnits) / (2 * 10 ** scale);
    this.#midFloat = midFloat;
    if (this.#tickersAt.tsUs !== base.tsUs) this.#tickersAt = { tsUs: base.tsUs, seen: new Set() };
    const content = `${midFloat}/${this.#lastFloat}`;
    if (this.#tickersAt.seen.has(content)) {
      this.#provenance.leaveOut(leftOut.repeats);
      return;
    }
    this.#tickersAt.seen.add(content);
    const event: TickerEvent = {
      type: 'ticker',
      ...base,
      state: 'open',
      markFloat: midFloat,
      indexFloat: midFloat,
      lastFloat: this.#lastFloat,
      openInterestFloat: null,
      funding8hFloat: null,
      underlyingFloat: null,
      markIvFloat: null,
      greeks: null,
    };
    this.#sink.append(event);
  }

  #trade(data: JsonObject, channel: string, receivedUs: number): void {
    const priceTicks = stepsOfText(this.instrument.price, data.p, 'price');
    const tradeSeq = sequenceAt(data, 't');
    if (typeof data.m !== 'boolean') throw invalid('m is not a boolean');
    if (data.X !== undefined && data.X !== 'MARKET') {
      this.#provenance.leaveOut(leftOut.offBook);
      return;
    }
    const priceFloat = Number(data.p);
    const event: TradeEvent = {
      type: 'trade',
      ...this.#base(data, channel, receivedUs),
      tradeId: String(tradeSeq),
      tradeSeq,
      priceTicks,
      lots: contractsOf(data.q),
      // `m`: the buyer was the maker, so the taker sold.
      side: data.m ? 'sell' : 'buy',
      markFloat: this.#midFloat,
      indexFloat: this.#midFloat,
    };
    this.#lastFloat = priceFloat;
    this.#sink.append(event);
  }
}
