/**
 * The market maker of one future: a touch around its own delayed idea of the fair price, and a
 * ladder on a coarse grid that stays where it is while the price moves through it, so that one
 * requote is a handful of level changes. Displayed sizes lean with what takers are about to do.
 */
import type { Side } from '../../facts/market.ts';
import type { Random } from '../../ports/random.ts';
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import type { Market } from './market.ts';
import type { Order, OrderTerms } from './order.ts';
import { edit } from './order-edit.ts';
import { cancel, place } from './orders.ts';

export interface FutureMakerOptions {
  /** Ladder levels on each side behind the touch. */
  readonly levels: number;
  /** Typical amount of a level, USD. */
  readonly levelUsd: number;
  /** Half spread as a fraction of the price; 0: one tick between the best prices. */
  readonly halfSpread: number;
}

/** Grid distance of the ladder as a fraction of the price. */
const gridFraction = 0.000_06;
/** How much of the distance to the fair price one requote closes. */
const catchUp = 0.6;
/** Levels from the touch whose size follows the lean. */
const leaningLevels = 4;
const leanWeight = 0.65;

export function makerTerms(side: Side, ticks: number, lots: number): OrderTerms {
  return {
    side,
    type: 'limit',
    lots,
    priceTicks: ticks,
    timeInForce: 'good_til_cancelled',
    postOnly: false,
    rejectPostOnly: false,
    reduceOnly: false,
    mmp: false,
    label: '',
    sessionId: 0,
  };
}

export class FutureMaker {
  readonly market: Market;
  readonly #engine: VenueEngine;
  readonly #account: Account;
  readonly #random: Random;
  readonly #options: FutureMakerOptions;
  readonly #resting = { buy: new Map<number, Order>(), sell: new Map<number, Order>() };
  #seen = 0;

  constructor(
    engine: VenueEngine,
    account: Account,
    market: Market,
    random: Random,
    options: FutureMakerOptions,
  ) {
    this.#engine = engine;
    this.#account = account;
    this.market = market;
    this.#random = random;
    this.#options = options;
  }

  /** One requote around `fair` (USD); `lean` −1…1 tilts the sizes. Inside `engine.run`. */
  requote(fair: number, lean: number): void {
    if (this.market.state !== 'open' || this.market.deserted) return;
    const { price } = this.market.product.instrument;
    this.#seen = this.#seen === 0 ? fair : this.#seen + (fair - this.#seen) * catchUp;
    const half = this.#seen * this.#options.halfSpread * (0.6 + this.#random.next() * 0.8);
    const bid = Math.floor((this.#seen - half) * price.perUnit);
    const ask = Math.max(bid + 1, Math.ceil((this.#seen + half) * price.perUnit));
    const grid = Math.max(1, Math.round(this.#seen * gridFraction * price.perUnit));
    this.#clear('buy', bid, grid);
    this.#clear('sell', ask, grid);
    this.#fill('buy', bid, grid, lean);
    this.#fill('sell', ask, grid, -lean);
  }

  /** Cancels what stands better than the touch or too far behind it, and forgets what was filled. */
  #clear(side: Side, touch: number, grid: number): void {
    const sign = side === 'buy' ? 1 : -1;
    const reach = (this.#options.levels + 5) * grid;
    for (const [ticks, order] of this.#resting[side]) {
      const behind = (touch - ticks) * sign;
      const offGrid = behind > grid && ticks % grid !== 0;
      if (order.state !== 'open') this.#resting[side].delete(ticks);
      else if (behind < 0 || behind > reach || offGrid) {
        cancel(this.#engine, order);
        this.#resting[side].delete(ticks);
      }
    }
  }

  #fill(side: Side, touch: number, grid: number, lean: number): void {
    const sign = side === 'buy' ? 1 : -1;
    this.#ensure(side, touch, this.#size(lean, 0), true);
    const first =
      side === 'buy' ? Math.floor((touch - 1) / grid) * grid : Math.ceil((touch + 1) / grid) * grid;
    const resized = this.#random.integer(leaningLevels);
    for (let level = 0; level < this.#options.levels; level += 1) {
      const ticks = first - sign * level * grid;
      if (ticks <= 0) return;
      this.#ensure(side, ticks, this.#size(lean, level + 1), level === resized);
    }
    if (this.#random.next() < 0.3) {
      const deep = first - sign * this.#random.integer(this.#options.levels) * grid;
      if (deep > 0) this.#ensure(side, deep, this.#size(lean, leaningLevels + 1), true);
    }
  }

  #size(lean: number, level: number): () => number {
    return () => {
      const tilt = level <= leaningLevels ? 1 + leanWeight * lean : 1;
      const usd = this.#options.levelUsd * (0.75 + 0.5 * this.#random.next()) * tilt;
      const { instrument, inverse } = this.market.product;
      // Linear products are counted in coin.
      const coinPrice = inverse ? 1 : this.#seen;
      return Math.max(
        instrument.minLots,
        Math.round((usd / coinPrice) * instrument.amount.perUnit),
      );
    };
  }

  #ensure(side: Side, ticks: number, size: () => number, resize: boolean): void {
    const standing = this.#resting[side].get(ticks);
    if (standing?.state === 'open') {
      if (resize) this.#resize(standing, size());
      return;
    }
    const order = place(this.#engine, this.#account, this.market, makerTerms(side, ticks, size()));
    if (order.state === 'open') this.#resting[side].set(ticks, order);
    else this.#resting[side].delete(ticks);
  }

  #resize(order: Order, lots: number): void {
    edit(this.#engine, order, { lots: order.filledLots + lots });
  }
}
