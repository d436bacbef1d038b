/** The watch tells the machine of changes only: it must never differ from one that hears of every look. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createActor } from 'xstate';
import { evidenceLimits, watchEvidence } from '../../../actors/guard/monitors/evidence.ts';
import { createVirtualWorld, seededRandom } from '../../../daemon/ports/virtual/index.ts';
import { evidenceChainMachine, evidenceCounters } from '../../../machines/evidence-chain.ts';
import { guardPolicySchema } from '../../../streams/facts/policy/guard.ts';
import { startUs } from '../../fixtures/guard/guard-bench.ts';

const watches = suite('evidence watch');

watches('what it concludes is what a machine that hears of every look concludes', async () => {
  const random = seededRandom('evidence watch');
  const policy = guardPolicySchema.parse({ max_daily_loss_usd: 1 });
  const world = createVirtualWorld({ seed: 1, startUs });
  const { clock } = world.portsFor('evidence');
  const every = createActor(evidenceChainMachine, { input: { limits: evidenceLimits(policy) } });
  every.start();
  const counters: Partial<Record<(typeof evidenceCounters)[number], number>> = {};
  let queueRatio: number | undefined = 0;
  let ageUs = 0;
  let looks = 0;
  const shown: unknown[] = [];
  const seen = new Set<string>();
  const read = () => {
    // Long stretches in which nothing happens, so that windows and cooldowns run out.
    if (random.next() < 0.004) {
      const name =
        evidenceCounters[random.integer(evidenceCounters.length)] ?? 'ledger_write_errors';
      if (random.next() < 0.1) delete counters[name];
      else counters[name] = random.next() < 0.2 ? 0 : (counters[name] ?? 0) + 1;
    }
    if (random.next() < 0.004) queueRatio = [undefined, 0, 0.5, 0.8, 0.95][random.integer(5)];
    if (random.next() < 0.004) ageUs = random.next() < 0.3 ? 90_000_000 : 0;
    if (looks === 0) for (const name of evidenceCounters) counters[name] = 0;
    looks += 1;
    const nowUs = clock.monotonicUs();
    const reading = { readUs: nowUs - ageUs, counters: { ...counters }, queueRatio };
    const { readUs: countersReadUs, ...rest } = reading;
    every.send({ type: 'evidence.observed', observation: { nowUs, countersReadUs, ...rest } });
    return reading;
  };
  const guard = {
    set: (name: string, value: unknown) => {
      if (name === 'evidence_chain') shown.push(value);
    },
  };
  const watch = watchEvidence({ clock, guard, read, policy });
  for (let at = 0; at < 3_000; at += 1) {
    await world.clock.runFor(100);
    const { causes } = every.getSnapshot().context;
    assert.equal(watch.causes, causes);
    assert.is(shown.at(-1), causes.length === 0 ? 'GREEN' : 'NOT_GREEN');
    for (const cause of causes.length === 0 ? ['green'] : causes) seen.add(cause);
  }
  watch.stop();
  assert.is(looks > 3_000, true);
  assert.equal(
    [...seen].sort(),
    ['cooldown', 'counter_rose', 'counters_missing', 'green', 'queue_saturated'],
    'every conclusion was reached',
  );
});

watches.run();
