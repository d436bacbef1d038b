/**
 * The market of a simulated history: few instruments, seeded walks, about ten events a second of
 * virtual time. Books stay fresh and deep enough to trade against; house takers reach what rests.
 */
import type { InstrumentRow } from '../../../streams/facts/instrument.ts';
import type { Random } from '../../../streams/ports/index.ts';
import {
  type Account,
  cancelWhere,
  type MarketSource,
  type Product,
  place,
  productOf,
  type VenueEngine,
} from '../../../streams/venues/simulated/index.ts';
import { limitTerms, optionRow, perpetualRow } from '../../fixtures/venue-sim/engines.ts';

const createdMs = 1_790_000_000_000;

interface Walk {
  readonly name: string;
  /** Fair price, ticks. */
  mid: number;
  readonly step: number;
  readonly spread: number;
  readonly levelGap: number;
  readonly levelLots: number;
  /** Lots a house taker hits the book with. */
  readonly takerLots: number;
  readonly home: number;
}

const ethPerpetualRow: InstrumentRow = {
  ...perpetualRow,
  name: 'ETH-PERPETUAL',
  base_currency: 'ETH',
  settlement_currency: 'ETH',
  tick_size: '0.05',
  lot_size: '1',
  min_amount: '1',
  contract_size: '1',
  price_index: 'eth_usd',
};

/** A second strike: two options are a group without a perpetual. */
const otherOptionRow: InstrumentRow = {
  ...optionRow,
  name: 'BTC-25DEC26-85000-C',
  strike: '85000',
};

export const btcPerpetual = perpetualRow.name;
export const ethPerpetual = ethPerpetualRow.name;
export const btcOption = optionRow.name;
export const otherOption = otherOptionRow.name;
export const simInstruments = [btcPerpetual, ethPerpetual, btcOption, otherOption] as const;

const rows = [perpetualRow, ethPerpetualRow, optionRow, otherOptionRow];
/** Virtual time between two operations of the makers. */
const meanStepUs = 190_000;
/** The same while little happens; every perpetual is still told of within the age its prices may have. */
const calmStepUs = 1_250_000;

function walks(): Walk[] {
  const walk = (
    name: string,
    mid: number,
    step: number,
    spread: number,
    levelGap: number,
    levelLots: number,
    takerLots: number,
  ): Walk => ({ name, mid, step, spread, levelGap, levelLots, takerLots, home: mid });
  return [
    walk(btcPerpetual, 160_000, 6, 2, 2, 12_000, 400),
    walk(ethPerpetual, 60_000, 3, 2, 2, 130_000, 4_000),
    walk(btcOption, 500, 2, 5, 5, 200, 20),
    walk(otherOption, 300, 2, 5, 5, 200, 20),
  ];
}

/** A seeded market. Step by step: one instrument's makers move, or a taker trades. */
export class SimMarket implements MarketSource {
  readonly taped = false;
  readonly startUs = undefined;
  readonly #random: Random;
  readonly #walks = walks();
  readonly #products: readonly Product[] = rows.map((row, index) =>
    productOf(row, index, createdMs),
  );
  #engine: VenueEngine | undefined;
  #maker: Account | undefined;
  #taker: Account | undefined;
  #nextUs = 0;
  #turn = 0;
  /** House operations so far. */
  operations = 0;
  /** Little happens: makers move seldom, and the perpetuals mostly. */
  isCalm = false;
  /** By how much the marks of perpetuals stand above their index, bps. */
  basisBps = 0;
  /** Share of its usual lots that makers show. */
  depthShare = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  list(): readonly Product[] {
    return this.#products;
  }

  open(engine: VenueEngine, nowUs: number): void {
    this.#engine = engine;
    this.#maker = engine.openAccount('makers', true);
    this.#taker = engine.openAccount('takers', true);
    this.#nextUs = nowUs;
    for (const walk of this.#walks) this.#requote(walk, nowUs);
  }

  nextUs(): number {
    return this.#nextUs;
  }

  step(): void {
    const walk = this.#walks[this.#nextWalk()] as Walk;
    this.operations += 1;
    if (this.#random.next() < 0.2) this.#take(walk, this.#nextUs);
    else this.#requote(walk, this.#nextUs);
    const jitter = this.#random.next() - 0.5;
    const stepUs = this.isCalm ? calmStepUs * (1 + jitter / 2) : meanStepUs * (1 + jitter);
    this.#nextUs += Math.round(stepUs);
  }

  #nextWalk(): number {
    this.#turn += 1;
    const turn = this.#turn;
    if (!this.isCalm) return turn % this.#walks.length;
    // Both perpetuals twice, then an option: no perpetual waits for longer than three steps.
    const place = turn % 5;
    return place === 4 ? 2 + (Math.floor(turn / 5) % 2) : place % 2;
  }

  dump(): unknown {
    return null;
  }

  restore(): void {
    // The market goes on beside a venue that restarts: makers quote anew in `open`.
  }

  #requote(walk: Walk, nowUs: number): void {
    const { random } = { random: this.#random };
    const engine = this.#engine as VenueEngine;
    const maker = this.#maker as Account;
    const market = engine.market(walk.name);
    if (market.deserted || market.state !== 'open') return;
    const pull = (walk.home - walk.mid) * 0.02;
    walk.mid = Math.round(walk.mid + pull + (random.next() - 0.5) * 2 * walk.step);
    const tick = walk.levelGap;
    const mid = Math.round(walk.mid / tick) * tick;
    engine.run(nowUs, () => {
      cancelWhere(engine, maker, (order) => order.market === market);
      this.#mark(walk, mid);
      for (let level = 0; level < 4; level += 1) {
        const away = walk.spread + level * walk.levelGap;
        const lots = Math.max(
          1,
          Math.round(walk.levelLots * this.depthShare * (0.8 + 0.4 * random.next())),
        );
        place(engine, maker, market, limitTerms('buy', mid - away, lots));
        place(engine, maker, market, limitTerms('sell', mid + away, lots));
      }
    });
  }

  #mark(walk: Walk, mid: number): void {
    const engine = this.#engine as VenueEngine;
    const market = engine.market(walk.name);
    const tick = Number(market.product.instrument.row.tick_size);
    market.mark.price = mid * tick;
    if (market.product.kind === 'future') {
      market.mark.price *= 1 + this.basisBps / 10_000;
      market.mark.index = mid * tick;
      engine.setIndex(market.product.indexName, mid * tick);
      return;
    }
    const index = engine.indexes.get(market.product.indexName) ?? 80_000;
    market.mark.index = index;
    market.mark.underlying = index;
  }

  #take(walk: Walk, nowUs: number): void {
    const engine = this.#engine as VenueEngine;
    const market = engine.market(walk.name);
    if (market.state !== 'open') return;
    const buys = this.#random.next() < 0.5;
    const best = market.bestTicks(buys ? 'sell' : 'buy');
    if (best === undefined) return;
    const lots = 1 + this.#random.integer(walk.takerLots);
    const priceTicks = best + (buys ? 1 : -1) * walk.levelGap;
    const terms = limitTerms(buys ? 'buy' : 'sell', priceTicks, lots, {
      timeInForce: 'immediate_or_cancel',
    });
    engine.run(nowUs, () => place(engine, this.#taker as Account, market, terms));
  }
}
