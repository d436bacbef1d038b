/** C-513, C-514, C-515, C-520: the exchange and the way to it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ExchangeReading,
  type NetworkReading,
  watchBunker,
  watchExchangeHealth,
  watchRateRefusals,
  watchVenueLimits,
} from '../../../actors/guard/index.ts';
import { activeBench, type GuardBench } from '../../fixtures/guard/guard-bench.ts';

const network = suite('exchange and network');

const minuteMs = 60_000;

function withExchange(): {
  bench: GuardBench;
  reading: { -readonly [K in keyof ExchangeReading]: ExchangeReading[K] };
  stop: () => void;
} {
  const bench = activeBench();
  const reading = {
    locked: 'false' as const,
    maintenanceInMs: undefined,
    polledAgeMs: 0,
    clockDriftMs: 0,
    clockDriftErrorMs: 0,
  };
  const { guard, policy } = bench;
  const { clock } = bench.ports;
  const stop = watchExchangeHealth({ clock, guard, read: () => reading, limits: policy });
  return { bench, reading, stop };
}

async function exchangeCase(
  change: Partial<ExchangeReading>,
  expected: readonly string[],
  atLeastMs = 1_000,
): Promise<void> {
  const { bench, reading, stop } = withExchange();
  try {
    await bench.pass(atLeastMs);
    assert.is(bench.guard.mode, 'Active');
    Object.assign(reading, change);
    await bench.pass(1_000);
    assert.equal(bench.guard.reasons, expected);
    assert.is(bench.guard.permits(bench.guard.snapshot, 'OPEN'), expected.length === 0);
    assert.is(bench.guard.permits(bench.guard.snapshot, 'HEDGE'), true);
  } finally {
    stop();
  }
}

network('C-513 TRIP maintenance in 30 min is the only reason', () =>
  exchangeCase({ maintenanceInMs: 30 * minuteMs }, ['REDUCEONLY_RISKSTATE_MAINTENANCE']),
);

network('C-513 maintenance in 60 min trips, in 61 min does not, that has begun does', async () => {
  await exchangeCase({ maintenanceInMs: 60 * minuteMs }, ['REDUCEONLY_RISKSTATE_MAINTENANCE']);
  await exchangeCase({ maintenanceInMs: 61 * minuteMs }, []);
  await exchangeCase({ maintenanceInMs: -1 }, ['REDUCEONLY_RISKSTATE_MAINTENANCE']);
});

network('C-513 TRIP unreachable for longer than 180 s; NON-TRIP for 180 s', async () => {
  await exchangeCase({ polledAgeMs: 180_001 }, ['REDUCEONLY_CORTEX_FORCE_REDUCE_ONLY'], 181_000);
  await exchangeCase({ polledAgeMs: 180_000 }, [], 181_000);
});

network('C-515 TRIP drift of 51 ms is the only reason', () =>
  exchangeCase({ clockDriftMs: 51 }, ['REDUCEONLY_RISKSTATE_DEGRADED']),
);

network('C-515 NON-TRIP drift of 50 ms', () => exchangeCase({ clockDriftMs: 50 }, []));

const well: NetworkReading = { httpP95Ms: 20, streamLagMs: 5, timeoutRatio: 0 };

async function withBunker(
  work: (bench: GuardBench, see: (change: Partial<NetworkReading>) => void) => Promise<void>,
): Promise<void> {
  const bench = activeBench();
  let reading = well;
  const { guard, policy } = bench;
  const { clock } = bench.ports;
  const stop = watchBunker({ clock, guard, read: () => reading, limits: policy });
  try {
    await bench.pass(1_000, 'bunker_mode');
    await work(bench, (change) => {
      reading = { ...well, ...change };
    });
  } finally {
    stop();
  }
}

const bunker = ['REDUCEONLY_BUNKER_MODE_ACTIVE'];
const pass = (bench: GuardBench, ms: number): Promise<void> => bench.pass(ms, 'bunker_mode');

network('C-514 the third slow evaluation in a row enters, the second does not', () =>
  withBunker(async (bench, see) => {
    see({ httpP95Ms: 751 });
    await pass(bench, 2_000);
    assert.equal(bench.guard.reasons, []);
    see({ httpP95Ms: 750 });
    await pass(bench, 1_000);
    see({ httpP95Ms: 751 });
    await pass(bench, 2_000);
    assert.equal(bench.guard.reasons, [], 'interrupted');
    await pass(bench, 1_000);
    assert.equal(bench.guard.reasons, bunker);
    assert.is(bench.guard.permits(bench.guard.snapshot, 'OPEN'), false);
  }),
);

const enters: ReadonlyArray<readonly [string, Partial<NetworkReading>]> = [
  ['a stream later than 2 000 ms', { streamLagMs: 2_001 }],
  ['more than 2 % of requests timed out', { timeoutRatio: 0.0201 }],
  ['a missing answer time', { httpP95Ms: undefined }],
  ['a missing lag', { streamLagMs: undefined }],
  ['a missing timeout ratio', { timeoutRatio: undefined }],
];
for (const [title, change] of enters) {
  network(`C-514 TRIP ${title} enters at once`, () =>
    withBunker(async (bench, see) => {
      see(change);
      await pass(bench, 1_000);
      assert.equal(bench.guard.reasons, bunker);
    }),
  );
}

network('C-514 NON-TRIP every measure at its mark', () =>
  withBunker(async (bench, see) => {
    see({ httpP95Ms: 750, streamLagMs: 2_000, timeoutRatio: 0.02 });
    await pass(bench, 10_000);
    assert.equal(bench.guard.reasons, []);
  }),
);

network('C-514 leaves after 120 s stable, not after 119; a relapse starts again', () =>
  withBunker(async (bench, see) => {
    see({ streamLagMs: 2_001 });
    await pass(bench, 1_000);
    see({});
    await pass(bench, 60_000);
    see({ httpP95Ms: 751 });
    await pass(bench, 1_000);
    see({});
    await pass(bench, 120_000);
    assert.is(bench.guard.snapshot.bunkerMode, true, '119 s after the first good look');
    await pass(bench, 1_000);
    assert.is(bench.guard.snapshot.bunkerMode, false);
    await pass(bench, 31_000);
    assert.is(bench.guard.mode, 'Active', 'and the reason has stayed clear');
  }),
);

network('what was never good is a missing input, and good at once when it is', async () => {
  for (const streamLagMs of [undefined, 3_000]) {
    const bench = activeBench();
    const { guard, policy } = bench;
    let reading: NetworkReading = { ...well, streamLagMs };
    const read = (): NetworkReading => reading;
    const stop = watchBunker({ clock: bench.ports.clock, guard, read, limits: policy });
    await pass(bench, 5_000);
    assert.equal(guard.reasons, ['REDUCEONLY_INPUT_MISSING_OR_STALE']);
    assert.is(guard.permits(guard.snapshot, 'OPEN'), false);
    reading = well;
    await pass(bench, 32_000);
    stop();
    assert.is(
      guard.mode,
      'Active',
      'a slow start is no bunker: only the stable time is waited for',
    );
  }
});

network(
  'a refusal for the rate degrades for as long as one stands in the last minute; none does not',
  async () => {
    const bench = activeBench();
    const { guard } = bench;
    let refusals = 0;
    const stop = watchRateRefusals({ clock: bench.ports.clock, guard, read: () => refusals });
    try {
      await bench.pass(5_000);
      assert.is(guard.mode, 'Active');
      refusals = 1;
      await bench.pass(1_000);
      assert.equal(guard.reasons, ['REDUCEONLY_RISKSTATE_DEGRADED']);
      refusals = 0;
      await bench.pass(32_000);
      assert.is(guard.mode, 'Active');
    } finally {
      stop();
    }
  },
);

/** Reads of the account's limits at the given seconds fail; all others succeed. */
async function limitsCase(failing: readonly number[], expected: readonly string[]): Promise<void> {
  const bench = activeBench();
  const { guard, policy } = bench;
  const { clock } = bench.ports;
  const startUs = clock.monotonicUs();
  const granted: number[] = [];
  const stop = watchVenueLimits({
    clock,
    guard,
    limits: policy,
    fetch: () => {
      const atS = Math.round((clock.monotonicUs() - startUs) / 1_000_000);
      return failing.includes(atS) ? Promise.reject(new Error('no answer')) : Promise.resolve(5);
    },
    onLimits: (rate) => granted.push(rate),
  });
  try {
    await bench.pass(((failing.at(-1) ?? 0) + 1) * 1_000);
    assert.equal(guard.reasons, expected);
    await bench.pass(91_000);
    assert.is(guard.mode, 'Active', 'a read that succeeds clears it');
    assert.ok(granted.length > 0);
  } finally {
    stop();
  }
}

network('C-520 TRIP three failed reads of the limits within 300 s', () =>
  limitsCase([60, 120, 180], ['REDUCEONLY_RISKSTATE_DEGRADED']),
);

network('C-520 NON-TRIP two failed reads; three spread over more than 300 s', async () => {
  await limitsCase([60, 120], []);
  await limitsCase([60, 240, 420], []);
});

network.run();
