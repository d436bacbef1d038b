/**
 * The whole daemon killed at any moment of an adoption, and asked again under the same key: what was
 * named is in the ledger once, or not at all, and never as anything but adopted.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CommandContext } from '../../../daemon/http/control-server.ts';
import { systemCommands } from '../../../daemon/system/commands.ts';
import { parseFact } from '../../../streams/facts/registry.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';
import { placeFor } from '../../fixtures/venue-sim/place-for.ts';

const crashes = suite('adoption and crashes');

const context: CommandContext = {
  role: 'owner',
  traceId: 'c'.repeat(32),
  idempotencyKey: 'one-key',
  cause: 'test',
  request: { path: '/api/v1/control/reconcile/adopt', bodySha256: 'b'.repeat(64) },
};

function ledgerFacts(daemon: DaemonWorld, type: string) {
  return [...daemon.system.journal.stream('ledger').read(0)]
    .map(({ bytes }) => parseFact(bytes))
    .filter(({ event_type }) => event_type === type);
}

/** Somebody trades 100 lots in our account, and no private channel says so. */
async function tradedUnseen(): Promise<{ daemon: DaemonWorld; tradeId: string }> {
  const daemon = new DaemonWorld();
  await daemon.start();
  // A ledger that is empty is born anew at each start, and names no trade from before.
  const own = {
    instrument: perpetualName,
    side: 'buy',
    class: 'OPEN',
    reduce_only: false,
    quantity: '1000',
    limit_price: '80001',
    edge: { gross_usd: 3, fee_usd: 1, slippage_usd: 0 },
  };
  await daemon.pass(1_037);
  const decision = handDecision('own', daemon.world.clock.nowUs);
  assert.is(daemon.system.execution.submit([own], decision).sent, 1);
  await daemon.pass(500);
  assert.is(daemon.ledgerLots(perpetualName), 100);
  daemon.venue.faults.apply({ fault: 'missing_fill', parameters: { count: 9 }, for_s: 600 });
  placeFor(daemon.venue.engine, daemon.account, 'buy', 160_002, 100);
  assert.is(daemon.venueLots(perpetualName), 200);
  assert.ok(await daemon.until(() => daemon.system.reconciliation.adoptable.length === 1, 60_000));
  const [adoptable] = daemon.system.reconciliation.adoptable;
  assert.is(adoptable?.kind, 'trade');
  return { daemon, tradeId: adoptable?.kind === 'trade' ? adoptable.trade.tradeId : '' };
}

function adopt(daemon: DaemonWorld, tradeId: string) {
  const trades = [{ instrument: perpetualName, trade_id: tradeId }];
  const body = { account: 'main', reason: 'by hand', trades, orders: [], positions: [] };
  return systemCommands(daemon.system).adopt(body, context);
}

/** Adopted when it died, by how late that was. */
const met = new Set<number>();

/** Events of the virtual world from the command to its answer; the crash comes after so many. */
for (const events of [0, 1, 5, 20, 60, 120, 200, 400]) {
  crashes(`killed ${events} events into it, asked again: adopted once`, async () => {
    const { daemon, tradeId } = await tradedUnseen();
    // Its answer may belong to a life that is over: nobody waits for it.
    adopt(daemon, tradeId).catch(() => undefined);
    if (events > 0) await daemon.events(events);
    await daemon.boot();
    const { reconciliation } = daemon.system;
    const was = ledgerFacts(daemon, 'trade.adopted').length;
    const seen = () =>
      reconciliation.last !== undefined && reconciliation.last.outcome !== 'failed';
    met.add(was);
    assert.ok(await daemon.until(seen, 60_000));
    assert.is(reconciliation.adoptable.length, 1 - was, 'all of it, or nothing');
    assert.is(daemon.ledgerLots(perpetualName), 100 + was * 100);
    const answer = await daemon.world.clock.runWhile(
      adopt(daemon, tradeId),
      Number.POSITIVE_INFINITY,
    );
    assert.match(answer.outcome, 'adopted');
    await daemon.untilActive();
    assert.is(daemon.ledgerLots(perpetualName), 200);
    const [fact, ...more] = ledgerFacts(daemon, 'trade.adopted');
    assert.equal(more, []);
    assert.is(fact?.payload.trade_id, tradeId);
    assert.is(ledgerFacts(daemon, 'fill.recorded').length, 1, 'our own');
    await daemon.boot();
    assert.is(daemon.ledgerLots(perpetualName), 200, 'and in the next life');
  });
}

crashes('it died before the block was durable, and after', () => {
  assert.equal(met, new Set([0, 1]));
});

crashes.run();
