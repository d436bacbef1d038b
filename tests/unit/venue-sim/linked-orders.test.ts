/** Orders that act on each other: pairs of which one cancels the other, orders that trigger others. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  cancel,
  dumpEngine,
  type LinkedGroup,
  type LinkKind,
  type Order,
  type OrderTerms,
  placeLinked,
  restoreEngine,
  VenueError,
} from '../../../streams/venues/simulated/index.ts';
import {
  type Bench,
  limitTerms,
  send,
  simBench,
  totals,
} from '../../fixtures/venue-sim/engines.ts';
import { labels, shown, trade } from '../../fixtures/venue-sim/linked.ts';

const links = suite('linked orders');

function group(
  kind: LinkKind,
  condition: LinkedGroup['condition'],
  terms: OrderTerms[],
): LinkedGroup {
  return { kind, condition, secondaries: terms.map((each) => ({ terms: each })) };
}

function sendLinked(bench: Bench, terms: OrderTerms, linked: LinkedGroup): Order {
  const { engine, alice, perpetual } = bench;
  return engine.run(engine.nowUs + 1_000, () =>
    placeLinked(engine, alice, perpetual, { terms }, linked),
  );
}

links('one cancels the other: the first fill ends the pair, before one order can take both', () => {
  const bench = simBench();
  const asked = sendLinked(
    bench,
    limitTerms('sell', 160_010, 100, { label: 'near' }),
    group('one_cancels_other', 'first_hit', [limitTerms('sell', 160_020, 100, { label: 'far' })]),
  );
  assert.equal(labels(bench), ['far open', 'near open']);
  const whole = trade(bench, 'buy', 160_030, 150);
  assert.is(whole.filledLots, 100, 'both of the pair were taken');
  assert.is(asked.state, 'filled');
  const other = [...bench.alice.finishedOrders.values()].find(({ label }) => label === 'far');
  assert.equal([other?.state, other?.cancelReason], ['cancelled', 'oco_other_closed']);
});

links('a fill-or-kill counts a pair once', () => {
  const bench = simBench();
  sendLinked(
    bench,
    limitTerms('sell', 160_010, 100),
    group('one_cancels_other', 'first_hit', [limitTerms('sell', 160_020, 100)]),
  );
  const { maker, perpetual } = bench;
  const terms = limitTerms('buy', 160_030, 150, { timeInForce: 'fill_or_kill' });
  assert.is(send(bench, maker, perpetual, terms).filledLots, 0);
});

links('cancelling one of a pair ends the other; a whole-fill pair outlives a part', () => {
  const bench = simBench();
  const asked = sendLinked(
    bench,
    limitTerms('sell', 160_010, 100, { label: 'near' }),
    group('one_cancels_other', 'complete_fill', [
      limitTerms('sell', 160_020, 100, { label: 'far' }),
    ]),
  );
  trade(bench, 'buy', 160_010, 40);
  assert.equal(labels(bench), ['far open', 'near open']);
  bench.engine.run(bench.engine.nowUs + 1, () => cancel(bench.engine, asked));
  assert.equal(labels(bench), []);
});

links('a pair that shrinks bit by bit keeps together what is left', () => {
  const bench = simBench();
  sendLinked(
    bench,
    limitTerms('sell', 160_010, 100, { label: 'near' }),
    group('one_cancels_other', 'incremental', [limitTerms('sell', 160_020, 200, { label: 'far' })]),
  );
  trade(bench, 'buy', 160_010, 40);
  const far = [...bench.alice.openOrders.values()].find(({ label }) => label === 'far');
  assert.is(far?.lots, 120);
  trade(bench, 'buy', 160_010, 60);
  assert.equal(labels(bench), []);
});

links('one triggers the other: at the first fill, at the whole, or bit by bit', () => {
  const cases = [
    ['first_hit', 40, ['exit open', 'primary open'], 100],
    ['complete_fill', 40, ['exit untriggered', 'primary open'], 0],
    ['complete_fill', 100, ['exit open'], 100],
    ['incremental', 40, ['exit open', 'exit untriggered', 'primary open'], 40],
    ['incremental', 100, ['exit open'], 100],
  ] as const;
  for (const [condition, filled, expected, lots] of cases) {
    const bench = simBench();
    sendLinked(
      bench,
      limitTerms('buy', 160_000, 100, { label: 'primary' }),
      group('one_triggers_other', condition, [limitTerms('sell', 160_500, 100, { label: 'exit' })]),
    );
    assert.equal(labels(bench), ['exit untriggered', 'primary open']);
    trade(bench, 'sell', 160_000, filled);
    assert.equal(labels(bench), expected, condition);
    assert.is(shown(bench, 'sell', 160_500), lots, condition);
  }
});

links('when the primary order ends unfilled, what waits for it ends too', () => {
  const bench = simBench();
  const { engine } = bench;
  const primary = sendLinked(
    bench,
    limitTerms('buy', 160_000, 100, { label: 'primary' }),
    group('one_triggers_one_cancels_other', 'first_hit', [
      limitTerms('sell', 160_500, 100, { label: 'take' }),
      limitTerms('sell', 160_600, 100, { label: 'other' }),
    ]),
  );
  assert.is(labels(bench).length, 3);
  engine.run(engine.nowUs + 1, () => cancel(engine, primary));
  const reasons = [...bench.alice.finishedOrders.values()].map(({ cancelReason }) => cancelReason);
  assert.equal(reasons, ['user_request', 'oto_primary_closed', 'oto_primary_closed']);
});

links('a triggered pair: a stop that fires ends the profit order', () => {
  const bench = simBench();
  const { engine, alice, maker, perpetual } = bench;
  send(bench, maker, perpetual, limitTerms('buy', 159_000, 500));
  engine.run(engine.nowUs + 1, () =>
    placeLinked(
      engine,
      alice,
      perpetual,
      { terms: limitTerms('buy', 160_000, 100) },
      {
        kind: 'one_triggers_one_cancels_other',
        condition: 'first_hit',
        secondaries: [
          { terms: limitTerms('sell', 161_000, 100, { label: 'profit', reduceOnly: true }) },
          {
            terms: limitTerms('sell', 0, 100, { label: 'stop', type: 'market', reduceOnly: true }),
            trigger: { kind: 'stop', by: 'mark_price', price: 79_600 },
          },
        ],
      },
    ),
  );
  trade(bench, 'sell', 160_000, 100);
  assert.equal(labels(bench), ['profit open', 'stop untriggered']);
  engine.run(engine.nowUs + 1, () => {
    perpetual.mark.price = 79_500;
  });
  assert.equal(labels(bench), []);
  assert.is(alice.positions.get(perpetual.product.index)?.lots, 0);
  assert.equal(totals(engine), { lots: 0, money: 0 });
});

links('a refused secondary leaves nothing of a pair behind', () => {
  const bench = simBench();
  const late = { ...limitTerms('sell', 160_020, 100), validUntilMs: 0 };
  assert.throws(
    () =>
      sendLinked(
        bench,
        limitTerms('sell', 160_010, 100),
        group('one_cancels_other', 'first_hit', [late]),
      ),
    (error: unknown) => error instanceof VenueError && error.code === 13_888,
  );
  assert.equal([labels(bench), bench.alice.finishedOrders.size], [[], 0]);
});

links('a restart keeps the bracket, what an iceberg hides, and the log of cash', () => {
  const bench = simBench();
  const { engine, alice, perpetual } = bench;
  engine.run(engine.nowUs + 1, () =>
    placeLinked(
      engine,
      alice,
      perpetual,
      { terms: limitTerms('buy', 160_000, 100, { label: 'primary' }) },
      {
        kind: 'one_triggers_other',
        condition: 'first_hit',
        secondaries: [
          {
            terms: limitTerms('sell', 0, 100, { label: 'stop', type: 'market' }),
            trigger: { kind: 'stop', by: 'mark_price', price: 79_600 },
          },
        ],
      },
    ),
  );
  send(
    bench,
    alice,
    perpetual,
    limitTerms('sell', 161_000, 300, { label: 'ice', displayLots: 100 }),
  );
  const saved: unknown = JSON.parse(JSON.stringify(dumpEngine(engine)));
  const next = simBench();
  restoreEngine(next.engine, saved);
  assert.equal(labels(next), ['ice open', 'primary open', 'stop untriggered']);
  assert.is(shown(next, 'sell', 161_000), 100);
  assert.equal(next.alice.ledger, alice.ledger);
  next.engine.run(next.engine.nowUs + 1, () => {
    next.perpetual.mark.price = 79_000;
  });
  assert.equal(
    labels(next),
    ['ice open', 'primary open', 'stop untriggered'],
    'it waits for its primary',
  );
  trade(next, 'sell', 160_000, 100);
  assert.not(labels(next).includes('stop untriggered'));
});

links.run();
