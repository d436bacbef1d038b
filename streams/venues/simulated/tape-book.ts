/**
 * The recorded book of one product. The recording alone changes what it displays; what our own
 * orders took is kept beside it, so that the same displayed lots are not sold twice, until the
 * recording speaks about that level again.
 */
import type { FlatLevels, Side } from '../../facts/market.ts';
import type { LevelMoves } from './order-book.ts';

/** What any book shows: prices with the best last, and the lots at a price. */
export interface DisplayedSide {
  readonly side: Side;
  readonly prices: readonly number[];
  lotsAt(ticks: number): number;
  bestTicks(): number | undefined;
}

export class TapeSide implements DisplayedSide {
  readonly side: Side;
  readonly prices: number[] = [];
  readonly #lots = new Map<number, number>();
  readonly #taken = new Map<number, number>();
  readonly #direction: number;

  constructor(side: Side) {
    this.side = side;
    this.#direction = side === 'buy' ? 1 : -1;
  }

  lotsAt(ticks: number): number {
    return this.#lots.get(ticks) ?? 0;
  }

  bestTicks(): number | undefined {
    return this.prices[this.prices.length - 1];
  }

  /** Displayed lots that our own orders have not taken yet. */
  availableAt(ticks: number): number {
    return Math.max(0, this.lotsAt(ticks) - (this.#taken.get(ticks) ?? 0));
  }

  take(ticks: number, lots: number): void {
    this.#taken.set(ticks, (this.#taken.get(ticks) ?? 0) + lots);
  }

  clear(): void {
    this.prices.length = 0;
    this.#lots.clear();
    this.#taken.clear();
  }

  /** Applies recorded levels (ticks, lots, …) and says what moved. */
  apply(levels: FlatLevels): LevelMoves {
    const moves: LevelMoves = [];
    for (let at = 0; at + 1 < levels.length; at += 2) {
      const ticks = levels[at] ?? 0;
      const lots = levels[at + 1] ?? 0;
      moves.push(ticks, this.lotsAt(ticks), lots);
      this.#set(ticks, lots);
    }
    return moves;
  }

  #set(ticks: number, lots: number): void {
    this.#taken.delete(ticks);
    const known = this.#lots.has(ticks);
    if (lots > 0) {
      this.#lots.set(ticks, lots);
      if (!known) this.prices.splice(this.#position(ticks), 0, ticks);
    } else if (known) {
      this.#lots.delete(ticks);
      this.prices.splice(this.#position(ticks), 1);
    }
  }

  #position(ticks: number): number {
    let low = 0;
    let high = this.prices.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (((this.prices[middle] ?? 0) - ticks) * this.#direction < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class TapeBook {
  readonly bids = new TapeSide('buy');
  readonly asks = new TapeSide('sell');

  sideOf(side: Side): TapeSide {
    return side === 'buy' ? this.bids : this.asks;
  }
}
