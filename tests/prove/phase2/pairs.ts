/**
 * Preloaded into daemons on trial: a strategy that opens an atomic pair of legs, holds it, and
 * closes it, again and again, so that a group is always near; and one that throws at every event.
 * The shipped strategies wait for a market that suits them.
 */
import { z } from 'zod';
import { limitOrder, wholeLots } from '../../../actors/strategy/builtin/intents.ts';
import type { Strategy, StrategyKind, StrategyView } from '../../../actors/strategy/contract.ts';
import { strategyKinds } from '../../../actors/strategy/index.ts';
import type { StrategyDecision } from '../../../streams/facts/decision.ts';
import type { InstrumentView, MarketEvent, Side } from '../../../streams/facts/market.ts';

const pairParameters = z.strictObject({
  /** Bought and sold against each other. */
  buys: z.string(),
  sells: z.string(),
  order_amount: z.number().positive(),
  hold_ms: z.number().nonnegative(),
  cooldown_ms: z.number().nonnegative(),
});
type PairParameters = z.infer<typeof pairParameters>;

/** Far enough through the touch to fill whatever moved meanwhile. */
const crossSteps = 20;

class Pairs implements Strategy {
  readonly #parameters: PairParameters;
  #lastUs = 0;

  constructor(parameters: PairParameters) {
    this.#parameters = parameters;
  }

  wants(event: MarketEvent): boolean {
    return event.instrument.name === this.#parameters.buys && event.type === 'book';
  }

  decide(view: StrategyView): StrategyDecision | undefined {
    const { buys, sells, hold_ms, cooldown_ms } = this.#parameters;
    const first = view.market.get(buys);
    const second = view.market.get(sells);
    if (first?.book.valid !== true || second?.book.valid !== true) return undefined;
    const { standing, nowUs } = view;
    if (standing.workingLots(buys) + standing.workingLots(sells) > 0) return undefined;
    const held = [standing.positionLots(buys), standing.positionLots(sells)];
    const isFlat = held.every((lots) => lots === 0);
    if (nowUs - this.#lastUs < (isFlat ? cooldown_ms : hold_ms) * 1_000) return undefined;
    this.#lastUs = nowUs;
    if (isFlat) return this.#open(first, second);
    return this.#close([first, second], held);
  }

  #open(first: InstrumentView, second: InstrumentView): StrategyDecision {
    const lots = ({ instrument }: InstrumentView): number =>
      wholeLots(instrument.amount, this.#parameters.order_amount);
    const leg = (seen: InstrumentView, side: Side, leg_idx: number) => ({
      ...crossing(seen, side, lots(seen)),
      class: 'OPEN',
      reduce_only: false,
      leg_idx,
      edge: { gross_usd: 2, fee_usd: 1, slippage_usd: 0 },
    });
    const intents = [leg(first, 'buy', 0), leg(second, 'sell', 1)];
    return { scope: 'pair', action: 'ENTER', reasons: ['pair'], signal: {}, intents };
  }

  #close(seen: readonly InstrumentView[], held: readonly number[]): StrategyDecision {
    const intents = seen.flatMap((instrument, leg_idx) => {
      const lots = held[leg_idx] ?? 0;
      if (lots === 0) return [];
      const order = crossing(instrument, lots > 0 ? 'sell' : 'buy', Math.abs(lots));
      return [{ ...order, class: 'CLOSE', reduce_only: true, leg_idx }];
    });
    return { scope: 'pair', action: 'EXIT', reasons: ['pair'], signal: {}, intents };
  }
}

function crossing({ instrument, book }: InstrumentView, side: Side, lots: number) {
  const touch = book.ticksAt(side === 'buy' ? 'asks' : 'bids', 0);
  const through = side === 'buy' ? crossSteps : -crossSteps;
  return limitOrder(instrument, side, lots, touch + through);
}

const pairs: StrategyKind<PairParameters> = {
  name: 'pairs',
  version: '1',
  parameters: pairParameters,
  about: 'Opens and closes an atomic pair of legs for trials.',
  selects: ({ buys, sells }) => [buys, sells],
  create: (parameters) => new Pairs(parameters),
};

const throwerParameters = z.strictObject({ instrument: z.string() });

const thrower: StrategyKind<z.infer<typeof throwerParameters>> = {
  name: 'thrower',
  version: '1',
  parameters: throwerParameters,
  about: 'Throws at every event, for trials.',
  selects: ({ instrument }) => [instrument],
  create: () => ({
    wants: () => true,
    decide: () => {
      throw new Error('a strategy that always throws');
    },
  }),
};

for (const kind of [pairs, thrower]) {
  (strategyKinds as Map<string, StrategyKind>).set(kind.name, kind as StrategyKind);
}
