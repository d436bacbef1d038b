/** C-505, C-509, C-516 and the other first monitors. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  watchDiskUse,
  watchMarginUse,
  watchMarketLiveness,
  watchVenueSession,
  watchWatchdog,
} from '../../../actors/guard/index.ts';
import { activeBench, type GuardBench } from '../../fixtures/guard/guard-bench.ts';

const monitors = suite('monitors');

interface Liveness {
  lastEventUs: number;
  hasExposure: boolean;
  lastActivityUs: number;
}

function withLiveness(): { bench: GuardBench; reading: Liveness; stop: () => void } {
  const bench = activeBench();
  const reading = {
    lastEventUs: bench.ports.clock.monotonicUs(),
    hasExposure: false,
    lastActivityUs: Number.NEGATIVE_INFINITY,
  };
  const { guard, policy } = bench;
  const { clock } = bench.ports;
  const stop = watchMarketLiveness({ clock, guard, read: () => reading, limits: policy });
  return { bench, reading, stop };
}

monitors(
  'C-509 TRIP silence of 15 001 ms with exposure latches, until data and a proof',
  async () => {
    const { bench, reading, stop } = withLiveness();
    try {
      reading.hasExposure = true;
      await bench.pass(15_000);
      assert.is(bench.guard.latch.blocked, false, 'exactly the limit is no trip');
      await bench.pass(251);
      assert.equal(bench.guard.latch.reasons, ['WS_DATA_STALE_RECONCILE_REQUIRED']);
      assert.is(bench.prove(), false, 'still silent');
      reading.lastEventUs = bench.ports.clock.monotonicUs();
      await bench.pass(300);
      assert.is(bench.prove(), true);
    } finally {
      stop();
    }
  },
);

monitors('C-509 TRIP silence after recent activity latches without exposure', async () => {
  const { bench, reading, stop } = withLiveness();
  try {
    reading.lastActivityUs = bench.ports.clock.monotonicUs();
    await bench.pass(15_300);
    assert.is(bench.guard.latch.blocked, true);
  } finally {
    stop();
  }
});

monitors('C-509 NON-TRIP a quiet market without exposure or activity', async () => {
  const { bench, stop } = withLiveness();
  try {
    await bench.pass(60_000);
    assert.is(bench.guard.latch.blocked, false);
  } finally {
    stop();
  }
});

monitors('C-509 NON-TRIP one quiet instrument while others tick', async () => {
  const { bench, reading, stop } = withLiveness();
  try {
    reading.hasExposure = true;
    for (let second = 0; second < 30; second += 1) {
      reading.lastEventUs = bench.ports.clock.monotonicUs();
      await bench.pass(1_000);
    }
    assert.is(bench.guard.latch.blocked, false);
  } finally {
    stop();
  }
});

monitors('a lost session degrades and latches; its return alone opens nothing', async () => {
  const bench = activeBench();
  const session = watchVenueSession(bench.guard);
  session.onLink({ kind: 'up', sessionEpoch: 1 });
  assert.is(bench.guard.mode, 'Active');
  session.onLink({ kind: 'down', sessionEpoch: 1, cause: 'closed' });
  assert.equal(bench.guard.reasons, [
    'REDUCEONLY_OPEN_PERMISSION_LATCHED',
    'REDUCEONLY_RISKSTATE_DEGRADED',
  ]);
  assert.is(bench.prove(), false);
  session.onLink({ kind: 'up', sessionEpoch: 2 });
  assert.is(bench.guard.latch.blocked, true);
  assert.is(bench.prove(), true);
  await bench.pass(31_000);
  assert.is(bench.guard.mode, 'Active');
});

monitors(
  'C-505 watchdog: 5.1 s silent is reduce-only, 10.000 s no Kill, 10.001 s Kill',
  async () => {
    const bench = activeBench();
    const { guard, policy } = bench;
    const { clock } = bench.ports;
    const watchdog = watchWatchdog({ clock, guard, limits: policy });
    try {
      watchdog.heard();
      await bench.pass(5_000, 'watchdog_heartbeat');
      assert.is(guard.mode, 'Active');
      await bench.pass(1_000, 'watchdog_heartbeat');
      assert.equal(guard.reasons, ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE']);
      await bench.pass(4_000, 'watchdog_heartbeat');
      assert.is(guard.evaluate().mode, 'ReduceOnly');
      await bench.pass(1, 'watchdog_heartbeat');
      assert.equal(guard.evaluate().reasons, ['KILL_WATCHDOG_HEARTBEAT_STALE']);
      assert.is(guard.permits(guard.snapshot, 'CANCEL'), false);
    } finally {
      watchdog.stop();
    }
  },
);

monitors(
  'C-516 disk: 0.80 pauses archives, 0.85 degrades until below 0.80, 0.92 kills',
  async () => {
    const bench = activeBench();
    const { guard, policy } = bench;
    const { clock } = bench.ports;
    let used = 0.5;
    const paused: boolean[] = [];
    const disk = {
      space: () => ({ totalBytes: 10_000, freeBytes: Math.round(10_000 * (1 - used)) }),
    };
    const onPauseArchives = (pause: boolean): void => void paused.push(pause);
    const stop = watchDiskUse({ clock, disk, path: '/', guard, limits: policy, onPauseArchives });
    const at = async (share: number): Promise<void> => {
      used = share;
      await bench.pass(2_100, 'disk_used_pct');
    };
    try {
      await at(0.8);
      assert.equal([paused, guard.mode], [[true], 'Active']);
      await at(0.85);
      assert.equal(guard.reasons, ['REDUCEONLY_RISKSTATE_DEGRADED']);
      await at(0.8);
      assert.is(guard.riskState, 'Degraded', 'degraded until below the pause mark');
      await at(0.79);
      assert.equal([paused, guard.riskState], [[true, false], 'Healthy']);
      await at(0.9199);
      assert.is(guard.mode, 'ReduceOnly');
      await at(0.92);
      assert.equal(guard.reasons, ['KILL_DISK_WATERMARK_KILL']);
      assert.is(guard.permits(guard.snapshot, 'CANCEL'), false);
    } finally {
      stop();
    }
  },
);

monitors('a disk that cannot be measured is a missing input', () => {
  const bench = activeBench();
  const { guard, policy } = bench;
  const disk = {
    space: (): never => {
      throw new Error('EIO');
    },
  };
  const stop = watchDiskUse({ clock: bench.ports.clock, disk, path: '/', guard, limits: policy });
  stop();
  assert.equal(guard.reasons, ['REDUCEONLY_INPUT_MISSING_OR_STALE']);
});

monitors(
  'margin: the worst currency counts, no equity is exhausted, the oldest sets the age',
  () => {
    const { guard, ports } = activeBench();
    const feed = watchMarginUse(guard);
    const account = (currency: string, equityFloat: number, maintenanceMarginFloat: number) => ({
      currency,
      equityFloat,
      balanceFloat: 0,
      availableFloat: 0,
      initialMarginFloat: 0,
      maintenanceMarginFloat,
    });
    const nowUs = ports.clock.monotonicUs();
    feed([account('BTC', 10, 1), account('ETH', 10, 8.6)], nowUs);
    assert.equal(guard.reasons, ['REDUCEONLY_MARGIN_MM_UTIL_HIGH']);
    feed([account('ETH', 10, 1)], nowUs);
    feed([account('BTC', 0, 0)], nowUs - 5);
    assert.is(guard.input('mm_util').value, 0.1);
    assert.is(guard.input('mm_util').atUs, nowUs - 5);
    feed([account('BTC', -1, 1)], nowUs);
    assert.equal(guard.reasons, ['KILL_MARGIN_MM_UTIL_HIGH']);
  },
);

monitors('a loop that stood still counts as a silent watchdog; 2 000 ms is not yet a stall', () => {
  let aheadUs = 0;
  let tick: () => void = () => undefined;
  const bench = activeBench({
    wrapPorts: (ports) => ({
      ...ports,
      clock: {
        ...ports.clock,
        nowUs: () => ports.clock.nowUs() + aheadUs,
        monotonicUs: () => ports.clock.monotonicUs() + aheadUs,
        soon: (fn) => ports.clock.soon(fn),
        every: (_ms, fn) => {
          tick = fn;
          return () => undefined;
        },
      },
    }),
  });
  bench.guard.start();
  aheadUs += 2_000_000;
  tick();
  assert.is(bench.guard.mode, 'Active');
  aheadUs += 2_001_000;
  tick();
  assert.equal(bench.guard.reasons, ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE']);
});

monitors.run();
