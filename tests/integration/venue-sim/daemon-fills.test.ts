/** Fills the venue tells of late or not at all stand in the ledger of the daemon once. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { place } from '../../../streams/venues/simulated/index.ts';
import { handDecision } from '../../fixtures/daemon-world.ts';
import { perpetual } from '../../fixtures/venue-sim/breakages.ts';
import { limitTerms } from '../../fixtures/venue-sim/engines.ts';
import type { FaultyDaemon } from '../../fixtures/venue-sim/faulty-daemon.ts';
import { proven, trading, trip } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon and untold fills');

/** A daemon whose strategies are silent and that has one order of ours resting on the bid. */
async function resting(): Promise<{ daemon: FaultyDaemon; intentId: string }> {
  const daemon = await trading();
  for (const runner of daemon.system.runners) runner.stop('orders by hand');
  await daemon.pass(15_000);
  const bid = daemon.venue.engine.market(perpetual).bestPrice('buy');
  const proposal: ProposedIntent = {
    class: 'OPEN',
    instrument: perpetual,
    side: 'buy',
    quantity: '100',
    limit_price: String(bid - 300),
    reduce_only: false,
    time_in_force: 'good_til_cancelled',
    post_only: true,
    edge: { gross_usd: 5, fee_usd: 1, slippage_usd: 0 },
  };
  const decision = handDecision('rest', daemon.world.clock.nowUs);
  const [leg] = daemon.system.execution.submit([proposal], decision).legs;
  assert.is(leg?.kind, 'sent', JSON.stringify(leg));
  await daemon.pass(1_000);
  assert.is(daemon.account.openOrders.size, 1);
  return { daemon, intentId: leg?.intentId ?? '' };
}

faulted('a fill nobody told of is found, and stands in the ledger once', async () => {
  const { daemon } = await resting();
  try {
    trip(daemon, { fault: 'missing_fill' });
    const { engine } = daemon.venue;
    const market = engine.market(perpetual);
    const [order] = [...daemon.account.openOrders.values()];
    const house = engine.openAccount('flow', true);
    trip(daemon, { fault: 'empty_book', forS: 1, parameters: { instrument: perpetual } });
    engine.run(engine.nowUs, () =>
      place(engine, house, market, limitTerms('sell', order?.priceTicks ?? 0, order?.lots ?? 0)),
    );
    assert.is(order?.state, 'filled');
    await daemon.pass(60_000);
    await daemon.untilActive();
    await proven(daemon);
  } finally {
    await daemon.stop();
  }
});

faulted('a fill after the acknowledged cancel is booked once', async () => {
  const { daemon, intentId } = await resting();
  try {
    const before = daemon.system.counts.fills;
    trip(daemon, { fault: 'late_fill', parameters: { late_ms: 700 } });
    const outcome = daemon.system.execution.cancel(intentId, 'by-hand', 'a'.repeat(32));
    await daemon.pass(400);
    assert.is(daemon.account.openOrders.size, 0, JSON.stringify(outcome));
    await daemon.pass(60_000);
    assert.is(daemon.system.counts.fills, before + 1);
    await proven(daemon);
  } finally {
    await daemon.stop();
  }
});

faulted.run();
