/** C-710: what the status says holds together, in every state the daemon passes through. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { statusSchema } from '../../../daemon/http/status-schema.ts';
import { statusSource } from '../../../daemon/system/status-source.ts';
import { DaemonWorld } from '../../fixtures/daemon-world.ts';

const invariants = suite('status invariants');

function statusOf({ system }: DaemonWorld) {
  const source = statusSource({
    system,
    buildId: 'test',
    startedUs: 0,
    store: () => ({ kind: 'none', view: undefined }),
  });
  return statusSchema.parse(source.status());
}

function assertHolds(daemon: DaemonWorld, moment: string): void {
  const status = statusOf(daemon);
  assert.is(status.trading_mode === 'Active', status.mode_reasons.length === 0, moment);
  const latch = status.open_permission_blocked_latch;
  assert.is(latch, status.open_permission_reason_codes.length > 0, `${moment}: latch ⇔ codes`);
  assert.is(status.open_permission_requires_reconcile, latch, moment);
  assert.is(status.connectivity_degraded, status.bunker_mode_active || latch, moment);
  assert.ok(status.wal_queue_depth <= status.wal_queue_capacity, moment);
  assert.is(status.owner_view.codes.length > 0, status.trading_mode !== 'Active', moment);
  for (const [key, value] of Object.entries(status)) {
    if (value === null && key !== 'mode_since_utc') assert.ok(key in status.unknown, key);
  }
}

invariants(
  'C-710 every documented key, and the pairs agree: starting, Active, latched, restricted, killed, restored',
  async () => {
    const daemon = new DaemonWorld();
    await daemon.start();
    assertHolds(daemon, 'Active');
    assert.is(statusOf(daemon).trading_mode, 'Active');
    const { guard } = daemon.system;
    guard.latchSet('WS_BOOK_GAP_RECONCILE_REQUIRED', { standing: true });
    assertHolds(daemon, 'latched');
    guard.latchCauseEnded('WS_BOOK_GAP_RECONCILE_REQUIRED');
    guard.emergencyReduceOnly('test');
    assertHolds(daemon, 'emergency');
    guard.kill('test');
    assertHolds(daemon, 'killed');
    assert.is(statusOf(daemon).trading_mode, 'Kill');
    await daemon.pass(1_000);
    guard.restore('Kill', 'test', 'owner');
    assertHolds(daemon, 'restored');
  },
);

invariants('C-710 a restart is latched, says so, and agrees with itself', async () => {
  const daemon = new DaemonWorld();
  await daemon.start();
  daemon.node.crash('process');
  await daemon.boot();
  assertHolds(daemon, 'started again');
  assert.is(statusOf(daemon).open_permission_blocked_latch, true);
});

invariants.run();
