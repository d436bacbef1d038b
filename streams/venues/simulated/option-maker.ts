/** The market maker of one option: two levels each side around the surface value, a volatility spread wide. */
import { type Instrument, stepTicksAt } from '../../facts/instrument.ts';
import type { Side } from '../../facts/market.ts';
import type { Random } from '../../ports/random.ts';
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { makerTerms } from './future-maker.ts';
import { optionQuotes } from './generator-parameters.ts';
import type { Market } from './market.ts';
import type { Order } from './order.ts';
import { edit } from './order-edit.ts';
import { cancel, place } from './orders.ts';
import { optionValue, type SurfaceState, volatilityAt, yearsTo } from './surface.ts';

const { halfSpreadVolatility, halfSpreadOfMark, levelsEachSide, typicalSize } = optionQuotes;

/** The grid point at or below (`down`) or at or above a price, on the step in force there. */
export function optionTicks(
  instrument: Instrument,
  price: number,
  direction: 'down' | 'up',
): number {
  const raw = price * instrument.price.perUnit;
  const step = stepTicksAt(instrument, Math.ceil(raw));
  return (
    (direction === 'down' ? Math.floor(raw / step + 1e-9) : Math.ceil(raw / step - 1e-9)) * step
  );
}

export class OptionMaker {
  readonly market: Market;
  readonly #engine: VenueEngine;
  readonly #account: Account;
  readonly #random: Random;
  readonly #resting = { buy: new Map<number, Order>(), sell: new Map<number, Order>() };

  constructor(engine: VenueEngine, account: Account, market: Market, random: Random) {
    this.#engine = engine;
    this.#account = account;
    this.market = market;
    this.#random = random;
  }

  /** Marks the option at `nowUs` and requotes it. Inside `engine.run`. */
  requote(forward: number, index: number, surface: SurfaceState, nowUs: number): void {
    if (this.market.state !== 'open' || this.market.deserted) return;
    const { instrument, expiryMs } = this.market.product;
    const strike = instrument.strike ?? forward;
    const years = yearsTo(expiryMs, nowUs);
    const volatility = volatilityAt(surface, forward, strike, years);
    const value = optionValue(instrument.optionType ?? 'call', forward, strike, years, volatility);
    const { mark } = this.market;
    mark.price = Math.max(value.price, 1e-6);
    mark.index = index;
    mark.underlying = forward;
    mark.markIv = volatility * 100;
    mark.greeks = {
      deltaFloat: value.delta,
      gammaFloat: value.gamma,
      vegaFloat: value.vega,
      thetaFloat: value.theta,
      rhoFloat: value.rho,
    };
    this.#engine.touchTicker(this.market);
    const half = Math.max(
      (value.vega * halfSpreadVolatility) / forward,
      mark.price * halfSpreadOfMark,
    );
    const bid = optionTicks(instrument, mark.price - half, 'down');
    const ask = Math.max(
      optionTicks(instrument, mark.price + half, 'up'),
      bid + stepTicksAt(instrument, bid + 1),
    );
    this.#quote('buy', bid);
    this.#quote('sell', ask);
  }

  #quote(side: Side, touch: number): void {
    const wanted = this.#ladder(side, touch);
    for (const [ticks, order] of this.#resting[side]) {
      if (order.state === 'open' && wanted.includes(ticks)) continue;
      if (order.state === 'open') cancel(this.#engine, order);
      this.#resting[side].delete(ticks);
    }
    for (const ticks of wanted) this.#ensure(side, ticks);
  }

  #ladder(side: Side, touch: number): number[] {
    const { instrument } = this.market.product;
    const ladder: number[] = [];
    let ticks = touch;
    for (let level = 0; level < levelsEachSide && ticks > 0; level += 1) {
      ladder.push(ticks);
      const next =
        side === 'buy'
          ? ticks - stepTicksAt(instrument, ticks)
          : ticks + stepTicksAt(instrument, ticks + 1);
      ticks = next - (next % stepTicksAt(instrument, next));
    }
    return ladder;
  }

  #ensure(side: Side, ticks: number): void {
    const standing = this.#resting[side].get(ticks);
    if (standing?.state === 'open') {
      if (this.#random.next() < 0.2)
        edit(this.#engine, standing, { lots: standing.filledLots + this.#lots() });
      return;
    }
    const order = place(
      this.#engine,
      this.#account,
      this.market,
      makerTerms(side, ticks, this.#lots()),
    );
    if (order.state === 'open') this.#resting[side].set(ticks, order);
  }

  #lots(): number {
    const { instrument, currency } = this.market.product;
    const coins = (typicalSize[currency] ?? 10) * (0.5 + this.#random.next());
    return Math.max(1, Math.round(coins * instrument.amount.perUnit));
  }
}
