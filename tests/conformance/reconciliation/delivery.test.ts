/** A position the venue delivers at expiry leaves the ledger: once, from the venue's own records. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import {
  DaemonWorld,
  handDecision,
  optionName,
  perpetualName,
} from '../../fixtures/daemon-world.ts';
import { futureName, type HandMarket } from '../../fixtures/hand-source.ts';

const delivery = suite('conformance: delivery');

/** 25 December 2026, 08:00 UTC: the option of the fixture expires. */
const expiryUs = 1_798_185_600_000_000;
const minuteUs = 60_000_000;
const edge = { gross_usd: 50, fee_usd: 1, slippage_usd: 0 };

function deliveries(daemon: DaemonWorld): readonly Record<string, unknown>[] {
  const facts = [];
  for (const { bytes } of daemon.system.journal.stream('ledger').read(0)) {
    const fact = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      event_type: string;
      payload: Record<string, unknown>;
    };
    if (fact.event_type === 'position.delivered') facts.push(fact.payload);
  }
  return facts;
}

/** Every difference of position the daemon ever reported. */
function mismatches(daemon: DaemonWorld): number {
  let count = 0;
  for (const { bytes } of daemon.system.journal.stream('control').read(0))
    if (Buffer.from(bytes).includes('"kind":"position"')) count += 1;
  return count;
}

interface Held {
  readonly name: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: string;
  readonly limitPrice: string;
}

const option: Held = { name: optionName, side: 'buy', quantity: '0.1', limitPrice: '0.0505' };

/** A daemon that holds something four minutes before it expires. */
async function holding(held: Held = option, market: HandMarket = {}): Promise<DaemonWorld> {
  const daemon = new DaemonWorld({}, expiryUs - 4 * minuteUs, market);
  await daemon.start();
  const proposal: ProposedIntent = {
    instrument: held.name,
    class: 'OPEN',
    side: held.side,
    reduce_only: false,
    edge,
    quantity: held.quantity,
    limit_price: held.limitPrice,
    leg_idx: 0,
  };
  const outcome = daemon.system.execution.submit(
    [proposal],
    handDecision('held', daemon.world.clock.nowUs),
    'independent',
  );
  assert.is(outcome.sent, 1, JSON.stringify(outcome));
  assert.ok(await daemon.until(() => daemon.ledgerLots(held.name) !== 0, 10_000), 'filled');
  return daemon;
}

/** Flat on both sides, booked once without a difference, with the profit the venue reports. */
function deliveredWith(daemon: DaemonWorld, held: Held, profit: number): void {
  assert.is(daemon.venueLots(held.name), 0);
  assert.is(daemon.ledgerLots(held.name), 0);
  const [fact, ...more] = deliveries(daemon);
  assert.equal(more, []);
  assert.is(Number(fact?.amount), Number(held.quantity) * (held.side === 'buy' ? 1 : -1));
  const booked = daemon.system.execution.positions.get(held.name)?.realisedPnlFloat ?? 0;
  assert.ok(Math.abs(booked - profit) < 1e-9, `ledger ${booked}, expected ${profit}`);
  const told = Number(fact?.venue_profit_float);
  assert.ok(Math.abs(told - profit) < 2e-8, `venue ${told}, expected ${profit}`);
  assert.is(mismatches(daemon), 0);
}

function entryOf(daemon: DaemonWorld, held: Held): number {
  return daemon.system.execution.positions.get(held.name)?.averagePriceFloat ?? 0;
}

delivery(
  'held to expiry: ledger and venue are flat, with the profit, and nothing ever differs',
  async () => {
    const daemon = await holding();
    const lots = daemon.ledgerLots(optionName);
    const entry = daemon.system.execution.positions.get(optionName)?.averagePriceFloat ?? 0;
    await daemon.pass(5 * 60_000);
    assert.is(daemon.venueLots(optionName), 0);
    assert.is(daemon.ledgerLots(optionName), 0);
    const [fact, ...more] = deliveries(daemon);
    assert.equal(more, []);
    assert.is(fact?.amount, '0.1');
    assert.is(fact?.index_price_float, 80_000);
    // Struck at the index: worthless, the premium is lost; venue and ledger say the same.
    const position = daemon.system.execution.positions.get(optionName);
    assert.ok(Math.abs((position?.realisedPnlFloat ?? 0) + 0.1 * entry) < 1e-9);
    assert.ok(Math.abs(Number(fact?.venue_profit_float) + 0.1 * entry) < 1e-8);
    assert.is(mismatches(daemon), 0);
    await daemon.untilActive();
    assert.is(lots, 1);
  },
);

