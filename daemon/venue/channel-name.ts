/** The grammar of channel names: what a name asks for, or undefined when the venue has no such channel. */
import type { Market, VenueEngine } from '../../streams/venues/simulated/index.ts';

export type Interval = 'raw' | '100ms' | 'agg2';
export type Topic =
  | 'book'
  | 'ticker'
  | 'trades'
  | 'quote'
  | 'state'
  | 'perpetual'
  | 'chart'
  | 'incremental_ticker'
  | 'user.orders'
  | 'user.trades'
  | 'user.changes';

export type ChannelSpec =
  | {
      readonly kind: 'market';
      readonly topic: Topic;
      /** A wide channel grows with what is listed. */
      readonly markets: Market[];
      readonly covers?: (market: Market) => boolean;
      readonly interval: Interval;
      /** Levels per side of a depth-limited book; absent for the full book. */
      readonly depth?: number;
      /** Price steps that one level of a depth-limited book sums up; absent for none. */
      readonly groupTicks?: number;
      /** Minutes of one candle. */
      readonly minutes?: number;
    }
  | {
      readonly kind: 'named';
      readonly topic: NamedTopic;
      readonly name: string;
    };

export type NamedTopic =
  | 'index'
  | 'volatility'
  | 'portfolio'
  | 'platform'
  | 'methods'
  | 'announcements'
  | 'marks'
  | 'expiration'
  | 'statistics'
  | 'protection'
  /** May be listened to, says nothing here: blocks, combos, quotes, logs. */
  | 'silent';

/** Candle resolutions of `chart.trades.*` in minutes. */
export const chartMinutes: Readonly<Record<string, number>> = {
  '1': 1,
  '3': 3,
  '5': 5,
  '10': 10,
  '15': 15,
  '30': 30,
  '60': 60,
  '120': 120,
  '180': 180,
  '360': 360,
  '720': 720,
  '1D': 1_440,
};

const intervals: ReadonlySet<string> = new Set(['raw', '100ms', 'agg2']);
const perMarketTopics: ReadonlySet<string> = new Set(['book', 'ticker', 'trades', 'perpetual']);
const depths: ReadonlySet<string> = new Set(['1', '10', '20']);
const groups: ReadonlySet<string> = new Set(['none', '1', '2', '5', '10', '25', '100', '250']);

/** Every channel there is, and what it says: the manual prints this. */
export const channelHelp: readonly (readonly [name: string, says: string])[] = [
  ['book.{instrument}.{interval}', 'a snapshot, then chained changes; raw needs authentication'],
  [
    'book.{instrument}.{group}.{depth}.{slow interval}',
    'the top levels, whole, grouped on request',
  ],
  ['ticker.{instrument}.{interval}', 'the whole ticker'],
  ['incremental_ticker.{instrument}', 'the ticker once, then only what changed'],
  ['quote.{instrument}', 'the best level'],
  ['trades.{instrument}.{interval}', 'public trades of a product'],
  ['trades.{kind}.{currency}.{interval}', 'public trades of many'],
  ['chart.trades.{instrument}.{resolution}', 'the candle that is being made'],
  ['perpetual.{instrument}.{interval}', 'funding'],
  ['instrument.state.{kind}.{currency}', 'listing, settlement, closing, halts'],
  ['markprice.options.{index}', 'all option marks once a second'],
  ['deribit_price_index.{index}', 'the index'],
  ['deribit_price_statistics.{index}', 'its range'],
  ['deribit_volatility_index.{index}', 'the volatility index'],
  ['estimated_expiration_price.{index}', 'seconds to the next expiry, and the price now'],
  ['platform_state', 'locks'],
  ['platform_state.public_methods_state', 'always open'],
  ['announcements', 'announcements of maintenance'],
  ['user.orders.{instrument}.{interval}', 'own orders; raw is one order a frame'],
  ['user.orders.{kind}.{currency}.{interval}', 'the same of many products'],
  ['user.trades.{instrument}.{interval}', 'own trades, always an array'],
  ['user.trades.{kind}.{currency}.{interval}', 'the same of many products'],
  ['user.changes.{instrument}.{interval}', 'orders, trades and positions of one operation'],
  ['user.changes.{kind}.{currency}.{interval}', 'the same of many products'],
  ['user.portfolio.{currency}', 'money, on change and as the mark moves'],
  ['block_rfq.trades.{currency}', 'silent, as are the other `block_*` channels'],
  ['user.combo_trades.{kind}.{currency}.{interval}', 'silent: combos are left out'],
  ['user.mmp_trigger.{index}', 'market maker protection has cancelled quotes and orders'],
  ['user.lock', 'silent'],
  ['user.access_log', 'silent'],
];

const plainTopics: Readonly<Record<string, NamedTopic>> = {
  platform_state: 'platform',
  'platform_state.public_methods_state': 'methods',
  announcements: 'announcements',
};
const indexTopics: Readonly<Record<string, NamedTopic>> = {
  deribit_price_index: 'index',
  deribit_price_statistics: 'statistics',
  estimated_expiration_price: 'expiration',
};
const silentTopics =
  /^(block_rfq\.|block_trade_confirmations|deribit_price_ranking\.|user\.(access_log|lock|combo_trades)\b)/;

/** True when only the owner of an account may listen. */
export function isPrivateChannel(name: string): boolean {
  return name.startsWith('user.');
}

