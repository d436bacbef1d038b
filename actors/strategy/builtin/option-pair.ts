/**
 * Trades two options as a group (a vertical spread or a strangle of one expiry, a diagonal of two),
 * holds them for a time, closes them, and keeps the delta of what it holds near zero through the
 * perpetual. Every leg is an IOC limit at the touch.
 *
 * A demonstration of groups and hedges, not a claim of profit.
 */
import { z } from 'zod';
import { gridFloat } from '../../../streams/facts/decimal.ts';
import type { StrategyDecision } from '../../../streams/facts/decision.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import type { InstrumentView, MarketEvent } from '../../../streams/facts/market.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import type { Strategy, StrategyKind, StrategyView } from '../contract.ts';
import { deltaHedge } from './delta-hedge.ts';
import { limitOrder, wholeLots } from './intents.ts';
import { selectPair, selectPool } from './option-selection.ts';

export const optionPairParameters = z.strictObject({
  base_currency: z.string(),
  /** `any`: the tightest pair within an expiry, else a diagonal across expiries. */
  style: z.enum(['vertical', 'strangle', 'diagonal', 'any']),
  /** Amount of each leg, in coin. */
  leg_amount: z.number().positive(),
  /** How long a pair is held before it is closed. */
  hold_s: z.number().positive(),
  /** Rest after a decision, before the next one. */
  cooldown_s: z.number().nonnegative(),
  /** The touch must offer at least this many times the leg's amount. */
  depth_factor: z.number().min(1),
  /** Widest acceptable spread of a leg, as a fraction of its mark. */
  spread_fraction_max: z.number().positive(),
  /** Oldest book of a leg that is believed, venue time: quiet options are quoted rarely. */
  book_age_s_max: z.number().positive().default(60),
  /** A touch further from the mark is not entered: the price collar would not let it be left. */
  touch_from_mark_ticks_max: z.number().positive().default(20),
  /** The pool: this many strikes nearest the money, of the nearest expiries. */
  pool_strikes: z.int().min(2).max(40),
  pool_expiries: z.int().min(1).max(10),
  /** Nearest expiry it may open, seconds ahead. */
  expiry_s_min: z.number().nonnegative(),
  /** Perpetual used for the delta hedge; null trades unhedged. */
  hedge_instrument: z.string().nullable(),
  /** Net delta, in coin, above which it hedges. */
  hedge_delta_min: z.number().positive(),
  /** What each leg is taken to be worth beyond its price, USD: an assumption, nothing measured. */
  assumed_edge_usd: z.number().default(2),
});
export type OptionPairParameters = z.infer<typeof optionPairParameters>;

/** Choosing among a whole chain is not done on every tick. */
const scanIntervalUs = 250_000;

class OptionPairStrategy implements Strategy {
  readonly #parameters: OptionPairParameters;
  /** When the position now held was first seen; undefined while flat. */
  #heldSinceUs: number | undefined;
  #nextDecisionUs = Number.NEGATIVE_INFINITY;

  constructor(parameters: OptionPairParameters) {
    this.#parameters = parameters;
  }

  /** Option tickers pace it (about one a second each); book frames of options wake it as well. */
  wants(event: MarketEvent): boolean {
    const { base_currency } = event.instrument.row;
    return (
      event.instrument.kind === 'option' &&
      event.type !== 'trade' &&
      base_currency === this.#parameters.base_currency
    );
  }

  decide(view: StrategyView, event: MarketEvent): StrategyDecision | undefined {
    if (view.nowUs < this.#nextDecisionUs) return undefined;
    this.#nextDecisionUs = view.nowUs + scanIntervalUs;
    const legs = this.#ownLegs(view);
    if (this.#busy(view, legs)) return undefined;
    const held = legs.filter(({ instrument }) => view.standing.positionLots(instrument.name) !== 0);
    this.#heldSinceUs = held.length === 0 ? undefined : (this.#heldSinceUs ?? view.nowUs);
    const decision = this.#hedge(view) ?? this.#close(view, held) ?? this.#open(view, held, event);
    if (decision !== undefined) {
      this.#nextDecisionUs = view.nowUs + this.#parameters.cooldown_s * usPerSecond;
    }
    return decision;
  }

  #ownLegs(view: StrategyView): InstrumentView[] {
    return [...view.market.instruments].filter(
      ({ instrument }) =>
        instrument.kind === 'option' &&
        instrument.row.base_currency === this.#parameters.base_currency,
    );
  }

  /** Nothing is decided while an earlier step is under way: open → confirm → hedge. */
  #busy({ standing }: StrategyView, legs: readonly InstrumentView[]): boolean {
    const { hedge_instrument } = this.#parameters;
    if (legs.some(({ instrument }) => standing.workingLots(instrument.name) > 0)) return true;
    return hedge_instrument !== null && standing.workingLots(hedge_instrument) > 0;
  }

