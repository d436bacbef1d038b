/**
 * Channels made of other things: candles, ticker increments, funding, option marks, index
 * figures. Each says what a new listener gets first and what makes it speak again.
 */
import {
  encodeWire,
  type Market,
  optionMarkRow,
  tickerRow,
  type VenueEngine,
} from '../../streams/venues/simulated/index.ts';
import type { Channel } from './channel.ts';
import type { Hub } from './hub.ts';
import type { Session } from './session.ts';

type Row = Record<string, unknown>;

export class DerivedFeed {
  readonly #engine: VenueEngine;
  readonly #hub: () => Hub;
  readonly #isBlocked: (channel: Channel, greeting: boolean) => boolean;
  readonly #nowUs: () => number;
  /** What listeners of an incremental ticker know. */
  readonly #known = new WeakMap<Channel, Row>();
  readonly #dirty = new Set<Channel>();

  constructor(
    engine: VenueEngine,
    hub: () => Hub,
    nowUs: () => number,
    isBlocked: (channel: Channel, greeting: boolean) => boolean,
  ) {
    this.#engine = engine;
    this.#hub = hub;
    this.#isBlocked = isBlocked;
    this.#nowUs = nowUs;
  }

  trades(market: Market): void {
    for (const channel of this.#hub().at('chart', market.product.index)) {
      const text = this.#candleText(channel, market);
      if (text !== undefined) this.#publish(channel, text);
    }
  }

  ticker(market: Market): void {
    const { index } = market.product;
    for (const channel of this.#hub().at('incremental_ticker', index))
      this.#increment(channel, market);
    for (const channel of this.#hub().at('perpetual', index)) {
      if (channel.spec.kind === 'market' && channel.spec.interval === 'raw')
        this.#publish(channel, this.#fundingText(market));
      else this.#dirty.add(channel);
    }
  }

  greet(session: Session, channel: Channel): void {
    const text = this.#greeting(channel);
    if (text !== undefined && !this.#isBlocked(channel, true)) channel.publishTo(session, text);
  }

  flush(slow: boolean): void {
    for (const channel of this.#dirty) {
      if (channel.spec.kind !== 'market' || (channel.spec.interval === 'agg2' && !slow)) continue;
      this.#dirty.delete(channel);
      for (const market of channel.spec.markets) this.#publish(channel, this.#fundingText(market));
    }
    if (!slow) return;
    for (const topic of ['marks', 'expiration', 'statistics'] as const) {
      for (const channel of this.#hub().ofTopic(topic)) {
        const text = this.#greeting(channel);
        if (text !== undefined) this.#publish(channel, text);
      }
    }
  }

  #greeting(channel: Channel): string | undefined {
    const { spec } = channel;
    if (spec.kind === 'named') return this.#namedText(spec.topic, spec.name);
    const [market] = spec.markets;
    if (market === undefined) return undefined;
    if (spec.topic === 'chart') return this.#candleText(channel, market);
    if (spec.topic === 'perpetual') return this.#fundingText(market);
    if (spec.topic !== 'incremental_ticker') return undefined;
    const row = this.#known.get(channel) ?? tickerRow(market, this.#nowUs());
    this.#known.set(channel, row);
    return encodeWire({ type: 'snapshot', ...row });
  }

  #namedText(topic: string, name: string): string | undefined {
    const price = this.#engine.indexes.get(name);
    if (topic === 'methods') return '{"allow_unauthenticated_public_requests":true}';
    if (price === undefined) return undefined;
    if (topic === 'marks') return encodeWire(this.#optionMarks(name));
    if (topic === 'expiration')
      return encodeWire({ seconds: this.#secondsToExpiry(name), price, is_estimated: false });
    if (topic !== 'statistics') return undefined;
    const { high, low } = this.#engine.indexRange(name);
    const change24h = 0;
    return encodeWire({
      low24h: low,
      high24h: high,
      change24h,
      high_volatility: false,
      index_name: name,
    });
  }

  #optionMarks(indexName: string): Row[] {
    const rows: Row[] = [];
    for (const market of this.#engine.markets) {
      const { product } = market;
      if (product.kind === 'option' && product.indexName === indexName && market.mark.price > 0)
        rows.push(optionMarkRow(market, this.#nowUs()));
    }
    return rows;
  }

  /** Seconds to the next expiry of that index. */
  #secondsToExpiry(indexName: string): number {
    const nowMs = this.#nowUs() / 1_000;
    let next = Number.POSITIVE_INFINITY;
    for (const { product } of this.#engine.markets)
      if (product.indexName === indexName && product.expiryMs > nowMs)
        next = Math.min(next, product.expiryMs);
    return Math.round((next - nowMs) / 1_000);
  }

  #increment(channel: Channel, market: Market): void {
    const known = this.#known.get(channel);
    if (known === undefined) return;
    const row: Row = tickerRow(market, this.#nowUs());
    const changed: Row = {};
    for (const [name, value] of Object.entries(row))
      if (encodeWire(known[name]) !== encodeWire(value)) changed[name] = value;
    this.#known.set(channel, row);
    const { timestamp, instrument_name } = row;
    if (Object.keys(changed).some((name) => name !== 'timestamp'))
      this.#publish(
        channel,
        encodeWire({ type: 'change', timestamp, instrument_name, ...changed }),
      );
  }

  #candleText(channel: Channel, market: Market): string | undefined {
    if (channel.spec.kind !== 'market') return undefined;
    const candle = market.day.lastCandle(channel.spec.minutes ?? 1);
    if (candle === undefined) return undefined;
    const { tickMs, ...figures } = candle;
    return encodeWire({ tick: tickMs, ...figures });
  }

  #fundingText(market: Market): string {
    return encodeWire({
      interest: market.mark.currentFunding,
      timestamp: Math.floor(this.#nowUs() / 1_000),
      index_price: market.mark.index,
    });
  }

  #publish(channel: Channel, data: string): void {
    if (!this.#isBlocked(channel, false)) channel.publish(data);
  }
}
