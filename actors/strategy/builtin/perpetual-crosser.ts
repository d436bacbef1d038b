/**
 * A perpetual strategy that crosses the spread with IOC limits when its short-horizon signal says
 * the price is about to move further than the threshold. The signal is book imbalance plus trend
 * plus trade flow, in basis points of the mid. It leaves when the signal turns or after a time.
 *
 * A demonstration of the contract, not a claim of profit: fees are the gates' business.
 */
import { z } from 'zod';
import type { StrategyDecision } from '../../../streams/facts/decision.ts';
import type { BookSideName, BookView, MarketEvent } from '../../../streams/facts/market.ts';
import { usPerSecond } from '../../../streams/facts/time.ts';
import type { Strategy, StrategyKind, StrategyView } from '../contract.ts';
import { limitOrder, notionalUsdFloat, wholeLots } from './intents.ts';
import { TimedMean } from './timed-mean.ts';

export const perpetualCrosserParameters = z.strictObject({
  instrument: z.string(),
  /** Amount of one order, in the instrument's unit (USD for an inverse perpetual). */
  order_amount: z.number().positive(),
  /** Largest position it builds, same unit. */
  position_amount_max: z.number().positive(),
  /** Expected move that makes it enter, basis points. */
  enter_bps: z.number().positive(),
  /** Opposite expected move that makes it leave, basis points. */
  exit_bps: z.number().nonnegative(),
  hold_s_max: z.number().positive(),
  /** Rest between two decisions. */
  cooldown_ms: z.number().nonnegative(),
  /** Expected move of a fully one-sided book, basis points. */
  imbalance_gain_bps: z.number(),
  trend_gain: z.number(),
  flow_gain_bps: z.number(),
});
export type PerpetualCrosserParameters = z.infer<typeof perpetualCrosserParameters>;

const depthLevels = 5;

function topLots(book: BookView, side: BookSideName): number {
  let lots = 0;
  const depth = Math.min(depthLevels, book.depth(side));
  for (let level = 0; level < depth; level++) lots += book.lotsAt(side, level);
  return lots;
}

class PerpetualCrosser implements Strategy {
  readonly #parameters: PerpetualCrosserParameters;
  readonly #fast = new TimedMean(1 * usPerSecond);
  readonly #slow = new TimedMean(8 * usPerSecond);
  readonly #flow = new TimedMean(2 * usPerSecond);
  readonly #volume = new TimedMean(30 * usPerSecond);
  #lastDecisionUs = Number.NEGATIVE_INFINITY;
  #enteredUs = 0;

  constructor(parameters: PerpetualCrosserParameters) {
    this.#parameters = parameters;
  }

  wants(event: MarketEvent): boolean {
    return event.instrument.name === this.#parameters.instrument && event.type !== 'ticker';
  }

  decide(view: StrategyView, event: MarketEvent): StrategyDecision | undefined {
    if (event.type === 'trade') {
      this.#flow.add(event.side === 'buy' ? event.lots : -event.lots, event.tsUs);
      this.#volume.add(event.lots, event.tsUs);
      return undefined;
    }
    const book = view.market.get(this.#parameters.instrument)?.book;
    if (book === undefined || !book.valid) return undefined;
    if (book.depth('bids') === 0 || book.depth('asks') === 0) return undefined;
    const expectedBps = this.#expectedMoveBps(book, view.nowUs);
    if (view.nowUs - this.#lastDecisionUs < this.#parameters.cooldown_ms * 1_000) return undefined;
    if (view.standing.workingLots(this.#parameters.instrument) > 0) return undefined;
    const decision = this.#act(book, view, expectedBps);
    if (decision !== undefined) this.#lastDecisionUs = view.nowUs;
    return decision;
  }

  #expectedMoveBps(book: BookView, nowUs: number): number {
    const { imbalance_gain_bps, trend_gain, flow_gain_bps } = this.#parameters;
    const mid = (book.ticksAt('bids', 0) + book.ticksAt('asks', 0)) / 2;
    this.#fast.update(mid, nowUs);
    this.#slow.update(mid, nowUs);
    const bids = topLots(book, 'bids');
    const asks = topLots(book, 'asks');
    const imbalance = (bids - asks) / (bids + asks);
    const trendBps = ((this.#fast.value - this.#slow.value) / this.#slow.value) * 10_000;
    const flow = this.#flow.value / Math.max(1, this.#volume.value);
    const flowBps = Number.isFinite(flow) ? flow_gain_bps * flow : 0;
    return imbalance_gain_bps * imbalance + trend_gain * trendBps + flowBps;
  }

  #act(book: BookView, view: StrategyView, expectedBps: number): StrategyDecision | undefined {
    const p = this.#parameters;
    const position = view.standing.positionLots(p.instrument);
    const held = position !== 0;
    const expired = held && view.nowUs - this.#enteredUs > p.hold_s_max * usPerSecond;
    const turned = held && Math.sign(position) * expectedBps <= -p.exit_bps;
    if (held && (expired || turned)) {
      const reason = expired ? 'held_long_enough' : 'signal_turned';
      return this.#exit(book, position, expectedBps, reason);
    }
    if (Math.abs(expectedBps) < p.enter_bps) return undefined;
    if (held && Math.sign(position) !== Math.sign(expectedBps)) return undefined;
    const lots = wholeLots(book.instrument.amount, p.order_amount);
    const lotsMax = wholeLots(book.instrument.amount, p.position_amount_max);
    if (Math.abs(position) + lots > lotsMax) return undefined;
    if (!held) this.#enteredUs = view.nowUs;
    return this.#enter(book, lots, expectedBps);
  }

  #enter(book: BookView, lots: number, expectedBps: number): StrategyDecision {
    const buys = expectedBps > 0;
    const touch = book.ticksAt(buys ? 'asks' : 'bids', 0);
    const notional = notionalUsdFloat(book.instrument, lots, touch);
    const feeUsd = notional * Number(book.instrument.row.taker_fee_rate);
    return {
      scope: book.instrument.name,
      action: 'ENTER',
      reasons: ['expected_move_above_threshold'],
      signal: { expected_bps: expectedBps },
      intents: [
        {
          ...limitOrder(book.instrument, buys ? 'buy' : 'sell', lots, touch),
          class: 'OPEN',
          reduce_only: false,
          edge: {
            gross_usd: (Math.abs(expectedBps) / 10_000) * notional,
            fee_usd: feeUsd,
            slippage_usd: 0,
          },
          reason_codes: ['expected_move_above_threshold'],
        },
      ],
    };
  }

  #exit(book: BookView, position: number, expectedBps: number, reason: string): StrategyDecision {
    const sells = position > 0;
    const touch = book.ticksAt(sells ? 'bids' : 'asks', 0);
    return {
      scope: book.instrument.name,
      action: 'EXIT',
      reasons: [reason],
      signal: { expected_bps: expectedBps },
      intents: [
        {
          ...limitOrder(book.instrument, sells ? 'sell' : 'buy', Math.abs(position), touch),
          class: 'CLOSE',
          reduce_only: true,
          reason_codes: [reason],
        },
      ],
    };
  }
}

export const perpetualCrosser: StrategyKind<PerpetualCrosserParameters> = {
  name: 'perpetual-crosser',
  version: '1',
  parameters: perpetualCrosserParameters,
  about: 'Crosses a perpetual with IOC limits on a short-horizon edge signal.',
  selects: (parameters) => [parameters.instrument],
  create: (parameters) => new PerpetualCrosser(parameters),
};
