/**
 * Channel names, parsed once per channel and then looked up. The interned name makes later map
 * lookups by channel cheap.
 */
export type ChannelKind =
  | 'book'
  | 'trades'
  | 'ticker'
  | 'user.orders'
  | 'user.trades'
  | 'user.portfolio'
  | 'platform_state'
  | 'announcements'
  | 'volatility_index'
  | 'instrument.state'
  | 'ignored';

export interface Channel {
  readonly name: string;
  readonly kind: ChannelKind;
  /** The instrument in the name; undefined for channels of a whole kind or currency. */
  readonly instrumentName: string | undefined;
}

/** Bound of the table: more names than this can only come from a broken or hostile venue. */
export const maxKnownChannels = 20_000;

const kindsTraded = ['future', 'option', 'spot', 'future_combo', 'option_combo', 'any'];

/** Parses a channel name. Undefined when it is no channel of the documented list. */
export function parseChannel(name: string): Channel | undefined {
  const parts = name.split('.');
  const [head, second] = parts;
  if (head === 'book') return bookChannel(name, parts);
  if (head === 'trades') {
    const whole = second !== undefined && kindsTraded.includes(second) && parts.length === 4;
    return { name, kind: 'trades', instrumentName: whole ? undefined : second };
  }
  if (head === 'ticker') return { name, kind: 'ticker', instrumentName: second };
  if (head === 'user') return userChannel(name, second);
  if (name === 'platform_state') return { name, kind: 'platform_state', instrumentName: undefined };
  if (name === 'announcements') return { name, kind: 'announcements', instrumentName: undefined };
  if (head === 'deribit_volatility_index') {
    return { name, kind: 'volatility_index', instrumentName: undefined };
  }
  if (head === 'instrument' && second === 'state') {
    return { name, kind: 'instrument.state', instrumentName: undefined };
  }
  return ignoredHeads.has(head ?? '') ? ignored(name) : undefined;
}

// Documented channels we never ask for: harmless when they come.
const ignoredHeads = new Set([
  'block_rfq',
  'block_trade_confirmations',
  'chart',
  'deribit_price_index',
  'deribit_price_ranking',
  'deribit_price_statistics',
  'estimated_expiration_price',
  'incremental_ticker',
  'markprice',
  'perpetual',
  'platform_state',
  'quote',
]);

// `book.{i}.{group}.{depth}.{interval}` carries pairs without a chain: of no use for a book.
function bookChannel(name: string, parts: readonly string[]): Channel {
  if (parts.length !== 3) return ignored(name);
  return { name, kind: 'book', instrumentName: parts[1] };
}

function userChannel(name: string, second: string | undefined): Channel {
  if (second === 'orders') return { name, kind: 'user.orders', instrumentName: undefined };
  if (second === 'trades') return { name, kind: 'user.trades', instrumentName: undefined };
  if (second === 'portfolio') return { name, kind: 'user.portfolio', instrumentName: undefined };
  return ignored(name);
}

function ignored(name: string): Channel {
  return { name, kind: 'ignored', instrumentName: undefined };
}

export class ChannelTable {
  readonly #known = new Map<string, Channel>();

  /** The channel of that name; undefined when it is not in the documented list. */
  get(name: string): Channel | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const parsed = parseChannel(name);
    if (parsed !== undefined && this.#known.size < maxKnownChannels) this.#known.set(name, parsed);
    return parsed;
  }
}
