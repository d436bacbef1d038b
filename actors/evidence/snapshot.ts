/**
 * The decision snapshot: the market of every leg as it stood, cut to the top levels, with the
 * identity of the frames it was built from and a digest over its content. Pure; the canonical text
 * is written by hand, because this runs between a decision and its dispatch (a test proves it equal
 * to the general form).
 */
import { gridText } from '../../streams/facts/decimal.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import { jsonNumber, jsonText } from '../../streams/facts/json-text.ts';
import type { BookView, InstrumentView } from '../../streams/facts/market.ts';
import { usPerMs } from '../../streams/facts/time.ts';

function levelsJson(book: BookView, side: 'bids' | 'asks', depth: number): string {
  const { price, amount } = book.instrument;
  let text = '[';
  for (let at = 0; at < depth; at += 1) {
    const ticks = gridText(price, book.ticksAt(side, at));
    const lots = gridText(amount, book.lotsAt(side, at));
    text += at === 0 ? `["${ticks}","${lots}"]` : `,["${ticks}","${lots}"]`;
  }
  return `${text}]`;
}

function lotsWithin(book: BookView, side: 'bids' | 'asks', depth: number): number {
  let lots = 0;
  for (let at = 0; at < depth; at += 1) lots += book.lotsAt(side, at);
  return lots;
}

function ageMs(nowMonotonicUs: number, receivedMonotonicUs: number): number {
  return Math.max(0, Math.floor((nowMonotonicUs - receivedMonotonicUs) / usPerMs));
}

function instrumentJson(seen: InstrumentView, nowMonotonicUs: number, levels: number): string {
  const { book, ticker, lastTrade, instrument } = seen;
  const greeks = ticker?.greeks;
  const bids = Math.min(book.depth('bids'), levels);
  const asks = Math.min(book.depth('asks'), levels);
  const spreadTicks =
    bids === 0 || asks === 0 ? null : book.ticksAt('asks', 0) - book.ticksAt('bids', 0);
  const tickerAge = ticker === undefined ? null : ageMs(nowMonotonicUs, ticker.receivedMonotonicUs);
  return (
    `{"ask_depth_lots":${lotsWithin(book, 'asks', asks)},` +
    `"asks":${levelsJson(book, 'asks', asks)},` +
    `"bid_depth_lots":${lotsWithin(book, 'bids', bids)},` +
    `"bids":${levelsJson(book, 'bids', bids)},` +
    `"book_age_ms":${jsonNumber(ageMs(nowMonotonicUs, book.receivedMonotonicUs))},` +
    `"book_change_id":${book.changeId},"book_ts_us":${book.tsUs},"book_valid":${book.valid},` +
    `"delta_float":${jsonNumber(greeks?.deltaFloat)},` +
    `"funding_8h_float":${jsonNumber(ticker?.funding8hFloat)},` +
    `"gamma_float":${jsonNumber(greeks?.gammaFloat)},` +
    `"index_price_float":${jsonNumber(ticker?.indexFloat)},` +
    `"instrument":${jsonText(instrument.name)},` +
    `"instrument_revision":"${instrument.revision}",` +
    `"last_trade_seq":${jsonNumber(lastTrade?.tradeSeq)},` +
    `"mark_iv_percent_float":${jsonNumber(ticker?.markIvFloat)},` +
    `"mark_price_float":${jsonNumber(ticker?.markFloat)},` +
    `"spread_ticks":${jsonNumber(spreadTicks)},"state":"${seen.state}",` +
    `"theta_float":${jsonNumber(greeks?.thetaFloat)},` +
    `"ticker_age_ms":${jsonNumber(tickerAge)},"ticker_ts_us":${jsonNumber(ticker?.tsUs)},` +
    `"underlying_price_float":${jsonNumber(ticker?.underlyingFloat)},` +
    `"vega_float":${jsonNumber(greeks?.vegaFloat)}}`
  );
}

export interface SnapshotInput {
  /** The instruments of the legs, each once, and of their hedge when there is one. */
  readonly seen: readonly InstrumentView[];
  readonly decisionId: string;
  readonly groupId: string;
  readonly inputEventId: string;
  /** Null: nobody counts what is admitted. */
  readonly basis: InputBasis | null;
  readonly nowMonotonicUs: number;
  /** Levels a side. */
  readonly levels: number;
}

/**
 * Which admitted facts the decision could know: all of `stream` below `next_offset`, and the next
 * `waiting`, which are admitted and still wait for their offsets. `world`: rows of a sealed recording.
 */
export interface InputBasis {
  readonly stream: 'traffic' | 'world';
  readonly nextOffset: number;
  readonly waiting: number;
}

/** A snapshot as the ledger takes it. */
export interface DecisionSnapshot {
  readonly snapshotId: string;
  readonly decisionId: string;
  /** sha256 of the canonical JSON of the instruments. */
  readonly digest: string;
  /** The payload as canonical JSON. */
  readonly text: string;
}

function basisJson(basis: InputBasis | null): string {
  if (basis === null) return 'null';
  const { nextOffset, stream, waiting } = basis;
  return `{"next_offset":${nextOffset},"stream":"${stream}","waiting":${waiting}}`;
}

/** The id is derived from decision and content: the same decision on the same market is the same. */
export function decisionSnapshot(input: SnapshotInput): DecisionSnapshot {
  const { decisionId, groupId, inputEventId, nowMonotonicUs, levels } = input;
  let content = '[';
  for (const seen of input.seen) {
    content += `${content === '[' ? '' : ','}${instrumentJson(seen, nowMonotonicUs, levels)}`;
  }
  content += ']';
  const digest = sha256Hex(content);
  const snapshotId = sha256Hex(`snapshot:${groupId}:${digest}`);
  const text =
    `{"decision_id":${jsonText(decisionId)},"digest":"${digest}","group_id":"${groupId}",` +
    `"input_basis":${basisJson(input.basis)},` +
    `"input_event_id":${jsonText(inputEventId)},"instruments":${content},` +
    `"snapshot_id":"${snapshotId}"}`;
  return { snapshotId, decisionId, digest, text };
}
