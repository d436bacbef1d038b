/** What the venue does by itself: settlement, expiry, funding, margin calls; and that no money is made or lost. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  dumpEngine,
  Lifecycle,
  nextSettlementUs,
  restoreEngine,
  seededRandom,
  settlementWindowUs,
  VenueEngine,
  VenueError,
  walletOf,
} from '../../../streams/venues/simulated/index.ts';
import {
  type Bench,
  limitTerms,
  send,
  simBench,
  simProducts,
  simStartUs,
  totals,
} from '../../fixtures/venue-sim/engines.ts';

const life = suite('venue lifecycle');
const hourUs = 3_600_000_000;

/** Runs the chores up to and including `untilUs`. */
function runUntil(lifecycle: Lifecycle, untilUs: number): void {
  while (lifecycle.nextUs() <= untilUs) lifecycle.step();
}

function codeOf(act: () => unknown): number | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof VenueError) return error.code;
    throw error;
  }
  return undefined;
}

/** Alice long 1,000 USD of the perpetual and short or long some options. */
function traded(bench: Bench, options: number): void {
  const { perpetual, option, alice, maker } = bench;
  send(bench, maker, perpetual, limitTerms('sell', 160_000, 100));
  send(bench, alice, perpetual, limitTerms('buy', 160_000, 100));
  const lots = Math.abs(options);
  const [give, take] = options > 0 ? (['sell', 'buy'] as const) : (['buy', 'sell'] as const);
  send(bench, maker, option, limitTerms(give, 500, lots));
  send(bench, alice, option, limitTerms(take, 500, lots));
}

life('the settlement is at 08:00 UTC, today or tomorrow', () => {
  const eight = simStartUs + 8 * hourUs;
  assert.is(nextSettlementUs(simStartUs), eight);
  assert.is(nextSettlementUs(eight), eight + 24 * hourUs);
  assert.is(nextSettlementUs(eight - 1), eight);
});

life('orders are refused with 10041 for a few seconds and day orders are cancelled', () => {
  const bench = simBench();
  const { engine, perpetual, alice } = bench;
  const lifecycle = new Lifecycle(engine, simStartUs, () => undefined);
  const day = send(
    bench,
    alice,
    perpetual,
    limitTerms('buy', 158_000, 10, { timeInForce: 'good_til_day' }),
  );
  const stays = send(bench, alice, perpetual, limitTerms('buy', 158_000, 10));
  const eight = nextSettlementUs(simStartUs);
  runUntil(lifecycle, eight);
  assert.equal([day.state, day.cancelReason, stays.state], ['cancelled', 'settlement', 'open']);
  assert.is(perpetual.state, 'settlement');
  const place = (): unknown => send(bench, alice, perpetual, limitTerms('buy', 158_000, 10));
  assert.is(codeOf(place), 10041);
  runUntil(lifecycle, eight + settlementWindowUs);
  assert.is(perpetual.state, 'open');
  assert.is(codeOf(place), undefined);
});

life('the day turns open profit of futures into cash and keeps the average price', () => {
  const bench = simBench();
  traded(bench, 10);
  const { engine, perpetual, alice } = bench;
  const before = totals(engine);
  const cash = walletOf(alice, 'BTC').cash;
  const lifecycle = new Lifecycle(engine, simStartUs, () => undefined);
  perpetual.mark.price = 82_000;
  runUntil(lifecycle, nextSettlementUs(simStartUs) + settlementWindowUs);
  const profit = walletOf(alice, 'BTC').cash - cash;
  const expected = 1_000 / 80_000 - 1_000 / 82_000;
  assert.ok(Math.abs(profit / 1e8 - expected) < 1e-4, String(profit));
  assert.equal(totals(engine), before);
  assert.is(engine.settlements.at(-1)?.kind, 'settlement');
});

for (const [title, held, index, worth] of [
  ['a call in the money pays its owner in coin', 10, 100_000, 0.2],
  ['a call out of the money pays nothing', 10, 79_000, 0],
  ['a short call in the money costs its writer', -10, 100_000, -0.2],
] as const) {
  life(title, () => {
    const bench = simBench();
    traded(bench, held);
    const { engine, option, alice } = bench;
    const before = totals(engine);
    const cash = walletOf(alice, 'BTC').cash;
    const lifecycle = new Lifecycle(engine, simStartUs, () => undefined);
    engine.run(simStartUs + hourUs, () => engine.setIndex('btc_usd', index));
    lifecycle.expire(simStartUs + hourUs, option);
    assert.is(walletOf(alice, 'BTC').cash - cash, Math.round(worth * 1e8));
    assert.is(option.state, 'closed');
    assert.is(alice.positions.get(option.product.index)?.lots, 0);
    assert.is(totals(engine).money, before.money);
    assert.is(
      codeOf(() => send(bench, alice, option, limitTerms('buy', 500, 1))),
      10012,
    );
  });
}

