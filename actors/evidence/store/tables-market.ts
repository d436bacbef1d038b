/** Tables of what the market said, and of what the ingestion gate decided about it. */
import { computed, decimal, flag, float, integer, json, text, timeOfUs, token } from './columns.ts';
import { table } from './table.ts';

/** Levels of a side kept in `book_snapshots`; the whole frame stands in `facts`. */
const levelsKept = 50;

type Payload = Readonly<Record<string, unknown>>;

/** Level `depth` of a side: [price, amount] as text, or undefined. */
function levelAt(payload: Payload, side: 'bids' | 'asks', depth: number): unknown[] | undefined {
  const levels = payload[side];
  const level: unknown = Array.isArray(levels) ? levels[depth] : undefined;
  return Array.isArray(level) ? level : undefined;
}

const best = (name: string, side: 'bids' | 'asks', part: 0 | 1) =>
  computed(
    name,
    'Nullable(Decimal(38, 18))',
    (payload) => levelAt(payload, side, 0)?.[part] ?? null,
  );

const sideColumn = (name: string, side: 'bids' | 'asks', part: 0 | 1) =>
  computed(name, 'Array(Decimal(38, 18))', (payload) => {
    const levels = payload[side];
    if (!Array.isArray(levels)) return [];
    return levels.slice(0, levelsKept).map((_, depth) => levelAt(payload, side, depth)?.[part]);
  });

export const marketTables = [
  table({
    name: 'market_ticks',
    takes: ['market.trade', 'market.ticker'],
    retention: 'ticks',
    by: ['instrument', 'event_type'],
    columns: [
      token('venue'),
      token('channel'),
      token('instrument'),
      token('instrument_revision'),
      text('trade_id'),
      integer('trade_seq'),
      decimal('price'),
      decimal('amount'),
      token('taker_side'),
      token('state'),
      float('mark_price_float'),
      float('index_price_float'),
      float('last_price_float'),
      float('open_interest_float'),
      float('funding_8h_float'),
      float('underlying_price_float'),
      float('mark_iv_percent_float'),
      float('delta_float', 'greeks.delta_float'),
      float('gamma_float', 'greeks.gamma_float'),
      float('vega_float', 'greeks.vega_float'),
      float('theta_float', 'greeks.theta_float'),
    ],
  }),
  table({
    name: 'book_snapshots',
    takes: ['market.book'],
    // Changes stay in `facts`: a change alone says nothing about the book.
    only: (fact) => fact.payload.frame === 'snapshot',
    retention: 'ticks',
    by: ['instrument'],
    columns: [
      token('venue'),
      token('channel'),
      token('instrument'),
      token('instrument_revision'),
      integer('session_epoch'),
      integer('change_id'),
      best('best_bid_price', 'bids', 0),
      best('best_bid_amount', 'bids', 1),
      best('best_ask_price', 'asks', 0),
      best('best_ask_amount', 'asks', 1),
      sideColumn('bid_prices', 'bids', 0),
      sideColumn('bid_amounts', 'bids', 1),
      sideColumn('ask_prices', 'asks', 0),
      sideColumn('ask_amounts', 'asks', 1),
    ],
  }),
  table({
    name: 'instruments',
    takes: ['instrument.recorded'],
    retention: 'ledger',
    by: ['instrument'],
    columns: [
      token('instrument', 'instrument.name'),
      text('revision'),
      token('venue', 'instrument.venue'),
      token('kind', 'instrument.kind'),
      token('margin', 'instrument.margin'),
      token('base_currency', 'instrument.base_currency'),
      token('quote_currency', 'instrument.quote_currency'),
      token('settlement_currency', 'instrument.settlement_currency'),
      decimal('tick_size', 'instrument.tick_size'),
      decimal('lot_size', 'instrument.lot_size'),
      decimal('contract_size', 'instrument.contract_size'),
      timeOfUs('expiry_utc', 'instrument.expiry_us'),
      decimal('strike', 'instrument.strike'),
      token('option_type', 'instrument.option_type'),
    ],
  }),
  table({
    name: 'admission_receipts',
    takes: ['gate.*', 'market.link'],
    retention: 'analytics',
    by: ['event_type'],
    columns: [
      integer('batch'),
      integer('admitted'),
      integer('duplicates'),
      integer('quarantined'),
      json('reasons'),
      integer('first_offset', 'traffic.first_offset'),
      integer('next_offset', 'traffic.next_offset'),
      text('world_fingerprint', 'world.manifest_fingerprint'),
      integer('first_row', 'world.first_row'),
      integer('next_row', 'world.next_row'),
      timeOfUs('first_event_utc', 'first_ts_us'),
      timeOfUs('last_event_utc', 'last_ts_us'),
      timeOfUs('ingested_utc', 'ingested_us'),
      token('reason'),
      token('venue'),
      token('channel'),
      token('instrument'),
      token('state'),
      text('cause'),
      text('identity'),
      text('payload_hash'),
      text('excerpt'),
    ],
  }),
  table({
    name: 'integration_usage',
    takes: ['integration.*'],
    retention: 'analytics',
    by: ['provider'],
    columns: [
      token('provider'),
      token('endpoint'),
      token('runner_id'),
      token('account'),
      token('status'),
      flag('ok'),
      float('latency_ms_float'),
      token('error_code'),
      json('metadata'),
    ],
  }),
];
