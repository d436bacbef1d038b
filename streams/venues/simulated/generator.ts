/**
 * The default market: needs no data, is the same for the same seed, and is alive. Market makers and
 * takers are ordinary accounts of the venue and trade through its ordinary matching, so every public
 * frame is the consequence of orders and positions sum to zero.
 */
import { z } from 'zod';
import type { Side } from '../../facts/market.ts';
import type { Random } from '../../ports/random.ts';
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { fundingRate } from './funding.ts';
import { FutureMaker } from './future-maker.ts';
import { defaultRates, type GeneratorRates, ratesOf, sizeOf } from './generator-parameters.ts';
import { coins, defaultListing, expiryCode } from './listing.ts';
import type { Market } from './market.ts';
import { OptionMaker } from './option-maker.ts';
import type { Product } from './product.ts';
import { Schedule } from './schedule.ts';
import { seededRandom, waitUs } from './seeded-random.ts';
import type { MarketSource } from './source.ts';
import { createSpot, jumpSpots, type SpotState, spotStepUs, stepSpots } from './spot.ts';
import { volatilityAt, yearsTo } from './surface.ts';
import { takeOnce } from './taker.ts';
import { amountFloat } from './value.ts';

const indexEveryUs = 1_000_000;
const volatilityEveryUs = 5_000_000;

/** Listings that are put together again after a restart. */
const listingsMax = 12;

/** One listing out of several: the first row of each name, numbered anew. */
function mergeListings(listings: readonly (readonly Product[])[]): Product[] {
  const byName = new Map<string, Product>();
  for (const product of listings.flat())
    if (!byName.has(product.name)) byName.set(product.name, product);
  return [...byName.values()].map((product, index) => ({ ...product, index }));
}

const savedState = z.object({
  /** Times of the listings that make up what is known, oldest first. */
  listedUs: z.union([z.int(), z.array(z.int())]),
  spots: z.array(
    z.object({
      currency: z.string(),
      price: z.number().positive(),
      premium: z.number(),
      basis: z.number(),
      level: z.number(),
    }),
  ),
});

export class Generator implements MarketSource {
  readonly taped = false;
  readonly startUs = undefined;
  readonly #random: Random;
  readonly #rates: GeneratorRates;
  readonly #schedule = new Schedule();
  #spots: SpotState[] = [];
  #saved: z.infer<typeof savedState> | undefined;
  #listedUs: number[] = [];
  #join: ((market: Market, nowUs: number) => void) | undefined;

  constructor(seed: string, rates: Partial<GeneratorRates> = {}) {
    this.#random = seededRandom(`market/${seed}`);
    this.#rates = { ...defaultRates, ...rates };
  }

  list(nowUs: number): readonly Product[] {
    const known = [this.#saved?.listedUs ?? []].flat().slice(-listingsMax);
    const before = mergeListings(known.map((us) => this.#listing(us)));
    const trading = before.length > 0 && before.every((row) => row.expiryMs > nowUs / 1_000);
    this.#listedUs = trading ? known : [...known, nowUs];
    this.#spots = coins.map((coin) => this.#startSpot(coin.currency, coin.spot, nowUs));
    // What expired while the venue was away stays listed, so that its positions are settled.
    return trading ? before : mergeListings([before, this.#listing(nowUs)]);
  }

  open(engine: VenueEngine, nowUs: number): void {
    const maker = engine.openAccount('maker', true);
    const flow = engine.openAccount('flow', true);
    this.#addSpots(engine, nowUs);
    this.#join = (market, joinUs) => {
      const { product } = market;
      const base = product.instrument.row.base_currency;
      const spot = this.#spots.find((each) => each.currency === base);
      if (spot === undefined || product.expiryMs * 1_000 <= joinUs) return;
      if (product.kind === 'future') this.#addFuture(engine, maker, market, spot, joinUs);
      else this.#addOption(engine, maker, market, spot, joinUs);
      this.#addTaker(engine, flow, market, spot, joinUs);
    };
    for (const market of engine.markets) this.#join(market, nowUs);
  }

  /** Lists the next expiries once one has gone. */
  onDelivered(engine: VenueEngine, nowUs: number): void {
    const known = new Set(engine.markets.map((market) => market.product.name));
    const fresh = this.#listing(nowUs).filter((product) => !known.has(product.name));
    if (fresh.length === 0) return;
    this.#listedUs = [...this.#listedUs, nowUs].slice(-listingsMax);
    for (const product of fresh) {
      const market = engine.list({ ...product, index: engine.markets.length });
      this.#join?.(market, nowUs);
    }
  }

  nextUs(): number {
    return this.#schedule.nextUs();
  }

  step(): void {
    this.#schedule.step();
  }

  dump(): unknown {
    const spots = this.#spots.map(({ currency, price, premium, basis, surface }) => ({
      currency,
      price,
      premium,
      basis,
      level: surface.level,
    }));
    return { listedUs: this.#listedUs, spots };
  }

  restore(state: unknown): void {
    const parsed = savedState.safeParse(state);
    if (parsed.success) this.#saved = parsed.data;
  }

  #listing(nowUs: number): Product[] {
    return defaultListing(nowUs, this.#homes());
  }

  /** Strikes stand around the start prices: a restart must list the same ones. */
  #homes(): ReadonlyMap<string, number> {
    return new Map(coins.map((coin) => [coin.currency, coin.spot]));
  }

  #startSpot(currency: string, price: number, nowUs: number): SpotState {
    const spot = createSpot(currency, price, nowUs);
    const saved = this.#saved?.spots.find((each) => each.currency === currency);
    if (saved !== undefined) {
      spot.price = saved.price;
      spot.premium = saved.premium;
      spot.basis = saved.basis;
      spot.surface.level = saved.level;
    }
    return spot;
  }