  #hedge(view: StrategyView): StrategyDecision | undefined {
    const { hedge_instrument, hedge_delta_min, base_currency } = this.#parameters;
    if (hedge_instrument === null) return undefined;
    return deltaHedge(view, base_currency, hedge_instrument, hedge_delta_min);
  }

  /** Whatever options are held are closed in time: also those an earlier run left behind. */
  #close(view: StrategyView, held: readonly InstrumentView[]): StrategyDecision | undefined {
    if (this.#heldSinceUs === undefined) return undefined;
    if (view.nowUs - this.#heldSinceUs < this.#parameters.hold_s * usPerSecond) return undefined;
    const intents = held.flatMap((leg, legIdx) => closeLeg(view, leg, legIdx));
    if (intents.length === 0) return undefined;
    return {
      scope: `close.${this.#parameters.base_currency}`,
      action: 'EXIT',
      intents,
      reasons: ['held_long_enough'],
      signal: { legs: intents.length },
    };
  }

  #open(
    view: StrategyView,
    held: readonly InstrumentView[],
    event: MarketEvent,
  ): StrategyDecision | undefined {
    if (held.length > 0) return undefined;
    const pair = selectPair(view, this.#parameters, event.tsUs);
    if (pair === undefined) return undefined;
    const intents = pair.legs.map(({ view: leg, side, ticks }, legIdx) => {
      const lots = wholeLots(leg.instrument.amount, this.#parameters.leg_amount);
      return {
        ...limitOrder(leg.instrument, side, lots, ticks),
        class: 'OPEN',
        reduce_only: false,
        leg_idx: legIdx,
        edge: {
          gross_usd: this.#parameters.assumed_edge_usd,
          fee_usd: takerFeeUsdFloat(leg, lots),
          slippage_usd: 0,
        },
        reason_codes: ['pair_selected'],
      };
    });
    return {
      scope: pair.scope,
      action: 'ENTER',
      intents,
      reasons: [`${pair.style}_selected`],
      signal: { spread_fraction: pair.spreadFraction },
    };
  }
}

/** Option fees are a rate of the underlying. Unknown index: the fee is unknown, and so is the edge. */
function takerFeeUsdFloat({ instrument, ticker }: InstrumentView, lots: number): number {
  const rate = Number(instrument.row.taker_fee_rate);
  return gridFloat(instrument.amount, lots) * rate * (ticker?.indexFloat ?? Number.NaN);
}

function closeLeg(view: StrategyView, leg: InstrumentView, legIdx: number): ProposedIntent[] {
  const { book, instrument } = leg;
  const lots = view.standing.positionLots(instrument.name);
  const touch = lots > 0 ? 'bids' : 'asks';
  if (!book.valid || book.depth(touch) === 0) return [];
  const side = lots > 0 ? 'sell' : 'buy';
  return [
    {
      ...limitOrder(instrument, side, Math.abs(lots), book.ticksAt(touch, 0)),
      class: 'CLOSE',
      reduce_only: true,
      leg_idx: legIdx,
      reason_codes: ['held_long_enough'],
    },
  ];
}

export const optionPair: StrategyKind<OptionPairParameters> = {
  name: 'option-pair',
  version: '1',
  parameters: optionPairParameters,
  about: 'Trades a two-leg options group and hedges its delta with the perpetual.',
  selects: (parameters, instruments: Iterable<InstrumentView>) =>
    selectPool(parameters, instruments),
  create: (parameters) => new OptionPairStrategy(parameters),
};