export function parseChannel(engine: VenueEngine, name: string): ChannelSpec | undefined {
  const parts = name.split('.');
  const [first = '', second = ''] = parts;
  const plain = plainTopics[name];
  if (plain !== undefined) return { kind: 'named', topic: plain, name: '' };
  const byIndex = indexTopics[first];
  if (byIndex !== undefined) return named(engine.indexes, byIndex, parts);
  if (name.startsWith('markprice.options.')) return named(engine.indexes, 'marks', parts.slice(1));
  if (first === 'deribit_volatility_index') return named(engine.volatilities, 'volatility', parts);
  if (silentTopics.test(name)) return { kind: 'named', topic: 'silent', name };
  if (first === 'incremental_ticker' && parts.length === 2)
    return single(engine, 'incremental_ticker', second, 'raw');
  if (first === 'chart' && second === 'trades') return chartChannel(engine, parts.slice(2));
  if (first === 'user' && second === 'portfolio' && parts.length === 3) {
    return { kind: 'named', topic: 'portfolio', name: (parts[2] ?? '').toLowerCase() };
  }
  if (name.startsWith('user.mmp_trigger.'))
    return named(engine.indexes, 'protection', parts.slice(1));
  if (first === 'quote' && parts.length === 2) return single(engine, 'quote', second, 'raw');
  if (first === 'instrument' && second === 'state')
    return wide(engine, 'state', parts.slice(2), 'raw');
  if (first === 'user') return userChannel(engine, second, parts.slice(2));
  if (!perMarketTopics.has(first)) return undefined;
  return marketChannel(engine, first as Topic, parts.slice(1));
}

function marketChannel(
  engine: VenueEngine,
  topic: Topic,
  rest: readonly string[],
): ChannelSpec | undefined {
  const interval = rest[rest.length - 1] ?? '';
  if (!intervals.has(interval)) return undefined;
  if (rest.length === 2) return single(engine, topic, rest[0] ?? '', interval as Interval);
  if (topic === 'trades') return wide(engine, topic, rest.slice(0, -1), interval as Interval);
  const [instrument = '', group = '', depth = ''] = rest;
  if (topic !== 'book' || rest.length !== 4 || interval === 'raw') return undefined;
  if (!groups.has(group) || !depths.has(depth)) return undefined;
  const spec = single(engine, topic, instrument, interval as Interval);
  const market = spec?.markets[0];
  if (spec === undefined || market === undefined) return undefined;
  return { ...spec, depth: Number(depth), groupTicks: groupTicksOf(market, group) };
}

/** A group is in quote units for BTC and in hundredths of them for anything cheaper. */
function groupTicksOf(market: Market, group: string): number {
  if (group === 'none') return 1;
  const { instrument } = market.product;
  const unit = instrument.row.base_currency === 'BTC' ? 1 : 100;
  return Math.max(1, Math.round((Number(group) / unit) * instrument.price.perUnit));
}

function chartChannel(engine: VenueEngine, rest: readonly string[]): ChannelSpec | undefined {
  const [name = '', resolution = ''] = rest;
  const minutes = chartMinutes[resolution];
  const spec = single(engine, 'chart', name, 'raw');
  return rest.length !== 2 || minutes === undefined || spec === undefined
    ? undefined
    : { ...spec, minutes };
}

function userChannel(
  engine: VenueEngine,
  what: string,
  rest: readonly string[],
): ChannelSpec | undefined {
  if (what !== 'orders' && what !== 'trades' && what !== 'changes') return undefined;
  const topic: Topic = `user.${what}`;
  const interval = rest[rest.length - 1] ?? '';
  if (!intervals.has(interval)) return undefined;
  if (rest.length === 2) return single(engine, topic, rest[0] ?? '', interval as Interval);
  return wide(engine, topic, rest.slice(0, -1), interval as Interval);
}

function single(
  engine: VenueEngine,
  topic: Topic,
  name: string,
  interval: Interval,
): (ChannelSpec & { kind: 'market' }) | undefined {
  const market = engine.findMarket(name);
  return market === undefined ? undefined : { kind: 'market', topic, markets: [market], interval };
}

/** Kinds of products a name or a query may ask for. */
export const productKinds = [
  'any',
  'future',
  'option',
  'spot',
  'future_combo',
  'option_combo',
  'combo',
] as const;
const kinds: ReadonlySet<string> = new Set(productKinds);

function wide(
  engine: VenueEngine,
  topic: Topic,
  scope: readonly string[],
  interval: Interval,
): ChannelSpec | undefined {
  const [kind = '', currency = ''] = scope;
  if (scope.length !== 2 || !kinds.has(kind)) return undefined;
  const wanted = currency.toUpperCase();
  const covers = ({ product }: Market): boolean => {
    const rightKind = kind === 'any' || product.kind === kind;
    return rightKind && (wanted === 'ANY' || product.currency === wanted);
  };
  const markets = engine.markets.filter(covers);
  const known =
    wanted === 'ANY' || engine.markets.some(({ product }) => product.currency === wanted);
  return known ? { kind: 'market', topic, markets, interval, covers } : undefined;
}

function named(
  known: ReadonlyMap<string, number>,
  topic: NamedTopic,
  parts: readonly string[],
): ChannelSpec | undefined {
  const name = parts[1] ?? '';
  return parts.length === 2 && known.has(name) ? { kind: 'named', topic, name } : undefined;
}