  #addSpots(engine: VenueEngine, nowUs: number): void {
    const random = this.#random.fork('spot');
    const jumps = this.#random.fork('jumps');
    const publish = (): void => {
      for (const spot of this.#spots) {
        const price = Math.round(spot.price * 100) / 100;
        engine.setIndex(`${spot.currency.toLowerCase()}_usd`, price);
        engine.setIndex(`${spot.currency.toLowerCase()}_usdc`, price);
      }
    };
    const volatility = (): void => {
      for (const spot of this.#spots) {
        const level = volatilityAt(spot.surface, spot.price, spot.price, 30 / 365);
        engine.setVolatility(
          `${spot.currency.toLowerCase()}_usd`,
          Math.round(level * 10_000) / 100,
        );
      }
    };
    engine.run(nowUs, publish);
    engine.run(nowUs, volatility);
    this.#schedule.add(nowUs + spotStepUs, (dueUs) => {
      stepSpots(this.#spots, random, dueUs);
      jumpSpots(this.#spots, jumps);
      return dueUs + spotStepUs;
    });
    this.#schedule.add(nowUs + indexEveryUs, (dueUs) => {
      engine.run(dueUs, publish);
      return dueUs + indexEveryUs;
    });
    this.#schedule.add(nowUs + volatilityEveryUs, (dueUs) => {
      engine.run(dueUs, volatility);
      return dueUs + volatilityEveryUs;
    });
  }

  #addFuture(
    engine: VenueEngine,
    account: Account,
    market: Market,
    spot: SpotState,
    nowUs: number,
  ): void {
    const { product } = market;
    const perpetual = product.settlementPeriod === 'perpetual';
    const random = this.#random.fork(`maker/${market.product.name}`);
    const size = sizeOf(this.#rates, product);
    const maker = new FutureMaker(engine, account, market, random, size);
    const rate = ratesOf(this.#rates, product).quotes;
    const requote = (dueUs: number): void => {
      const fair = perpetual
        ? spot.price * (1 + spot.premium)
        : forwardOf(spot, product.expiryMs, dueUs);
      market.mark.price = fair;
      market.mark.index = spot.price;
      market.mark.underlying = spot.price;
      market.mark.currentFunding = perpetual ? fundingRate(market) : 0;
      market.mark.funding8h = perpetual ? spot.premium / 3 : 0;
      maker.requote(fair, spot.lean);
    };
    engine.run(nowUs, () => {
      requote(nowUs);
      market.settlementPrice = Math.round(market.mark.price * 100) / 100;
      const usdPerLot = amountFloat(product, 1) * (product.inverse ? 1 : market.mark.price);
      market.openInterestLots = Math.round((perpetual ? 6e8 : 5e7) / usdPerLot);
      engine.touchTicker(market);
    });
    this.#schedule.add(nowUs + waitUs(random, rate), (dueUs) => {
      engine.run(dueUs, () => requote(dueUs));
      return dueUs + waitUs(random, rate);
    });
  }

  #addOption(
    engine: VenueEngine,
    account: Account,
    market: Market,
    spot: SpotState,
    nowUs: number,
  ): void {
    const random = this.#random.fork(`maker/${market.product.name}`);
    const maker = new OptionMaker(engine, account, market, random);
    const code = `${spot.currency}-${expiryCode(market.product.expiryMs)}`;
    market.mark.underlyingIndex = engine.findMarket(code) === undefined ? `SYN.${code}` : code;
    const requote = (dueUs: number): void => {
      maker.requote(
        forwardOf(spot, market.product.expiryMs, dueUs),
        spot.price,
        spot.surface,
        dueUs,
      );
    };
    engine.run(nowUs, () => {
      requote(nowUs);
      market.settlementPrice = Math.round(market.mark.price * 1e8) / 1e8;
      market.openInterestLots = random.integer(5_000);
    });
    this.#schedule.add(nowUs + waitUs(random, this.#rates.optionQuotes), (dueUs) => {
      engine.run(dueUs, () => requote(dueUs));
      return dueUs + waitUs(random, this.#rates.optionQuotes);
    });
  }

  #addTaker(
    engine: VenueEngine,
    account: Account,
    market: Market,
    spot: SpotState,
    nowUs: number,
  ): void {
    const random = this.#random.fork(`taker/${market.product.name}`);
    const rate = ratesOf(this.#rates, market.product).takers;
    let side: Side | undefined;
    this.#schedule.add(nowUs + waitUs(random, rate), (dueUs) => {
      side = engine.run(dueUs, () => takeOnce(engine, account, market, random, spot.lean, side));
      return dueUs + waitUs(random, rate);
    });
  }
}

/** Forward of an expiry from the spot and the yearly basis. */
function forwardOf(spot: SpotState, expiryMs: number, nowUs: number): number {
  return spot.price * Math.exp(spot.basis * yearsTo(expiryMs, nowUs));
}

/** A seeded market over the default listing. The same seed gives the same market. */
export function generator(seed: string, rates: Partial<GeneratorRates> = {}): MarketSource {
  return new Generator(seed, rates);
}