// The option is worth 1 − 80,000/100,000 = 0.2 coin at delivery.
const inTheMoney: readonly Held[] = [
  { ...option, limitPrice: '0.2505' },
  { ...option, side: 'sell', limitPrice: '0.2495' },
];
for (const held of inTheMoney) {
  delivery(
    `in the money, ${held.side}: both sides book its worth against its premium`,
    async () => {
      const daemon = await holding(held, { index: 100_000 });
      const entry = entryOf(daemon, held);
      assert.is(entry, Number(held.limitPrice));
      await daemon.pass(5 * 60_000);
      const long = 0.1 * (0.2 - entry);
      assert.ok(Math.abs(long) > 0.004);
      deliveredWith(daemon, held, held.side === 'buy' ? long : -long);
      assert.is(deliveries(daemon)[0]?.index_price_float, 100_000);
      await daemon.untilActive();
    },
  );
}

for (const side of ['buy', 'sell'] as const) {
  delivery(`a dated future, ${side}: both sides book the way from entry to the index`, async () => {
    const limitPrice = side === 'buy' ? '80001' : '79999';
    const held: Held = { name: futureName, side, quantity: '1000', limitPrice };
    const daemon = await holding(held, { future: true });
    const entry = entryOf(daemon, held);
    daemon.source.move(80_400);
    await daemon.pass(5 * 60_000);
    const index = Number(deliveries(daemon)[0]?.index_price_float);
    // The average of what the index was: neither where it started nor where it ended.
    assert.ok(index > 80_100 && index < 80_400, String(index));
    const long = 1_000 * (1 / entry - 1 / index);
    deliveredWith(daemon, held, side === 'buy' ? long : -long);
    await daemon.untilActive();
  });
}

delivery(
  'delivered while the daemon is down: found when it starts, and again known after another start',
  async () => {
    const daemon = await holding();
    daemon.node.crash('process');
    await daemon.pass(5 * 60_000);
    assert.is(daemon.venueLots(optionName), 0);
    await daemon.boot();
    assert.is(daemon.ledgerLots(optionName), 1, 'the ledger is as it was');
    await daemon.untilActive();
    assert.is(daemon.ledgerLots(optionName), 0);
    assert.is(deliveries(daemon).length, 1);
    assert.is(mismatches(daemon), 0);
    daemon.node.crash('process');
    await daemon.boot();
    await daemon.untilActive();
    assert.is(daemon.ledgerLots(optionName), 0);
    assert.is(deliveries(daemon).length, 1, 'booked once');
  },
);

delivery('a position that vanishes without a delivery stays a mismatch', async () => {
  const daemon = await holding();
  const { engine } = daemon.venue;
  engine.run(daemon.world.clock.nowUs, () => {
    const position = daemon.account.positions.get(engine.market(optionName).product.index);
    if (position !== undefined) position.lots = 0;
  });
  await daemon.pass(90_000);
  assert.is(daemon.ledgerLots(optionName), 1);
  assert.equal(deliveries(daemon), []);
  assert.ok(mismatches(daemon) > 0);
  assert.not.equal(daemon.system.guard.evaluate().mode, 'Active');
});

delivery('a daily settlement of a perpetual is no delivery', async () => {
  const daemon = new DaemonWorld({}, expiryUs - 5 * minuteUs);
  await daemon.start();
  const proposal: ProposedIntent = {
    instrument: perpetualName,
    class: 'OPEN',
    side: 'buy',
    reduce_only: false,
    edge,
    quantity: '100',
    limit_price: '80001',
    leg_idx: 0,
  };
  daemon.system.execution.submit(
    [proposal],
    handDecision('perpetual', daemon.world.clock.nowUs),
    'independent',
  );
  assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) > 0, 10_000));
  await daemon.pass(6 * 60_000);
  assert.is(daemon.ledgerLots(perpetualName), daemon.venueLots(perpetualName));
  assert.equal(deliveries(daemon), []);
});

delivery.run();