life('an open order of an expired product ends with it', () => {
  const bench = simBench();
  const { engine, option, alice } = bench;
  const order = send(bench, alice, option, limitTerms('buy', 480, 1));
  const lifecycle = new Lifecycle(engine, simStartUs, () => undefined);
  lifecycle.expire(simStartUs + hourUs, option);
  assert.equal([order.state, order.cancelReason], ['cancelled', 'settlement']);
});

life('what expired while the venue was away is delivered before anything else', () => {
  const engine = new VenueEngine({ products: simProducts(), random: seededRandom('late') });
  const option = engine.market('BTC-25DEC26-80000-C');
  option.mark.price = 0.05;
  option.mark.index = 90_000;
  const late = option.product.expiryMs * 1_000 + 5 * hourUs;
  let listed = 0;
  const lifecycle = new Lifecycle(engine, late, () => {
    listed += 1;
  });
  runUntil(lifecycle, late + settlementWindowUs);
  assert.equal([option.state, listed], ['closed', 1]);
});

life('a delivered product stays closed over a restart and settles nothing again', () => {
  const bench = simBench();
  const { engine, option } = bench;
  engine.run(simStartUs, () => engine.setIndex('btc_usd', 90_000));
  new Lifecycle(engine, simStartUs, () => undefined).expire(simStartUs, option);
  const again = simBench();
  restoreEngine(again.engine, JSON.parse(JSON.stringify(dumpEngine(engine))));
  assert.equal([again.option.state, again.option.settlementPrice], ['closed', 90_000]);
  const late = option.product.expiryMs * 1_000 + hourUs;
  again.engine.settledUs = late;
  const lifecycle = new Lifecycle(again.engine, late, () => undefined);
  runUntil(lifecycle, late + 10_000_000);
  assert.is(again.perpetual.state, 'open');
});

life('longs pay shorts when the perpetual stands above its index, to the last unit', () => {
  const bench = simBench();
  traded(bench, 1);
  const { engine, perpetual, alice } = bench;
  const before = totals(engine).money;
  const cash = walletOf(alice, 'BTC').cash;
  perpetual.mark.price = 80_400;
  const lifecycle = new Lifecycle(engine, simStartUs, () => undefined);
  runUntil(lifecycle, simStartUs + hourUs);
  const paid = (cash - walletOf(alice, 'BTC').cash) / 1e8;
  const rate = 80_400 / 80_000 - 1 - 0.00025;
  const expected = (1_000 / 80_400) * rate * (1 / 8);
  assert.ok(paid > 0 && Math.abs(paid - expected) < 60e-8, `${paid} is not ${expected}`);
  assert.is(totals(engine).money, before);
  assert.ok((alice.positions.get(0)?.funding ?? 0) < 0);
});

life('an account below its maintenance margin loses its orders, then its position in steps', () => {
  const bench = simBench();
  const { engine, perpetual, alice, maker } = bench;
  send(bench, maker, perpetual, limitTerms('sell', 160_000, 1_000_000));
  send(bench, maker, perpetual, limitTerms('buy', 150_000, 2_000_000));
  send(bench, alice, perpetual, limitTerms('buy', 160_000, 1_000_000));
  const resting = send(bench, alice, perpetual, limitTerms('buy', 158_000, 10));
  const before = totals(engine);
  const lifecycle = new Lifecycle(engine, engine.nowUs, () => undefined);
  perpetual.mark.price = 74_500;
  const held = (): number => alice.positions.get(0)?.lots ?? 0;
  runUntil(lifecycle, engine.nowUs + 1_000_000);
  assert.is(resting.cancelReason, 'autoliquidation');
  assert.ok(held() < 1_000_000 && held() > 0, String(held()));
  assert.is(alice.trades.at(-1)?.trade.liquidation, 'T');
  runUntil(lifecycle, engine.nowUs + 60_000_000);
  assert.equal(totals(engine), before);
});

life('an account with enough margin is left alone', () => {
  const bench = simBench();
  traded(bench, 1);
  const lifecycle = new Lifecycle(bench.engine, simStartUs, () => undefined);
  runUntil(lifecycle, simStartUs + 10_000_000);
  assert.is(bench.alice.positions.get(0)?.lots, 100);
});

life(
  'reject_taker refuses an order that would meet its own; cancel_maker cancels what rests',
  () => {
    const bench = simBench();
    const { perpetual, alice } = bench;
    const resting = send(bench, alice, perpetual, limitTerms('sell', 160_000, 10));
    alice.selfTrading = 'reject_taker';
    assert.is(
      codeOf(() => send(bench, alice, perpetual, limitTerms('buy', 160_000, 10))),
      10003,
    );
    assert.is(resting.state, 'open');
    const beside = send(bench, alice, perpetual, limitTerms('buy', 159_000, 10));
    assert.is(beside.state, 'open');
    alice.selfTrading = 'cancel_maker';
    send(bench, alice, perpetual, limitTerms('buy', 160_000, 10));
    assert.is(resting.state, 'cancelled');
  },
);

life.run();
