/**
 * Clauses C-301 and C-302 with the whole daemon: killed after every single event from the decision
 * on, as a process or with its power, and once more while it reconciles. The venue's own records
 * say that nothing was sent twice, and that what the ledger holds is what happened.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemError } from '../../../daemon/ports/virtual/index.ts';
import { isTerminal } from '../../../machines/order-lifecycle.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { openBuy, restingBuy } from '../../fixtures/daemon-proposals.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';
import { note } from '../../fixtures/evidence.ts';

const crashes = suite('conformance: crashes');

/** Virtual time in which every doubt must be settled: fence, skew, look-ups, reconciliation. */
const settleMs = 60_000;

async function started(): Promise<DaemonWorld> {
  const daemon = new DaemonWorld();
  await daemon.start();
  // Books have to be there, and fresh; and no timer of a monitor is due in the events that follow.
  await daemon.pass(1_037);
  return daemon;
}

function submit(daemon: DaemonWorld, proposal: ProposedIntent): string {
  const decision = handDecision('one', daemon.world.clock.nowUs);
  const [leg] = daemon.system.execution.submit([proposal], decision).legs;
  assert.is(leg?.kind, 'sent', JSON.stringify(leg));
  return leg?.intentId ?? '';
}

async function settled(daemon: DaemonWorld): Promise<void> {
  const { execution, guard } = daemon.system;
  const done = await daemon.until(
    () => execution.inDoubtCount === 0 && !guard.latch.blocked,
    settleMs,
  );
  assert.ok(done, `doubt: ${execution.inDoubtCount}, latch: ${guard.latch.reasons.join()}`);
}

/** Asserts, and notes what it found. */
function proven(daemon: DaemonWorld, intentId: string, where: string): void {
  assertProven(daemon, intentId, where);
  const { execution } = daemon.system;
  note('crash_mid_intent', {
    killed: where,
    ended: execution.order(intentId)?.state ?? 'never recorded',
    orders_at_venue: daemon.venueOrders.length,
    lots: { ledger: daemon.ledgerLots(perpetualName), venue: daemon.venueLots(perpetualName) },
    duplicate_dispatch_count: execution.duplicateDispatches,
    illegal_order_attempts: execution.illegalAttempts,
  });
}

function assertProven(daemon: DaemonWorld, intentId: string, where: string): void {
  const { execution } = daemon.system;
  for (const [label, count] of daemon.venueOrdersByLabel())
    assert.is(count, 1, `${where} ${label}`);
  assert.ok(daemon.venueOrders.length <= 1, where);
  assert.is(daemon.ledgerLots(perpetualName), daemon.venueLots(perpetualName), where);
  assert.is(execution.duplicateDispatches, 0, where);
  assert.is(execution.illegalAttempts, 0, where);
  const order = execution.order(intentId);
  const [atVenue] = daemon.venueOrders;
  if (order === undefined) {
    assert.is(atVenue, undefined, `${where}: at the venue and not in the ledger`);
    return;
  }
  if (atVenue === undefined) assert.is(order.state, 'not_sent', where);
  else if (atVenue.state === 'open') assert.is(order.state, 'acked', where);
  else assert.ok(isTerminal(order.state) && order.state !== 'not_sent', `${where} ${order.state}`);
}

/** Events between the decision and the last record of its fill, with room to spare. */
const eventsSwept = 6;

for (const kind of ['process', 'power'] as const) {
  for (const [name, proposal] of [
    ['an order that fills', openBuy],
    ['an order that rests', restingBuy],
  ] as const) {
    crashes(`C-302 ${kind} crash after each of ${eventsSwept} events: ${name}`, async () => {
      const states = new Set<string>();
      for (let events = 0; events < eventsSwept; events += 1) {
        const daemon = await started();
        const intentId = submit(daemon, proposal);
        await daemon.events(events);
        states.add(daemon.system.execution.order(intentId)?.state ?? 'none');
        daemon.node.crash(kind);
        await daemon.boot();
        await settled(daemon);
        proven(daemon, intentId, `${kind} after ${events} events`);
      }
      // The sweep is worth nothing if it did not cross the order's life.
      assert.ok(states.size >= 2, [...states].join());
    });
  }
}

/** Writes and syncs between the decision and the last record of its fill, with room to spare. */
const operationsSwept = 8;

for (const kind of ['process', 'power'] as const) {
  crashes(`C-302 ${kind} crash inside each of ${operationsSwept} writes and syncs`, async () => {
    let refused = 0;
    for (let at = 0; at < operationsSwept; at += 1) {
      const daemon = await started();
      let operations = 0;
      daemon.node.disk.onOperation = (operation, file) => {
        if (operation !== 'write' && operation !== 'datasync') return;
        operations += 1;
        if (operations !== at + 1) return;
        daemon.node.crash(kind);
        throw systemError('EIO', file);
      };
      const decision = handDecision('one', daemon.world.clock.nowUs);
      const [leg] = daemon.system.execution.submit([openBuy], decision).legs;
      if (leg?.kind === 'refused') refused += 1;
      await daemon.events(30);
      daemon.node.disk.onOperation = undefined;
      daemon.node.crash(kind);
      await daemon.boot();
      await settled(daemon);
      proven(daemon, leg?.intentId ?? '', `${kind} inside operation ${at}`);
    }
    assert.ok(refused >= 1, 'no crash fell before the intent was durable');
  });
}

crashes('C-302 killed again and again while it recovers and reconciles', async () => {
  for (let again = 0; again < 56; again += 7) {
    const daemon = await started();
    const intentId = submit(daemon, openBuy);
    await daemon.events(2);
    daemon.node.crash('process');
    for (let times = 0; times < 3; times += 1) {
      await daemon.boot();
      await daemon.events(again + times);
      daemon.node.crash(times === 1 ? 'power' : 'process');
    }
    await daemon.boot();
    await settled(daemon);
    proven(daemon, intentId, `killed ${again} events into each recovery`);
  }
});

crashes.run();
