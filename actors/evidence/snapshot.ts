/**
 * The decision snapshot: the market of every leg as it stood, cut to the top levels, with the
 * identity of the frames it was built from and a digest over its content. Pure; keys are in
 * canonical order so that the digest needs no canonicaliser.
 */
import { type Grid, gridText } from '../../streams/facts/decimal.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import type { BookView, InstrumentView } from '../../streams/facts/market.ts';
import type {
  SnapshotInstrument,
  SnapshotRecordedPayload,
} from '../../streams/facts/schemas/execution.ts';
import { usPerMs } from '../../streams/facts/time.ts';

type Level = [price: string, amount: string];

function levelsOf(book: BookView, side: 'bids' | 'asks', max: number): Level[] {
  const { price, amount }: { price: Grid; amount: Grid } = book.instrument;
  const depth = Math.min(book.depth(side), max);
  const levels: Level[] = [];
  for (let at = 0; at < depth; at += 1) {
    levels.push([gridText(price, book.ticksAt(side, at)), gridText(amount, book.lotsAt(side, at))]);
  }
  return levels;
}

function lotsWithin(book: BookView, side: 'bids' | 'asks', max: number): number {
  const depth = Math.min(book.depth(side), max);
  let lots = 0;
  for (let at = 0; at < depth; at += 1) lots += book.lotsAt(side, at);
  return lots;
}

function finite(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && Number.isFinite(value) ? value : null;
}

function ageMs(nowMonotonicUs: number, receivedMonotonicUs: number): number {
  return Math.max(0, Math.floor((nowMonotonicUs - receivedMonotonicUs) / usPerMs));
}

function spreadTicks(book: BookView): number | null {
  if (book.depth('bids') === 0 || book.depth('asks') === 0) return null;
  return book.ticksAt('asks', 0) - book.ticksAt('bids', 0);
}

function instrumentPart(
  seen: InstrumentView,
  nowMonotonicUs: number,
  levels: number,
): SnapshotInstrument {
  const { book, ticker, lastTrade, instrument } = seen;
  return {
    ask_depth_lots: lotsWithin(book, 'asks', levels),
    asks: levelsOf(book, 'asks', levels),
    bid_depth_lots: lotsWithin(book, 'bids', levels),
    bids: levelsOf(book, 'bids', levels),
    book_age_ms: ageMs(nowMonotonicUs, book.receivedMonotonicUs),
    book_change_id: book.changeId,
    book_ts_us: book.tsUs,
    book_valid: book.valid,
    delta_float: finite(ticker?.greeks?.deltaFloat),
    funding_8h_float: finite(ticker?.funding8hFloat),
    gamma_float: finite(ticker?.greeks?.gammaFloat),
    index_price_float: finite(ticker?.indexFloat),
    instrument: instrument.name,
    instrument_revision: instrument.revision,
    last_trade_seq: lastTrade?.tradeSeq ?? null,
    mark_iv_percent_float: finite(ticker?.markIvFloat),
    mark_price_float: finite(ticker?.markFloat),
    spread_ticks: spreadTicks(book),
    state: seen.state,
    theta_float: finite(ticker?.greeks?.thetaFloat),
    ticker_age_ms: ticker === undefined ? null : ageMs(nowMonotonicUs, ticker.receivedMonotonicUs),
    ticker_ts_us: ticker?.tsUs ?? null,
    vega_float: finite(ticker?.greeks?.vegaFloat),
  };
}

export interface SnapshotInput {
  /** The instruments of the legs, each once, and of their hedge when there is one. */
  readonly seen: readonly InstrumentView[];
  readonly decisionId: string;
  readonly groupId: string;
  readonly inputEventId: string;
  readonly nowMonotonicUs: number;
  /** Levels a side. */
  readonly levels: number;
}

export interface DecisionSnapshot {
  readonly payload: SnapshotRecordedPayload;
  /** The payload as canonical JSON: the digest needed most of that text anyway. */
  readonly text: string;
}

/** The id is derived from decision and content: the same decision on the same market is the same. */
export function decisionSnapshot(input: SnapshotInput): DecisionSnapshot {
  const { decisionId, groupId, inputEventId } = input;
  const instruments = input.seen.map((seen) =>
    instrumentPart(seen, input.nowMonotonicUs, input.levels),
  );
  const content = JSON.stringify(instruments);
  const digest = sha256Hex(content);
  const payload = {
    decision_id: decisionId,
    digest,
    group_id: groupId,
    input_event_id: inputEventId,
    instruments,
    snapshot_id: sha256Hex(`snapshot:${groupId}:${digest}`),
  };
  const text =
    `{"decision_id":${JSON.stringify(decisionId)},"digest":"${digest}",` +
    `"group_id":"${groupId}","input_event_id":${JSON.stringify(inputEventId)},` +
    `"instruments":${content},"snapshot_id":"${payload.snapshot_id}"}`;
  return { payload, text };
}
