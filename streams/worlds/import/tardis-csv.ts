/**
 * Tardis-style CSV: `incremental_book_L2`, `trades` and `derivative_ticker` files, told apart by their
 * header. Rows with one symbol, time, receive time and snapshot flag are one book frame. The CSV has no
 * venue ids: change ids and trade sequences are counted per instrument, and the manifest says so.
 */
import type { Instrument } from '../../facts/instrument.ts';
import type { Side } from '../../facts/market.ts';
import type { EventSink } from '../world-writer.ts';
import { type CsvHeader, CsvRow, parseCsvHeader } from './csv-rows.ts';
import type { InstrumentSurvey } from './instrument-survey.ts';
import { invalid, stepsOfText } from './json-fields.ts';
import type { Provenance } from './provenance.ts';
import type { LineImporter } from './request.ts';

const leftOut = {
  headers: 'header lines',
  sides: 'trades without a known taker side',
  tickers: 'tickers without mark or index price',
  early: 'book rows before the first snapshot of their instrument',
} as const;

const derivedFields = {
  'book.change_id': 'counted per instrument; the CSV has no venue ids, so gaps cannot be seen',
  'trade.trade_seq': 'counted per instrument',
  'trade.mark_price': 'price of the trade itself',
  'trade.index_price': 'price of the trade itself',
  'ticker.state': 'open; the CSV has no state',
} as const;

/** Book rows that make up one frame, until a row of another frame arrives. */
interface OpenFrame {
  readonly key: string;
  readonly instrument: Instrument;
  readonly tsUs: number;
  readonly receivedUs: number;
  readonly isSnapshot: boolean;
  readonly bids: number[];
  readonly asks: number[];
}

/** First pass: the steps that prices and amounts need. */
export class CsvSurvey {
  readonly #instruments: InstrumentSurvey;
  #header: CsvHeader | undefined;

  constructor(instruments: InstrumentSurvey) {
    this.#instruments = instruments;
  }

  line(text: string): void {
    if (this.#header === undefined) {
      this.#header = parseCsvHeader(text);
      return;
    }
    if (this.#header.kind === 'ticker') return;
    const row = new CsvRow(this.#header, text);
    this.#instruments.observe(row.text('symbol'), row.number('price'), row.number('amount'));
  }
}

export class CsvImporter implements LineImporter {
  readonly #instruments: InstrumentSurvey;
  readonly #sink: EventSink;
  readonly #provenance: Provenance;
  readonly #changeIds = new Map<string, number>();
  readonly #tradeSeqs = new Map<string, number>();
  #header: CsvHeader | undefined;
  #frame: OpenFrame | undefined;

  constructor(instruments: InstrumentSurvey, sink: EventSink, provenance: Provenance) {
    this.#instruments = instruments;
    this.#sink = sink;
    this.#provenance = provenance;
    for (const [field, from] of Object.entries(derivedFields)) provenance.derive(field, from);
  }

  line(text: string): void {
    if (this.#header === undefined) {
      this.#header = parseCsvHeader(text);
      this.#provenance.leaveOut(leftOut.headers);
      return;
    }
    const row = new CsvRow(this.#header, text);
    if (this.#header.kind === 'book') this.#book(row);
    else if (this.#header.kind === 'trade') this.#trade(row);
    else this.#ticker(row);
  }

  endSource(): void {
    this.#endFrame();
    this.#header = undefined;
  }

  #instrument(row: CsvRow): Instrument {
    return this.#instruments.instrument(row.text('symbol'), this.#provenance);
  }

  #base(row: CsvRow, channel: string) {
    const instrument = this.#instrument(row);
    const times = { tsUs: row.time('timestamp'), receivedUs: row.time('local_timestamp') };
    const name = `${channel}.${instrument.name}`;
    return { instrument, channel: name, sessionEpoch: 0, ...times, receivedMonotonicUs: 0 };
  }

  #book(row: CsvRow): void {
    const { instrument, tsUs, receivedUs } = this.#base(row, 'incremental_book_L2');
    const isSnapshot = row.flag('is_snapshot');
    const side = row.text('side');
    if (side !== 'bid' && side !== 'ask') throw invalid(`side ${side}`);
    const ticks = stepsOfText(instrument.price, row.text('price'), 'price');
    const lots = stepsOfText(instrument.amount, row.text('amount'), 'amount');
    const key = `${instrument.name} ${tsUs} ${receivedUs} ${isSnapshot}`;
    if (this.#frame?.key !== key) {
      this.#endFrame();
      this.#frame = { key, instrument, tsUs, receivedUs, isSnapshot, bids: [], asks: [] };
    }
    this.#frame[side === 'bid' ? 'bids' : 'asks'].push(ticks, lots);
  }

  #endFrame(): void {
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame === undefined) return;
    const { instrument, tsUs, receivedUs, isSnapshot, bids, asks } = frame;
    const last = this.#changeIds.get(instrument.name);
    if (last === undefined && !isSnapshot) {
      this.#provenance.leaveOut(leftOut.early, (bids.length + asks.length) / 2);
      return;
    }
    const changeId = (last ?? 0) + 1;
    this.#changeIds.set(instrument.name, changeId);
    this.#sink.append({
      type: 'book',
      instrument,
      channel: `incremental_book_L2.${instrument.name}`,
      sessionEpoch: 0,
      tsUs,
      receivedUs,
      receivedMonotonicUs: 0,
      frame: isSnapshot ? 'snapshot' : 'change',
      changeId,
      prevChangeId: isSnapshot ? -1 : (last ?? 0),
      bids,
      asks,
    });
  }

  #trade(row: CsvRow): void {
    const base = this.#base(row, 'trades');
    const priceTicks = stepsOfText(base.instrument.price, row.text('price'), 'price');
    const lots = stepsOfText(base.instrument.amount, row.text('amount'), 'amount');
    const side = row.text('side');
    if (side !== 'buy' && side !== 'sell') {
      this.#provenance.leaveOut(leftOut.sides);
      return;
    }
    const tradeId = row.text('id');
    const tradeSeq = (this.#tradeSeqs.get(base.instrument.name) ?? 0) + 1;
    this.#tradeSeqs.set(base.instrument.name, tradeSeq);
    const taken: Side = side;
    this.#sink.append({
      type: 'trade',
      ...base,
      tradeId,
      tradeSeq,
      priceTicks,
      lots,
      side: taken,
      // The file has no mark and no index beside its trades.
      markFloat: null,
      indexFloat: null,
    });
  }

  #ticker(row: CsvRow): void {
    const base = this.#base(row, 'derivative_ticker');
    const markFloat = row.numberOrNull('mark_price');
    const indexFloat = row.numberOrNull('index_price');
    if (markFloat === null || indexFloat === null) {
      this.#provenance.leaveOut(leftOut.tickers);
      return;
    }
    this.#sink.append({
      type: 'ticker',
      ...base,
      state: 'open',
      markFloat,
      indexFloat,
      lastFloat: row.numberOrNull('last_price'),
      openInterestFloat: row.numberOrNull('open_interest'),
      // `funding_rate` is the current rate, not that of the last eight hours.
      funding8hFloat: null,
      underlyingFloat: null,
      markIvFloat: null,
      greeks: null,
    });
  }
}
