/**
 * Clause C-409 with the whole daemon and the simulated venue: a broken group is flat within a
 * second of its first failure, also when the daemon is killed in the middle of containing it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import {
  DaemonWorld,
  handDecision,
  optionName,
  perpetualName,
} from '../../fixtures/daemon-world.ts';

const containment = suite('conformance: containment at the venue');

const edge = { gross_usd: 3, fee_usd: 1, slippage_usd: 0 };
/** Buys 1 000 USD of the perpetual and 0.1 of the option; the edge pays for no worse price. */
const pair: ProposedIntent[] = [
  { instrument: perpetualName, quantity: '1000', limit_price: '80001', leg_idx: 0 },
  { instrument: optionName, quantity: '0.1', limit_price: '0.0505', leg_idx: 1 },
].map((leg) => ({ ...leg, class: 'OPEN', side: 'buy', reduce_only: false, edge }));

/** The pair is sent; before the bytes arrive nobody sells the option any more. */
async function broken(): Promise<DaemonWorld> {
  const daemon = new DaemonWorld();
  await daemon.start();
  await daemon.pass(1_000);
  const nowUs = daemon.world.clock.nowUs;
  const outcome = daemon.system.execution.submit(pair, handDecision('pair', nowUs));
  assert.is(outcome.sent, 2, JSON.stringify(outcome.legs));
  const option = daemon.source.books.get(optionName);
  if (option !== undefined) option.asks = [];
  daemon.source.place(nowUs);
  return daemon;
}

function proven(daemon: DaemonWorld, where: string): void {
  for (const [label, count] of daemon.venueOrdersByLabel())
    assert.is(count, 1, `${where} ${label}`);
  assert.is(daemon.venueLots(perpetualName), 0, where);
  assert.is(daemon.venueLots(optionName), 0, where);
  assert.is(daemon.ledgerLots(perpetualName), 0, where);
  assert.is(daemon.system.execution.duplicateDispatches, 0, where);
  assert.is(daemon.system.execution.illegalAttempts, 0, where);
}

containment(
  'C-409 flat within 1 s of the first failure, then OPEN is permitted again',
  async () => {
    const daemon = await broken();
    const { execution, guard } = daemon.system;
    const flat = await daemon.until(
      () => daemon.venueOrders.length === 3 && execution.openGroups === 0,
      1_000,
    );
    assert.ok(flat, `groups left: ${execution.openGroups}`);
    proven(daemon, 'at the end');
    assert.is(execution.nakedEvents24h, 1);
    const closing = daemon.venueOrders.filter((order) => order.reduceOnly);
    assert.equal(
      closing.map(({ side, state }) => [side, state]),
      [['sell', 'filled']],
    );
    assert.ok(await daemon.until(() => guard.evaluate().mode === 'Active', 120_000));
  },
);

containment('C-409 killed after each event of the containment: flat all the same', async () => {
  for (let events = 0; events < 16; events += 2) {
    const daemon = await broken();
    await daemon.events(events);
    daemon.node.crash('process');
    await daemon.boot();
    const done = await daemon.until(() => {
      const { execution, guard } = daemon.system;
      return execution.inDoubtCount === 0 && execution.openGroups === 0 && !guard.latch.blocked;
    }, 60_000);
    assert.ok(done, `killed after ${events}: groups ${daemon.system.execution.openGroups}`);
    proven(daemon, `killed after ${events} events`);
  }
});

containment.run();
