/**
 * One product while it trades: its book, marks, sequences, last trades and 24-hour figures.
 * Prices that decide anything are ticks; marks and greeks are analytics.
 */
import type { InstrumentState } from '../../facts/instrument.ts';
import type { Greeks, Side } from '../../facts/market.ts';
import { DayTape } from './day-tape.ts';
import type { Order } from './order.ts';
import { OrderBook } from './order-book.ts';
import type { Product } from './product.ts';
import { type DisplayedSide, TapeBook } from './tape-book.ts';
import type { PublicTrade } from './trade.ts';
import { priceFloat } from './value.ts';

/** Public trades a market remembers for `get_last_trades_*`. */
export const recentTradesLimit = 1_000;

export interface MarkState {
  /** 0 until the market is first priced. */
  price: number;
  index: number;
  funding8h: number;
  currentFunding: number;
  underlying: number;
  underlyingIndex: string;
  /** Percent; 0 for futures. */
  markIv: number;
  greeks: (Greeks & { readonly rhoFloat: number }) | undefined;
}

export class Market {
  readonly product: Product;
  /** Our own and the makers' resting orders. */
  readonly book = new OrderBook();
  /** Present when a recording drives this market. */
  readonly tape: TapeBook | undefined;
  /** Orders that wait for a price. */
  readonly triggers = new Set<Order>();
  state: InstrumentState = 'open';
  changeId = 0;
  /** Venue time of the last book frame, µs. */
  bookTsUs = 0;
  /** Venue time of the last mark, µs; 0 before the first. */
  tickerTsUs = 0;
  /** Makers stay away from it. */
  deserted = false;
  /** The recording has tickers of its own: nothing else may make one. */
  tickersRecorded = false;
  /** Last price as recorded; undefined when no recording says it. */
  recordedLast: number | null | undefined;
  tradeSeq: number;
  lastTrade: PublicTrade | undefined;
  lastTickDirection = 0;
  settlementPrice = 0;
  openInterestLots = 0;
  readonly mark: MarkState;
  readonly day = new DayTape();
  readonly recentTrades: PublicTrade[] = [];

  constructor(product: Product, taped: boolean) {
    this.product = product;
    this.tape = taped ? new TapeBook() : undefined;
    this.tradeSeq = 1_000 + product.index * 31;
    this.mark = {
      price: 0,
      index: 0,
      funding8h: 0,
      currentFunding: 0,
      underlying: 0,
      underlyingIndex: 'index_price',
      markIv: 0,
      greeks: undefined,
    };
  }

  /** What the public sees of a side. */
  displayed(side: Side): DisplayedSide {
    return (this.tape ?? this.book).sideOf(side);
  }

  bestTicks(side: Side): number | undefined {
    return this.displayed(side).bestTicks();
  }

  bestPrice(side: Side): number {
    const ticks = this.bestTicks(side);
    return ticks === undefined ? 0 : priceFloat(this.product, ticks);
  }

  /** The mark, or the middle, or the last price: whatever is known; 0 when nothing is. */
  referencePrice(): number {
    if (this.mark.price > 0) return this.mark.price;
    const bid = this.bestPrice('buy');
    const ask = this.bestPrice('sell');
    if (bid > 0 && ask > 0) return (bid + ask) / 2;
    return this.lastTrade === undefined ? 0 : priceFloat(this.product, this.lastTrade.priceTicks);
  }

  /** The mark with the digits the wire shows. */
  shownMark(): number {
    const scale = this.product.kind === 'option' ? 1e6 : 1e2;
    return Math.round(this.referencePrice() * scale) / scale;
  }

  /** Price of the last trade, as recorded or as traded here; null when there was none. */
  lastPrice(): number | null {
    if (this.recordedLast !== undefined) return this.recordedLast;
    return this.lastTrade === undefined
      ? null
      : priceFloat(this.product, this.lastTrade.priceTicks);
  }

  remember(trade: PublicTrade): void {
    this.lastTrade = trade;
    this.recentTrades.push(trade);
    if (this.recentTrades.length > recentTradesLimit * 2) {
      this.recentTrades.splice(0, this.recentTrades.length - recentTradesLimit);
    }
  }
}
