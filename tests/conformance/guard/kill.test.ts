/**
 * C-517, C-518 with the whole daemon and the simulated venue: what a restriction does to open orders
 * and to positions that no broken group owns, and what the journal says of it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { parseFact } from '../../../streams/facts/registry.ts';
import {
  DaemonWorld,
  handDecision,
  perpetualName,
  policyPath,
} from '../../fixtures/daemon-world.ts';

const killing = suite('kill and emergency at the venue');

const edge = { gross_usd: 3, fee_usd: 1, slippage_usd: 0 };
const take: ProposedIntent = {
  instrument: perpetualName,
  side: 'buy',
  class: 'OPEN',
  reduce_only: false,
  quantity: '1000',
  limit_price: '80001',
  edge,
};
const rest: ProposedIntent = {
  ...take,
  limit_price: '79990',
  time_in_force: 'good_til_cancelled',
  post_only: true,
};
const protect: ProposedIntent = {
  ...rest,
  side: 'sell',
  class: 'CLOSE',
  reduce_only: true,
  limit_price: '80020',
};

/** Holds 1 000 USD of the perpetual, with a resting bid and a reduce-only offer. */
async function holding(orders: Record<string, ProposedIntent> = { take, rest, protect }) {
  const daemon = new DaemonWorld();
  await daemon.start();
  await daemon.pass(1_037);
  for (const [name, proposal] of Object.entries(orders)) {
    const decision = handDecision(name, daemon.world.clock.nowUs);
    const outcome = daemon.system.execution.submit([proposal], decision);
    assert.is(outcome.sent, 1, `${name} ${JSON.stringify(outcome.legs)}`);
    await daemon.pass(500);
  }
  assert.is(daemon.venueLots(perpetualName), 100);
  assert.is(daemon.account.openOrders.size, Object.keys(orders).length - 1);
  return daemon;
}

async function factsOf(daemon: DaemonWorld, type: string) {
  await daemon.pass(200);
  return [...daemon.system.journal.stream('control').read(0)]
    .map(({ bytes }) => parseFact(bytes))
    .filter(({ event_type }) => event_type === type)
    .map(({ payload }) => payload as Record<string, unknown>);
}

killing(
  'C-518 emergency reduce-only: the bid goes, the reduce-only offer stays, the venue confirms',
  async () => {
    const daemon = await holding();
    daemon.system.guard.emergencyReduceOnly('test');
    assert.ok(await daemon.until(() => daemon.account.openOrders.size === 1, 250));
    const [left] = daemon.account.openOrders.values();
    assert.is(left?.reduceOnly, true);
    assert.ok(await daemon.until(() => daemon.system.guard.mode === 'ReduceOnly', 10));
    const [fact] = await factsOf(daemon, 'orders.cleared');
    assert.is(fact?.outcome, 'confirmed');
    assert.is(fact?.scope, 'not_reduce_only');
    assert.is(fact?.venue_open, 0);
    assert.is(daemon.venueLots(perpetualName), 100, 'positions within limits stay');
  },
);

killing(
  'an operator kill cancels all, confirmed within 250 ms, and leaves positions alone',
  async () => {
    const daemon = await holding();
    daemon.system.guard.kill('test');
    assert.ok(await daemon.until(() => daemon.account.openOrders.size === 0, 250));
    await daemon.pass(5_000);
    const [fact] = await factsOf(daemon, 'orders.cleared');
    assert.is(fact?.outcome, 'confirmed');
    assert.ok(Number(fact?.duration_us) <= 250_000, String(fact?.duration_us));
    assert.is(daemon.venueLots(perpetualName), 100);
    assert.equal(await factsOf(daemon, 'account.flattened'), []);
  },
);

