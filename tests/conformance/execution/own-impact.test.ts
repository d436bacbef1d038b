/**
 * Clause C-523 through the whole daemon: our own fills, as they are booked, close the instrument they were
 * in to OPEN, and a decision's snapshot cites what the gate had admitted.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { parseFact } from '../../../streams/facts/registry.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';

const impact = suite('conformance: own impact');

const roomy = {
  max_order_notional_usd: 50_000,
  max_group_notional_usd: 50_000,
  max_position_usd: 100_000,
  max_position_delta_usd: 100_000,
  max_portfolio_delta_usd: 200_000,
  pending_exposure_max_usd: 100_000,
  delta_limit_usd: 1_000_000,
};

function buy(daemon: DaemonWorld, name: string, usd: number): string {
  const proposal = {
    class: 'OPEN',
    instrument: perpetualName,
    side: 'buy',
    quantity: String(usd),
    limit_price: '80001',
    reduce_only: false,
    edge: { gross_usd: 1_000, fee_usd: 10, slippage_usd: 0 },
  };
  const decision = handDecision(name, daemon.world.clock.nowUs);
  const [leg] = daemon.system.execution.submit([proposal], decision).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

async function after(usd: number): Promise<string> {
  const daemon = new DaemonWorld(roomy);
  await daemon.start();
  await daemon.pass(1_000);
  assert.is(buy(daemon, 'first', usd), 'sent');
  assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === usd / 10, 5_000));
  return buy(daemon, 'second', 100);
}

impact('C-523 TRIP fills that are most of the tape close the instrument', async () => {
  assert.is(await after(6_000), 'FeedbackLoopGuardActive');
});

impact('C-523 NON-TRIP fills too small to matter close nothing', async () => {
  assert.is(await after(4_000), 'sent');
});

impact('the input basis of a snapshot is what the gate has admitted', async () => {
  const daemon = new DaemonWorld(roomy);
  await daemon.start();
  await daemon.pass(1_000);
  const { nextOffset, waiting } = daemon.system.gate.basis;
  assert.is(buy(daemon, 'cited', 100), 'sent');
  const stream = daemon.system.journal.stream('ledger');
  const facts = [...stream.read(0)].map(({ bytes }) => parseFact(bytes));
  const snapshot = facts.find(({ event_type }) => event_type === 'snapshot.recorded');
  assert.equal(snapshot?.payload.input_basis, {
    next_offset: nextOffset,
    stream: 'traffic',
    waiting,
  });
  assert.ok(nextOffset > 0);
  await daemon.pass(1_000);
  assert.ok(daemon.system.journal.stream('traffic').nextOffset >= nextOffset + waiting);
});

impact.run();
