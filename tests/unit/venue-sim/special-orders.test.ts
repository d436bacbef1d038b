/** Orders that are more than a limit: hidden parts, prices in another unit, protection. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  advancedTicks,
  cancel,
  configureMmp,
  edit,
  type MmpConfig,
  type Order,
  VenueError,
} from '../../../streams/venues/simulated/index.ts';
import { limitTerms, send, simBench, totals } from '../../fixtures/venue-sim/engines.ts';
import { labels, shown, trade } from '../../fixtures/venue-sim/linked.ts';

const special = suite('special orders');

special('an iceberg shows a part, loses its turn with each new part, and trades whole', () => {
  const bench = simBench();
  const { alice, maker, perpetual } = bench;
  const iceberg = send(
    bench,
    alice,
    perpetual,
    limitTerms('sell', 160_000, 250, { displayLots: 100 }),
  );
  const behind = send(bench, maker, perpetual, limitTerms('sell', 160_000, 50));
  const bob = bench.engine.openAccount('bob', false);
  bench.engine.deposit(bob, 'BTC', 10);
  const take = (lots: number): void => {
    send(bench, bob, perpetual, limitTerms('buy', 160_000, lots));
  };
  assert.is(shown(bench, 'sell', 160_000), 150);
  take(100);
  assert.equal([iceberg.filledLots, behind.filledLots], [100, 0]);
  assert.is(shown(bench, 'sell', 160_000), 150, 'the next part is shown');
  take(50);
  assert.equal([iceberg.filledLots, behind.filledLots], [100, 50], 'the next part stands last');
  take(120);
  assert.equal([iceberg.filledLots, shown(bench, 'sell', 160_000)], [220, 30]);
  take(30);
  assert.equal([iceberg.state, shown(bench, 'sell', 160_000)], ['filled', 0]);
  assert.equal(totals(bench.engine), { lots: 0, money: 0 });
});

special('a fill-or-kill reaches what icebergs hide', () => {
  const bench = simBench();
  send(bench, bench.alice, bench.perpetual, limitTerms('sell', 160_000, 250, { displayLots: 100 }));
  const whole = limitTerms('buy', 160_000, 250, { timeInForce: 'fill_or_kill' });
  const tooMuch = send(bench, bench.maker, bench.perpetual, { ...whole, lots: 251 });
  assert.equal([tooMuch.state, tooMuch.filledLots], ['cancelled', 0]);
  assert.is(send(bench, bench.maker, bench.perpetual, whole).state, 'filled');
});

special('an iceberg that shrinks gives up what it hides first', () => {
  const bench = simBench();
  const { engine, alice, perpetual } = bench;
  const iceberg = send(
    bench,
    alice,
    perpetual,
    limitTerms('sell', 160_000, 250, { displayLots: 100 }),
  );
  engine.run(engine.nowUs + 1, () => edit(engine, iceberg, { lots: 120 }));
  assert.is(shown(bench, 'sell', 160_000), 100);
  engine.run(engine.nowUs + 1, () => edit(engine, iceberg, { lots: 40 }));
  assert.is(shown(bench, 'sell', 160_000), 40);
  engine.run(engine.nowUs + 1, () => cancel(engine, iceberg));
  assert.is(shown(bench, 'sell', 160_000), 0);
});

special('an order in USD follows the index, one in volatility the underlying', () => {
  const bench = simBench();
  const { engine, alice, option } = bench;
  const usd = { unit: 'usd', value: 4_000, moved: false } as const;
  const ticks = advancedTicks(option, 'buy', usd, engine.nowUs);
  assert.is(ticks, 500, '4,000 USD at 80,000 are 0.05 coins');
  const order = send(bench, alice, option, { ...limitTerms('buy', ticks, 10), advanced: usd });
  const implied = { unit: 'implv', value: 40, moved: false } as const;
  const high = { ...implied, value: 60 };
  assert.ok(
    advancedTicks(option, 'buy', high, engine.nowUs) >
      advancedTicks(option, 'buy', implied, engine.nowUs),
  );
  engine.run(engine.nowUs + 1_000_000, () => {
    option.mark.index = 100_000;
  });
  assert.equal([order.priceTicks, order.advanced?.moved, order.replaced], [400, true, true]);
  engine.run(engine.nowUs + 1_000, () => {
    option.mark.index = 80_000;
  });
  assert.is(order.priceTicks, 400, 'at most once a second');
});

const limits: MmpConfig = {
  indexName: 'btc_usd',
  group: '',
  intervalS: 5,
  frozenTimeS: 10,
  maxQuoteQuantity: 100,
  quantityLimit: 0.05,
  deltaLimit: undefined,
  vegaLimit: undefined,
  tradeCountLimit: undefined,
};

special('protection trips above its limit within its window, and thaws', () => {
  const bench = simBench();
  const { engine, alice, perpetual } = bench;
  engine.run(1, () => configureMmp(engine, alice, limits));
  const quote = (ticks: number): Order =>
    send(
      bench,
      alice,
      perpetual,
      limitTerms('buy', ticks, 400, { mmp: true, label: String(ticks) }),
    );
  quote(160_000);
  quote(159_990);
  // 0.05 coins are 4,000 USD are 400 lots: exactly the limit, which is not above it.
  trade(bench, 'sell', 160_000, 400);
  assert.equal(labels(bench), ['159990 open']);
  engine.run(engine.nowUs + 6_000_000, () => undefined);
  trade(bench, 'sell', 159_990, 200);
  assert.equal(labels(bench), ['159990 open'], 'the first fill has left the window');
  quote(159_980);
  trade(bench, 'sell', 159_980, 500);
  assert.equal(labels(bench), []);
  const last = [...alice.finishedOrders.values()].find(({ label }) => label === '159980');
  assert.equal([last?.state, last?.cancelReason], ['cancelled', 'mmp_trigger']);
  const frozen = (error: unknown): boolean => error instanceof VenueError && error.code === 11_030;
  assert.throws(() => quote(159_970), frozen);
  engine.run(engine.nowUs + 10_000_000, () => undefined);
  quote(159_970);
});

special('a protected order needs a protection group', () => {
  const bench = simBench();
  assert.throws(
    () => send(bench, bench.alice, bench.perpetual, limitTerms('buy', 160_000, 10, { mmp: true })),
    (error: unknown) => error instanceof VenueError && error.code === 13_040,
  );
});

special.run();