killing('an order still on its way when the kill comes does not stay at rest', async () => {
  const daemon = await holding({ take });
  const slow = { fault: 'slow_matching', for_s: 2, parameters: { delay_ms: 400 } };
  daemon.venue.faults.apply(slow);
  const late = { ...rest, limit_price: '79980' };
  const decision = handDecision('late', daemon.world.clock.nowUs);
  assert.is(daemon.system.execution.submit([late], decision).sent, 1);
  await daemon.pass(1);
  daemon.system.guard.kill('test');
  await daemon.pass(5_000);
  assert.is(daemon.account.openOrders.size, 0);
  const [fact] = await factsOf(daemon, 'orders.cleared');
  assert.is(fact?.outcome, 'confirmed');
});

killing(
  'an operator kill told to flatten closes positions as well, also when it comes second',
  async () => {
    const daemon = await holding();
    daemon.system.guard.kill('first');
    await daemon.pass(1_000);
    daemon.system.guard.kill('second', { flatten: true });
    assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 0, 5_000));
    assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === 0, 1_000));
    const [fact] = await factsOf(daemon, 'account.flattened');
    assert.is(fact?.outcome, 'flat');
    assert.is(daemon.system.execution.duplicateDispatches, 0);
    assert.is(daemon.system.execution.illegalAttempts, 0);
  },
);

killing('a fill that is told after the account was closed is closed as well', async () => {
  const daemon = await holding({ take, rest });
  const late = { fault: 'late_fill', for_s: 10, parameters: { late_ms: 3_000 } };
  daemon.venue.faults.apply(late);
  daemon.system.guard.kill('test', { flatten: true });
  assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 0, 2_500));
  assert.equal((await factsOf(daemon, 'account.flattened')).length, 1);
  const { execution } = daemon.system;
  const late100 = () => execution.positions.get(perpetualName)?.signedLots === 100;
  assert.ok(await daemon.until(late100, 5_000), 'the cancelled bid filled');
  assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 0, 2_000));
  const outcomes = (await factsOf(daemon, 'account.flattened')).map(({ outcome }) => outcome);
  assert.equal(outcomes, ['flat', 'flat']);
});

killing('C-517 TRIP a Kill that demands containment closes what no group owns', async () => {
  // A reduce-only order at rest would be the close, and may not be cancelled.
  const daemon = await holding({ take, rest });
  daemon.system.guard.override('test', 'ForceKill');
  assert.equal(daemon.system.guard.reasons, ['KILL_CORTEX_FORCE_KILL']);
  assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 0, 5_000));
  assert.is((await factsOf(daemon, 'account.flattened'))[0]?.outcome, 'flat');
});

killing('C-517 not eligible: cancels only; eligible again: contained then', async () => {
  const daemon = await holding({ take, rest });
  const { guard } = daemon.system;
  let isBunker = true;
  const set = guard.set.bind(guard);
  guard.set = (name, value, at) => set(name, name === 'bunker_mode' ? isBunker : value, at);
  guard.set('bunker_mode', true);
  guard.override('test', 'ForceKill');
  await daemon.pass(3_000);
  assert.is(daemon.venueLots(perpetualName), 100);
  isBunker = false;
  guard.set('bunker_mode', false);
  assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 0, 5_000));
});

for (const eventsLater of [0, 1, 2, 5, 20]) {
  killing(
    `a daemon that dies ${eventsLater} events into its flattening ends it when it is back`,
    async () => {
      const daemon = await holding();
      daemon.system.guard.kill('test', { flatten: true });
      if (eventsLater > 0) await daemon.events(eventsLater);
      await daemon.boot();
      assert.equal(daemon.system.guard.reasons, ['KILL_OPERATOR_RESTORE_REQUIRED']);
      assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 0, 60_000));
      assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === 0, 60_000));
      assert.is((await factsOf(daemon, 'account.flattened')).at(-1)?.outcome, 'flat');
      assert.is(daemon.system.execution.duplicateDispatches, 0);
      assert.is(daemon.system.execution.illegalAttempts, 0);
    },
  );
}

