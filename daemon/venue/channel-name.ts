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
  | 'user.orders'
  | 'user.trades'
  | 'user.changes';

export type ChannelSpec =
  | {
      readonly kind: 'market';
      readonly topic: Topic;
      readonly markets: readonly Market[];
      readonly interval: Interval;
      /** Levels per side of a depth-limited book; absent for the full book. */
      readonly depth?: number;
    }
  | {
      readonly kind: 'named';
      readonly topic: 'index' | 'volatility' | 'portfolio' | 'platform';
      readonly name: string;
    };

const intervals: ReadonlySet<string> = new Set(['raw', '100ms', 'agg2']);
const perMarketTopics: ReadonlySet<string> = new Set(['book', 'ticker', 'trades', 'perpetual']);
const depths: ReadonlySet<string> = new Set(['1', '10', '20']);
const groups: ReadonlySet<string> = new Set(['none', '1', '2', '5', '10', '25', '100', '250']);

/** True when only the owner of an account may listen. */
export function isPrivateChannel(name: string): boolean {
  return name.startsWith('user.');
}

export function parseChannel(engine: VenueEngine, name: string): ChannelSpec | undefined {
  const parts = name.split('.');
  const [first = '', second = ''] = parts;
  if (name === 'platform_state') return { kind: 'named', topic: 'platform', name: '' };
  if (first === 'deribit_price_index') return named(engine.indexes, 'index', parts);
  if (first === 'deribit_volatility_index') return named(engine.volatilities, 'volatility', parts);
  if (first === 'user' && second === 'portfolio' && parts.length === 3) {
    return { kind: 'named', topic: 'portfolio', name: (parts[2] ?? '').toLowerCase() };
  }
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
  return spec === undefined ? undefined : { ...spec, depth: Number(depth) };
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

const kinds: ReadonlySet<string> = new Set([
  'any',
  'future',
  'option',
  'spot',
  'future_combo',
  'option_combo',
  'combo',
]);

function wide(
  engine: VenueEngine,
  topic: Topic,
  scope: readonly string[],
  interval: Interval,
): ChannelSpec | undefined {
  const [kind = '', currency = ''] = scope;
  if (scope.length !== 2 || !kinds.has(kind)) return undefined;
  const wanted = currency.toUpperCase();
  const markets = engine.markets.filter(({ product }) => {
    const rightKind = kind === 'any' || product.kind === kind;
    return rightKind && (wanted === 'ANY' || product.currency === wanted);
  });
  const known =
    wanted === 'ANY' || engine.markets.some(({ product }) => product.currency === wanted);
  return known ? { kind: 'market', topic, markets, interval } : undefined;
}

function named(
  known: ReadonlyMap<string, number>,
  topic: 'index' | 'volatility',
  parts: readonly string[],
): ChannelSpec | undefined {
  const name = parts[1] ?? '';
  return parts.length === 2 && known.has(name) ? { kind: 'named', topic, name } : undefined;
}
