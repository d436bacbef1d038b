/**
 * Price-time order book of one product, in ticks and lots. Guarantees FIFO within a level and the
 * best level in O(1). Remembers what each touched level showed before the current operation, so
 * that one operation becomes one public frame.
 */
import { assert } from '../../facts/errors.ts';
import type { Side } from '../../facts/market.ts';
import { type Order, shownLots } from './order.ts';

/** Flat frame of one side: ticks, lots before, lots now, … */
export type LevelMoves = number[];

export interface Level {
  readonly ticks: number;
  lots: number;
  head: Order | undefined;
  tail: Order | undefined;
}

/** One side. `prices` is sorted so that the best is last: the touch is where all work happens. */
export class BookSide {
  readonly side: Side;
  readonly prices: number[] = [];
  readonly levels = new Map<number, Level>();
  readonly touched = new Map<number, number>();
  /** +1 when a higher price is better. */
  readonly #direction: number;

  constructor(side: Side) {
    this.side = side;
    this.#direction = side === 'buy' ? 1 : -1;
  }

  /** The best level, or undefined when the side is empty. */
  best(): Level | undefined {
    const ticks = this.prices[this.prices.length - 1];
    return ticks === undefined ? undefined : this.levels.get(ticks);
  }

  bestTicks(): number | undefined {
    return this.prices[this.prices.length - 1];
  }

  lotsAt(ticks: number): number {
    return this.levels.get(ticks)?.lots ?? 0;
  }

  add(order: Order): void {
    const level = this.levels.get(order.priceTicks) ?? this.#open(order.priceTicks);
    this.#touch(level);
    level.lots += shownLots(order);
    order.previous = level.tail;
    order.next = undefined;
    if (level.tail === undefined) level.head = order;
    else level.tail.next = order;
    level.tail = order;
  }

  remove(order: Order): void {
    const level = this.#levelOf(order);
    this.#touch(level);
    level.lots -= shownLots(order);
    if (order.previous === undefined) level.head = order.next;
    else order.previous.next = order.next;
    if (order.next === undefined) level.tail = order.previous;
    else order.next.previous = order.previous;
    order.next = undefined;
    order.previous = undefined;
    if (level.head === undefined) this.#close(level);
  }

  /** What the order shows falls by `lots` in place: it keeps its turn. */
  reduce(order: Order, lots: number): void {
    const level = this.#levelOf(order);
    this.#touch(level);
    level.lots -= lots;
  }

  /** The moves since the last call, best level first; undefined when nothing shows a difference. */
  takeMoves(): LevelMoves {
    const moves: LevelMoves = [];
    for (const [ticks, before] of this.touched) {
      const now = this.lotsAt(ticks);
      if (now !== before) moves.push(ticks, before, now);
    }
    this.touched.clear();
    return moves;
  }

  #levelOf(order: Order): Level {
    const level = this.levels.get(order.priceTicks);
    assert(level !== undefined, `order ${order.id} is not in the book`);
    return level;
  }

  #touch(level: Level): void {
    if (!this.touched.has(level.ticks)) this.touched.set(level.ticks, level.lots);
  }

  #open(ticks: number): Level {
    const level: Level = { ticks, lots: 0, head: undefined, tail: undefined };
    this.levels.set(ticks, level);
    this.prices.splice(this.#position(ticks), 0, ticks);
    return level;
  }

  #close(level: Level): void {
    this.levels.delete(level.ticks);
    this.prices.splice(this.#position(level.ticks), 1);
  }

  /** Index of `ticks` in `prices`, or where it belongs. */
  #position(ticks: number): number {
    let low = 0;
    let high = this.prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const worse = ((this.prices[middle] ?? 0) - ticks) * this.#direction < 0;
      if (worse) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class OrderBook {
  readonly bids = new BookSide('buy');
  readonly asks = new BookSide('sell');

  sideOf(side: Side): BookSide {
    return side === 'buy' ? this.bids : this.asks;
  }

  opposite(side: Side): BookSide {
    return side === 'buy' ? this.asks : this.bids;
  }
}