for (const eventsLater of [0, 1, 3, 10]) {
  killing(
    `a Kill that must contain and dies ${eventsLater} events later still contains`,
    async () => {
      const daemon = await holding();
      // Its cause dies with the process: what it wanted closed is on the disk, or nowhere.
      daemon.system.guard.override('test', 'ForceKill');
      if (eventsLater > 0) await daemon.events(eventsLater);
      await daemon.boot();
      assert.equal(daemon.system.guard.reasons, ['KILL_OPERATOR_RESTORE_REQUIRED']);
      assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 0, 60_000));
      assert.ok(await daemon.until(() => daemon.ledgerLots(perpetualName) === 0, 60_000));
    },
  );
}

killing('NON-TRIP a Kill that asked for no flattening asks for none after a restart', async () => {
  const daemon = await holding();
  daemon.system.guard.kill('test');
  await daemon.pass(500);
  await daemon.boot();
  await daemon.pass(60_000);
  assert.is(daemon.system.guard.mode, 'Kill');
  assert.is(daemon.venueLots(perpetualName), 100);
});

killing('NON-TRIP what a restored Kill wanted closed is not owed after a restart', async () => {
  const daemon = await holding();
  const { guard } = daemon.system;
  const set = guard.set.bind(guard);
  guard.set = (name, value, at) => set(name, name === 'bunker_mode' ? true : value, at);
  guard.set('bunker_mode', true);
  guard.kill('first', { flatten: true });
  assert.is(guard.restore('Kill', 'test', 'owner').accepted, true);
  guard.kill('second');
  await daemon.boot();
  await daemon.pass(60_000);
  assert.is(daemon.system.guard.mode, 'Kill');
  assert.is(daemon.venueLots(perpetualName), 100);
});

/** The limit falls under what is held: 1 000 USD of 600. */
async function overLimit(): Promise<DaemonWorld> {
  const daemon = await holding({ take });
  const { disk } = daemon.node.ports;
  const text = new TextDecoder().decode(disk.readFile(policyPath));
  assert.match(text, 'max_position_usd: 60000');
  const lowered = text.replace('max_position_usd: 60000', 'max_position_usd: 600');
  disk.writeFileAtomic(policyPath, lowered);
  const { guard } = daemon.system;
  const reached = () => guard.reasons.includes('REDUCEONLY_POSITION_LIMIT');
  assert.ok(await daemon.until(reached, 120_000));
  assert.is(daemon.venueLots(perpetualName), 100);
  return daemon;
}

killing(
  'C-518 an emergency takes exposure above its limit down to it, and no further',
  async () => {
    const daemon = await overLimit();
    daemon.system.guard.emergencyReduceOnly('test');
    assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 60, 5_000));
    await daemon.pass(5_000);
    assert.is(daemon.venueLots(perpetualName), 60);
    const [fact] = await factsOf(daemon, 'account.flattened');
    assert.equal([fact?.scope, fact?.outcome], ['over_limit', 'flat']);
  },
);

killing('C-518 a daemon that dies in the emergency reduces when it is back', async () => {
  const daemon = await overLimit();
  daemon.system.guard.emergencyReduceOnly('test');
  await daemon.boot();
  assert.ok(await daemon.until(() => daemon.venueLots(perpetualName) === 60, 60_000));
  await daemon.pass(5_000);
  assert.is(daemon.venueLots(perpetualName), 60);
});

killing('a close needs a price: while the book is empty nothing is sent, then it is', async () => {
  const daemon = await holding({ take, rest });
  const book = daemon.source.books.get(perpetualName);
  const { bids } = book ?? { bids: [] };
  if (book !== undefined) book.bids = [];
  daemon.source.place(daemon.world.clock.nowUs);
  await daemon.pass(100);
  daemon.system.guard.override('test', 'ForceKill');
  await daemon.pass(2_000);
  if (book !== undefined) book.bids = bids;
  const flat = await daemon.until(() => daemon.venueLots(perpetualName) === 0, 10_000);
  const [fact] = await factsOf(daemon, 'account.flattened');
  // The ladder may be spent on an empty book; then a hedge, or the word that it could not be done.
  assert.ok(flat || fact?.outcome !== 'flat', JSON.stringify(fact));
});

killing.run();
