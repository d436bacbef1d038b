/** Turns what the engine reports about markets into notifications, raw at once and conflated by flush. */
import {
  type BookFrame,
  changeText,
  encodeWire,
  levelPairs,
  type Market,
  type PublicTrade,
  quoteRow,
  snapshotText,
  tickerRow,
  tradeRow,
  type VenueEngine,
} from '../../streams/venues/simulated/index.ts';
import { BookChain } from './book-chain.ts';
import type { Channel } from './channel.ts';
import type { Hooks } from './faults/hooks.ts';
import type { Hub } from './hub.ts';
import type { Session } from './session.ts';

export class MarketFeed {
  readonly #engine: VenueEngine;
  readonly #hub: () => Hub;
  readonly #hooks: Hooks;
  /** Tickers go out before the books they follow from. */
  readonly #tickerFirst: boolean;
  #heldBooks: (readonly [Market, BookFrame])[] = [];
  readonly #nowUs: () => number;
  readonly #chains = new WeakMap<Channel, BookChain>();
  readonly #dirty = new Set<Channel>();
  readonly #trades = new Map<Channel, string[]>();
  /** Public notifications sent, whole frames counted once. */
  encodedFrames = 0;

  constructor(
    engine: VenueEngine,
    hub: () => Hub,
    hooks: Hooks,
    nowUs: () => number,
    tickerFirst: boolean,
  ) {
    this.#engine = engine;
    this.#hub = hub;
    this.#hooks = hooks;
    this.#nowUs = nowUs;
    this.#tickerFirst = tickerFirst;
  }

