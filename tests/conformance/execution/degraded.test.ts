/** Clause C-216 with the whole daemon and its venue: Degraded refuses OPEN and lets CLOSE and HEDGE through. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { closeSell, openBuy } from '../../fixtures/daemon-proposals.ts';
import { DaemonWorld, handDecision, perpetualName } from '../../fixtures/daemon-world.ts';

const degraded = suite('conformance: degraded');

const reduce = { ...closeSell, quantity: '400' };

let decisions = 0;

/** The code it is refused with, or what it did to the position once the venue has answered. */
async function outcomeOf(daemon: DaemonWorld, proposal: ProposedIntent): Promise<string | number> {
  decisions += 1;
  const decision = handDecision(`degraded ${decisions}`, daemon.world.clock.nowUs);
  const before = daemon.venueLots(perpetualName);
  const orders = daemon.venueOrders.length;
  const [leg] = daemon.system.execution.submit([proposal], decision).legs;
  await daemon.pass(1_000);
  if (leg?.kind !== 'refused') return daemon.venueLots(perpetualName) - before;
  assert.is(daemon.venueOrders.length, orders, 'nothing reached the venue');
  return leg.code;
}

degraded(
  'C-216 Degraded: OPEN is refused, CLOSE and HEDGE trade; Healthy again: OPEN trades',
  async () => {
    const daemon = new DaemonWorld();
    await daemon.start();
    await daemon.pass(1_000);
    assert.is(await outcomeOf(daemon, openBuy), 100);
    const { guard } = daemon.system;
    guard.raise('test', { riskState: 'Degraded', owner: 'EXT_NETWORK_JITTER' });
    assert.is(await outcomeOf(daemon, openBuy), 'RiskStateNotHealthy');
    assert.is(await outcomeOf(daemon, reduce), -40);
    assert.is(await outcomeOf(daemon, { ...reduce, class: 'HEDGE' }), -40);
    const flagless = { ...reduce, class: 'HEDGE', quantity: '100', reduce_only: false };
    assert.is(await outcomeOf(daemon, flagless), -10, 'proved locally');
    assert.is(await outcomeOf(daemon, { ...flagless, quantity: '1000' }), 'ReduceOnlyNotReducing');
    guard.clear('test');
    await daemon.untilActive(600_000);
    assert.is(await outcomeOf(daemon, openBuy), 100);
  },
);

degraded.run();
