/** Clause C-602 with the whole daemon: evidence that is written too slowly is bounded, restricts, and heals. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { closeSell, openBuy } from '../../fixtures/daemon-proposals.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';

const slow = suite('conformance: slow evidence');

function submit(daemon: DaemonWorld, name: string, proposal: ProposedIntent): string {
  const decision = handDecision(name, daemon.world.clock.nowUs);
  const [leg] = daemon.system.execution.submit([proposal], decision).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

/** Fills the queue to this share of what it takes; the disk acknowledges nothing meanwhile. */
function fillTo(daemon: DaemonWorld, share: number): number {
  const audit = daemon.system.journal.stream('audit');
  let refused = 0;
  const wanted = Math.ceil(audit.queueCapacity * share) - audit.queueDepth;
  for (let record = 0; record < wanted; record += 1) {
    audit.append(Buffer.from('{}')).catch(() => {
      refused += 1;
    });
  }
  return refused;
}

const usualDelays = { writeUs: 20, datasyncUs: 100, readUs: 20 };

slow(
  'C-602 TRIP a queue that does not drain restricts, holds up no way out, and heals',
  async () => {
    const daemon = new DaemonWorld();
    await daemon.start();
    await daemon.pass(1_000);
    assert.is(submit(daemon, 'held', openBuy), 'sent');
    await daemon.pass(1_000);
    const { guard, journal } = daemon.system;
    const audit = journal.stream('audit');
    daemon.node.disk.delays = { ...usualDelays, datasyncUs: 60_000_000, writeUs: 60_000_000 };
    fillTo(daemon, 0.92);
    const eventsBefore = daemon.world.clock.eventCount;
    await daemon.pass(8_000);
    assert.ok(daemon.world.clock.eventCount - eventsBefore > 100, 'the loop goes on');
    assert.ok(audit.queueDepth <= audit.queueCapacity, `${audit.queueDepth}`);
    assert.is(guard.evaluate().mode, 'ReduceOnly', guard.reasons.join());
    assert.is(submit(daemon, 'blocked', openBuy), 'EvidenceChainNotGreen');
    assert.is(submit(daemon, 'out', closeSell), 'sent');
    await daemon.pass(1_000);
    assert.is(daemon.venueLots(perpetualName), 0, 'the way out was not held up');
    fillTo(daemon, 1.5);
    assert.is(audit.queueDepth, audit.queueCapacity, 'no more than its bound');
    await daemon.pass(1_000);
    assert.ok(audit.enqueueFailures > 0);
    assert.equal(daemon.fatal, [], 'full is no failure');
    daemon.node.disk.delays = usualDelays;
    const healedUs = daemon.world.clock.nowUs;
    await daemon.untilActive(600_000);
    const restrictedMs = (daemon.world.clock.nowUs - healedUs) / 1_000;
    assert.ok(restrictedMs >= 119_000, `${restrictedMs} ms: not before the cooldown has passed`);
    assert.is(submit(daemon, 'again', openBuy), 'sent');
  },
);

slow('C-602 NON-TRIP a queue that drains restricts nothing', async () => {
  const daemon = new DaemonWorld();
  await daemon.start();
  fillTo(daemon, 0.92);
  await daemon.pass(8_000);
  const audit = daemon.system.journal.stream('audit');
  assert.ok(audit.queueDepth < audit.queueCapacity / 2);
  assert.is(daemon.system.guard.evaluate().mode, 'Active');
  assert.is(submit(daemon, 'open', openBuy), 'sent');
});

slow.run();