  book(market: Market, frame: BookFrame): void {
    if (this.#tickerFirst) this.#heldBooks.push([market, frame]);
    else this.#bookNow(market, frame);
  }

  /** The operation has been told: books that waited for their tickers go out. */
  committed(): void {
    if (this.#heldBooks.length === 0) return;
    const held = this.#heldBooks;
    this.#heldBooks = [];
    for (const [market, frame] of held) this.#bookNow(market, frame);
  }

  #bookNow(market: Market, frame: BookFrame): void {
    const channels = this.#hub().at('book', market.product.index);
    if (channels.length === 0) return;
    let text: string | undefined;
    for (const channel of channels) {
      if (channel.spec.kind !== 'market') continue;
      if (channel.spec.depth !== undefined) this.#dirty.add(channel);
      else if (channel.spec.interval === 'raw') {
        text ??=
          frame.prevChangeId === -1
            ? snapshotText(market, frame.changeId, frame.tsUs)
            : changeText(market.product, frame);
        this.#publish(channel, text);
      } else {
        this.#chains.get(channel)?.add(frame);
        this.#dirty.add(channel);
      }
    }
  }

  trades(market: Market, trades: readonly PublicTrade[]): void {
    const channels = this.#hub().at('trades', market.product.index);
    if (channels.length === 0) return;
    const rows = trades.map((trade) => encodeWire(tradeRow(market.product, trade)));
    for (const channel of channels) {
      if (channel.spec.kind === 'market' && channel.spec.interval === 'raw') {
        this.#publish(channel, `[${rows.join(',')}]`);
        continue;
      }
      const waiting = this.#trades.get(channel);
      if (waiting === undefined) this.#trades.set(channel, rows);
      else waiting.push(...rows);
      this.#dirty.add(channel);
    }
  }

  ticker(market: Market): void {
    const channels = this.#hub().at('ticker', market.product.index);
    let text: string | undefined;
    for (const channel of channels) {
      if (channel.spec.kind === 'market' && channel.spec.interval === 'raw') {
        text ??= encodeWire(tickerRow(market, this.#nowUs()));
        this.#publish(channel, text);
      } else this.#dirty.add(channel);
    }
  }

  quote(market: Market): void {
    const channels = this.#hub().at('quote', market.product.index);
    if (channels.length === 0) return;
    const text = encodeWire(quoteRow(market, this.#nowUs()));
    for (const channel of channels) this.#publish(channel, text);
  }

  index(name: string, price: number): void {
    for (const channel of this.#hub().named('index', name))
      this.#publish(channel, this.#indexText(name, price));
  }

  volatility(name: string, value: number): void {
    const text = encodeWire({ volatility: value, timestamp: this.#nowMs(), index_name: name });
    for (const channel of this.#hub().named('volatility', name)) this.#publish(channel, text);
  }

  state(market: Market): void {
    const row = {
      timestamp: this.#nowMs(),
      state: market.state,
      instrument_name: market.product.name,
    };
    const text = encodeWire(row);
    for (const channel of this.#hub().at('state', market.product.index))
      this.#publish(channel, text);
  }

  /** Announces a lock of the platform, as in a maintenance. */
  platform(locked: boolean): void {
    const text = encodeWire({ price_index: 'btc_usd', locked });
    for (const channel of this.#hub().named('platform', '')) this.#publish(channel, text);
  }

  /** What a new listener gets first. */
  greet(session: Session, channel: Channel): void {
    const { spec } = channel;
    const nowUs = this.#nowUs();
    if (spec.kind === 'named') {
      const price = spec.topic === 'index' ? this.#engine.indexes.get(spec.name) : undefined;
      if (price !== undefined) this.#publishTo(channel, session, this.#indexText(spec.name, price));
      return;
    }
    const [market] = spec.markets;
    if (market === undefined || spec.markets.length > 1) return;
    // A recording that has not begun says nothing: its own first frame will be the first.
    if (market.tape !== undefined && market.bookTsUs === 0) return;
    if (spec.topic === 'book') this.#greetBook(session, channel, market);
    if (spec.topic === 'ticker')
      this.#publishTo(channel, session, encodeWire(tickerRow(market, nowUs)));
    if (spec.topic === 'quote')
      this.#publishTo(channel, session, encodeWire(quoteRow(market, nowUs)));
  }

  flush(slow: boolean): void {
    for (const channel of this.#dirty) {
      const { spec } = channel;
      if (spec.kind !== 'market' || (spec.interval === 'agg2' && !slow)) continue;
      this.#dirty.delete(channel);
      if (spec.topic === 'trades') this.#flushTrades(channel);
      else if (spec.topic === 'book') this.#flushBook(channel);
      else if (spec.topic === 'ticker') {
        for (const market of spec.markets)
          this.#publish(channel, encodeWire(tickerRow(market, this.#nowUs())));
      }
    }
  }

  #flushTrades(channel: Channel): void {
    const rows = this.#trades.get(channel);
    this.#trades.delete(channel);
    if (rows !== undefined) this.#publish(channel, `[${rows.join(',')}]`);
  }

  #flushBook(channel: Channel): void {
    if (channel.spec.kind !== 'market') return;
    const [market] = channel.spec.markets;
    if (market === undefined) return;
    if (channel.spec.depth !== undefined) {
      this.#publish(channel, this.#depthText(market, channel.spec));
      return;
    }
    const frame = this.#chains.get(channel)?.flush();
    if (frame === undefined) return;
    const text =
      frame === 'reset'
        ? snapshotText(market, market.changeId, this.#nowUs())
        : changeText(market.product, frame);
    this.#publish(channel, text);
  }

  #greetBook(session: Session, channel: Channel, market: Market): void {
    if (channel.spec.kind !== 'market') return;
    if (channel.spec.depth !== undefined) {
      this.#publishTo(channel, session, this.#depthText(market, channel.spec));
      return;
    }
    let changeId = market.changeId;
    if (channel.spec.interval !== 'raw') {
      let chain = this.#chains.get(channel);
      if (chain === undefined) {
        chain = new BookChain(market.changeId);
        this.#chains.set(channel, chain);
      }
      // Others on this chain must be as far as the snapshot is, or the next frame fits only one.
      this.#flushBook(channel);
      changeId = chain.lastId;
    }
    this.#publishTo(channel, session, snapshotText(market, changeId, this.#nowUs()));
  }

  #depthText(market: Market, spec: { depth?: number; groupTicks?: number }): string {
    const { depth = 0, groupTicks = 1 } = spec;
    return encodeWire({
      timestamp: this.#nowMs(),
      instrument_name: market.product.name,
      change_id: market.changeId,
      bids: levelPairs(market.product, market.displayed('buy'), depth, groupTicks),
      asks: levelPairs(market.product, market.displayed('sell'), depth, groupTicks),
    });
  }

  #indexText(name: string, price: number): string {
    return encodeWire({ timestamp: this.#nowMs(), price, index_name: name });
  }

  #nowMs(): number {
    return Math.floor(this.#nowUs() / 1_000);
  }

  #publish(channel: Channel, data: string): void {
    if (this.#hooks.published.takes({ channel, greeting: false })) return;
    this.encodedFrames += 1;
    channel.publish(data);
  }

  #publishTo(channel: Channel, session: Session, data: string): void {
    if (!this.#hooks.published.takes({ channel, greeting: true })) channel.publishTo(session, data);
  }
}
