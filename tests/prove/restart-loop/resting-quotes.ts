/**
 * Preloaded into some daemons of the restart loop: a strategy that rests post-only orders beside
 * the market, so that kills also fall on acknowledged orders and, when the sweep takes stale ones
 * back, on cancels. The shipped strategies only send orders that end at once.
 */
import { z } from 'zod';
import { limitOrder, wholeLots } from '../../../actors/strategy/builtin/intents.ts';
import type { Strategy, StrategyKind, StrategyView } from '../../../actors/strategy/contract.ts';
import { strategyKinds } from '../../../actors/strategy/index.ts';
import type { StrategyDecision } from '../../../streams/facts/decision.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';

const parameters = z.strictObject({
  instrument: z.string(),
  order_amount: z.number().positive(),
  cooldown_ms: z.number().nonnegative(),
});
type Parameters = z.infer<typeof parameters>;

class RestingQuotes implements Strategy {
  readonly #parameters: Parameters;
  #lastUs = 0;
  #turn = 0;

  constructor(given: Parameters) {
    this.#parameters = given;
  }

  wants(event: MarketEvent): boolean {
    return event.instrument.name === this.#parameters.instrument && event.type === 'book';
  }

  decide(view: StrategyView): StrategyDecision | undefined {
    const { instrument, cooldown_ms, order_amount } = this.#parameters;
    const book = view.market.get(instrument)?.book;
    if (book === undefined || !book.valid || book.depth('bids') === 0) return undefined;
    if (view.nowUs - this.#lastUs < cooldown_ms * 1_000) return undefined;
    this.#lastUs = view.nowUs;
    this.#turn += 1;
    const side = this.#turn % 2 === 0 ? 'buy' : 'sell';
    const touch = book.ticksAt(side === 'buy' ? 'bids' : 'asks', 0);
    const away = side === 'buy' ? -(this.#turn % 5) : this.#turn % 5;
    const lots = wholeLots(book.instrument.amount, order_amount);
    return {
      scope: instrument,
      action: 'ENTER',
      reasons: ['quote'],
      signal: {},
      intents: [
        {
          ...limitOrder(book.instrument, side, lots, touch + away),
          class: 'OPEN',
          reduce_only: false,
          time_in_force: 'good_til_cancelled',
          post_only: true,
          edge: { gross_usd: 1, fee_usd: 0, slippage_usd: 0 },
          reason_codes: ['quote'],
        },
      ],
    };
  }
}

const restingQuotes: StrategyKind<Parameters> = {
  name: 'resting-quotes',
  version: '1',
  parameters,
  about: 'Rests post-only orders for tests.',
  selects: (given) => [given.instrument],
  create: (given) => new RestingQuotes(given),
};

(strategyKinds as Map<string, StrategyKind>).set(restingQuotes.name, restingQuotes as StrategyKind);
