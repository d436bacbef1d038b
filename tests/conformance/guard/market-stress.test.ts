/** C-511, C-512: the market of an underlying as a reason not to trade in it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { BasisDetector, type BasisReading } from '../../../actors/guard/monitors/basis.ts';
import { CortexDetector, type CortexReading } from '../../../actors/guard/monitors/cortex.ts';
import { defaultGuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { activeBench, type GuardBench } from '../../fixtures/guard/guard-bench.ts';
import { type HandMarket, watchedMarket } from '../../fixtures/guard/hand-market.ts';

const stress = suite('market stress');

const second = 1_000_000;
const limits = defaultGuardPolicy();
const reduceOnly = ['REDUCEONLY_CORTEX_FORCE_REDUCE_ONLY'];
const kill = ['KILL_CORTEX_FORCE_KILL'];

const calm: CortexReading = { spreadBpsFloat: 1, depthUsdFloat: 1e6, volatilityFloat: 50 };
const cortexAt = (
  ...seen: ReadonlyArray<readonly [atS: number, change: Partial<CortexReading>]>
) => {
  const cortex = new CortexDetector(limits);
  return seen
    .map(([atS, change]) => cortex.observe({ ...calm, ...change }, atS * second).level)
    .at(-1);
};

const agreed: BasisReading = { markFloat: 100, lastFloat: 100, indexFloat: 100, ageMs: 0 };
const basisAt = (...seen: ReadonlyArray<readonly [atS: number, change: Partial<BasisReading>]>) => {
  const basis = new BasisDetector(limits);
  return seen
    .map(([atS, change]) => basis.observe({ ...agreed, ...change }, atS * second).level)
    .at(-1);
};

async function withMarket(
  work: (bench: GuardBench, market: HandMarket) => Promise<void>,
): Promise<void> {
  const bench = activeBench();
  const { market, stop } = watchedMarket(bench);
  try {
    await bench.pass(2_000);
    assert.is(bench.guard.mode, 'Active', 'a calm market trips nothing');
    await work(bench, market);
  } finally {
    stop();
  }
}

stress('C-511 NON-TRIP 25 bps and exactly the depth that is asked for', () => {
  assert.is(cortexAt([0, { spreadBpsFloat: 25, depthUsdFloat: 300_000 }]), 'None');
});

stress('C-511 TRIP 26 bps; TRIP depth 299 999', () => {
  assert.is(cortexAt([0, { spreadBpsFloat: 26 }]), 'ForceReduceOnly');
  assert.is(cortexAt([0, { depthUsdFloat: 299_999 }]), 'ForceReduceOnly');
});

stress('C-511 75 bps for 9 s does not kill, for 10 s does', () => {
  const wide = { spreadBpsFloat: 75 };
  assert.is(cortexAt([0, wide], [9, wide]), 'ForceReduceOnly');
  assert.is(cortexAt([0, wide], [9.999, wide]), 'ForceReduceOnly');
  assert.is(cortexAt([0, wide], [10, wide]), 'ForceKill');
  assert.is(cortexAt([0, wide], [5, {}], [10, wide]), 'ForceReduceOnly', 'interrupted');
  const blind = { spreadBpsFloat: undefined };
  assert.is(cortexAt([0, wide], [5, blind], [10, wide]), 'ForceKill', 'unseen is no recovery');
});

stress('C-511 depth of 100 000 for 10 s kills, of 100 001 does not', () => {
  const thin = { depthUsdFloat: 100_000 };
  assert.is(cortexAt([0, thin], [10, thin]), 'ForceKill');
  const enough = { depthUsdFloat: 100_001 };
  assert.is(cortexAt([0, enough], [10, enough]), 'ForceReduceOnly');
});

stress('C-511 index +10 % in 59 s trips, in 61 s does not; +9.9 % does not', () => {
  for (const from of [33, 40, 50, 60, 70, 90.1]) {
    const risen = { volatilityFloat: from * 1.1 };
    assert.is(cortexAt([0, { volatilityFloat: from }], [59, risen]), 'ForceReduceOnly', `${from}`);
    assert.is(cortexAt([0, { volatilityFloat: from }], [61, risen]), 'None', `${from}`);
  }
  assert.is(cortexAt([0, {}], [59, { volatilityFloat: 54.9 }]), 'None');
  assert.is(cortexAt([0, {}], [59, { volatilityFloat: 40 }]), 'None', 'a fall is no jump');
});

stress('a missing spread, depth or index restricts; an index that does not exist does not', () => {
  assert.is(cortexAt([0, { spreadBpsFloat: undefined }]), 'ForceReduceOnly');
  assert.is(cortexAt([0, { depthUsdFloat: undefined }]), 'ForceReduceOnly');
  assert.is(cortexAt([0, { volatilityFloat: undefined }]), 'ForceReduceOnly');
  assert.is(cortexAt([0, { volatilityFloat: Number.NaN }]), 'ForceReduceOnly');
  assert.is(cortexAt([0, { volatilityFloat: null }]), 'None');
});

stress(
  'C-511 in the running guard: a wide market is the only reason, for 120 s and the stable time',
  () =>
    withMarket(async (bench, market) => {
      market.spreadTicks = 522; // 26.1 bps of 100 000
      await bench.pass(1_000);
      assert.equal(bench.guard.reasons, reduceOnly);
      assert.is(bench.guard.permits(bench.guard.snapshot, 'OPEN'), false);
      assert.is(bench.guard.permits(bench.guard.snapshot, 'CLOSE'), true);
      market.spreadTicks = 2;
      await bench.pass(119_000);
      assert.equal(bench.guard.reasons, reduceOnly, 'the cooldown holds');
      await bench.pass(33_000);
      assert.is(bench.guard.mode, 'Active');
    }),
);

stress('C-511 in the running guard: an empty book kills after 10 s, until a restore', () =>
  withMarket(async (bench, market) => {
    market.lots = 100; // 1 000 USD a level
    await bench.pass(9_000);
    assert.equal(bench.guard.reasons, reduceOnly);
    await bench.pass(2_000);
    assert.equal(bench.guard.reasons, kill);
    assert.is(bench.guard.restore('Kill', 'test', 'owner').accepted, false);
    market.lots = 100_000;
    await bench.pass(1_000);
    assert.equal(bench.guard.reasons, ['KILL_OPERATOR_RESTORE_REQUIRED']);
    assert.is(bench.guard.restore('Kill', 'test', 'owner').accepted, true);
  }),
);

stress('a perpetual nobody knows and a book nobody believes restrict', () =>
  withMarket(async (bench, market) => {
    market.bookValid = false;
    await bench.pass(1_000);
    assert.equal(bench.guard.reasons, reduceOnly);
    market.bookValid = true;
    await bench.pass(31_500);
    assert.is(bench.guard.mode, 'Active');
    market.known = false;
    await bench.pass(1_000);
    assert.equal(bench.guard.reasons, reduceOnly);
  }),
);

stress('C-512 50 bps for 5 s restricts, for 4.9 s does not; 49 bps never', () => {
  for (const far of [{ lastFloat: 100 / 1.005 }, { indexFloat: 100 / 1.005 }]) {
    assert.is(basisAt([0, far], [4.9, far]), 'None');
    assert.is(basisAt([0, far], [5, far]), 'ForceReduceOnly');
  }
  const near = { lastFloat: 100 / 1.0049 };
  assert.is(basisAt([0, near], [60, near]), 'None');
});

stress('C-512 150 bps for 5 s kills, for 4.9 s does not', () => {
  const far = { indexFloat: 100 / 1.015 };
  assert.is(basisAt([0, far], [4.9, far]), 'None');
  assert.is(basisAt([0, far], [5, far]), 'ForceKill');
});

stress(
  'C-512 a price of 5 001 ms restricts, of 5 000 does not; missing and absurd ones restrict',
  () => {
    assert.is(basisAt([0, { ageMs: 5_000 }]), 'None');
    assert.is(basisAt([0, { ageMs: 5_001 }]), 'ForceReduceOnly');
    for (const change of [{ markFloat: undefined }, { lastFloat: 0 }, { indexFloat: Number.NaN }]) {
      assert.is(basisAt([0, change]), 'ForceReduceOnly');
    }
  },
);

stress('C-512 in the running guard: the only reason, for 300 s', () =>
  withMarket(async (bench, market) => {
    market.index = 99_500;
    await bench.pass(6_000);
    assert.equal(bench.guard.reasons, reduceOnly);
    market.index = 100_000;
    await bench.pass(299_000);
    assert.equal(bench.guard.reasons, reduceOnly);
    await bench.pass(33_000);
    assert.is(bench.guard.mode, 'Active');
  }),
);

stress.run();
