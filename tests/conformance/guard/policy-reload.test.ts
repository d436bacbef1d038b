/** A policy file that changes under a whole daemon: every monitor follows, to the stricter and back. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  defaultGuardPolicy,
  type GuardPolicy,
  guardPolicyInForce,
} from '../../../streams/facts/policy/guard.ts';
import { DaemonWorld, policyPath } from '../../fixtures/daemon-world.ts';

const reload = suite('policy reload');

/** Longer than `policy_recompute_s` and a look of every monitor. */
const reloadMs = 66_000;

/** Reasons under the policy with these guard limits, and once it is as it was. */
async function reasonsUnder(limits: Partial<GuardPolicy>): Promise<readonly string[]> {
  const daemon = new DaemonWorld();
  await daemon.start();
  try {
    const { disk } = daemon.node.ports;
    const shipped = Buffer.from(disk.readFile(policyPath)).toString('utf8');
    const lines = Object.entries(limits).map(([key, value]) => `  ${key}: ${value}\n`);
    const changed = shipped.replace('guard:\n', `guard:\n${lines.join('')}`);
    disk.writeFileAtomic(policyPath, changed);
    await daemon.pass(reloadMs);
    const { reasons } = daemon.system.guard.evaluate();
    disk.writeFileAtomic(policyPath, shipped);
    await daemon.untilActive(600_000);
    return reasons;
  } finally {
    await daemon.world.clock.runWhile(daemon.system.stop('test', 1_000));
  }
}

reload('NON-TRIP a file that says the same changes nothing', async () => {
  assert.equal(await reasonsUnder({ policy_recompute_s: 60 }), []);
});

const strict: ReadonlyArray<readonly [string, Partial<GuardPolicy>, string]> = [
  ['market stress', { depth_min: 1e12 }, 'REDUCEONLY_CORTEX_FORCE_REDUCE_ONLY'],
  [
    'disk',
    { disk_pause_archives_pct: 1e-9, disk_degraded_pct: 2e-9 },
    'REDUCEONLY_RISKSTATE_DEGRADED',
  ],
];
for (const [what, limits, reason] of strict) {
  reload(
    `TRIP ${what}: stricter limits restrict after the reload, looser ones release`,
    async () => {
      const reasons = await reasonsUnder(limits);
      assert.ok(
        reasons.some((given) => given.includes(reason)),
        reasons.join(),
      );
    },
  );
}

reload('the policy in force shows every key, as it is when it is read', () => {
  let policy = defaultGuardPolicy();
  const inForce = guardPolicyInForce(() => policy);
  assert.equal(
    { ...inForce, max_daily_loss_usd: undefined },
    { ...policy, max_daily_loss_usd: undefined },
  );
  policy = { ...policy, spread_max_bps: 7 };
  assert.is(inForce.spread_max_bps, 7);
});

reload.run();
