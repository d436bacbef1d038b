/** C-522, C-523: what we know of fees and instruments grows old; we may become the market we watch. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { feeFactor, SelfImpactDetector, watchCaches } from '../../../actors/guard/index.ts';
import { defaultGuardPolicy } from '../../../streams/facts/policy/guard.ts';
import { activeBench } from '../../fixtures/guard/guard-bench.ts';

const caches = suite('caches and self-impact');

const policy = defaultGuardPolicy();
const second = 1_000_000;

caches('C-522 fees of 301 s are reckoned 20 % higher, of 300 s as they are', () => {
  assert.is(feeFactor(301, policy), 1.2);
  assert.is(feeFactor(300, policy), 1);
});

/** Fees of that age at the start of this process, fetched by an earlier one. */
async function feeCase(ageS: number): Promise<readonly string[]> {
  const bench = activeBench();
  const { guard } = bench;
  const { clock } = bench.ports;
  const feesReadEpochUs = clock.nowUs() - ageS * second;
  const stop = watchCaches({
    clock,
    guard,
    limits: bench.policy,
    read: () => ({ instrumentsReadUs: clock.monotonicUs(), feesReadEpochUs }),
  });
  await bench.pass(100, 'fee_cache');
  stop();
  return guard.reasons;
}

const hardStale = ['REDUCEONLY_FEE_MODEL_HARD_STALE', 'REDUCEONLY_RISKSTATE_DEGRADED'];

caches('C-522 TRIP 901 s is hard-stale and Degraded; NON-TRIP 899 s', async () => {
  assert.equal(await feeCase(901), hardStale);
  assert.equal(await feeCase(899), []);
});

caches('C-522 a clock set back does not make fees younger than now', async () => {
  assert.equal(await feeCase(-10_000), []);
});

caches('instruments older than an hour degrade, until they are read again', async () => {
  const bench = activeBench();
  const { guard } = bench;
  const { clock } = bench.ports;
  let instrumentsReadUs = clock.monotonicUs();
  const stop = watchCaches({
    clock,
    guard,
    limits: bench.policy,
    read: () => ({ instrumentsReadUs, feesReadEpochUs: clock.nowUs() }),
  });
  try {
    await bench.pass(3_600_000);
    assert.is(guard.mode, 'Active');
    await bench.pass(1_500);
    assert.equal(guard.reasons, ['REDUCEONLY_RISKSTATE_DEGRADED']);
    instrumentsReadUs = clock.monotonicUs();
    await bench.pass(32_000);
    assert.is(guard.mode, 'Active');
  } finally {
    stop();
  }
});

/** Own and public USD, all within the window; what is judged 1 s after the last of it. */
function impactOf(own: number, others: number): string {
  const detector = new SelfImpactDetector(policy);
  detector.ownTrade('own', 'buy', own, 10 * second);
  detector.publicTrade('own', own, 10 * second);
  detector.publicTrade('other', others, 10 * second);
  return detector.judge(11 * second);
}

caches('C-523 TRIP a share of 0.50 with 5 000 USD', () => {
  assert.is(impactOf(5_000, 5_000), 'impact');
});

caches('C-523 NON-TRIP a share of 0.499 with 5 000; a share of 1 with 4 999', () => {
  assert.is(impactOf(5_000, 5_021), 'none');
  assert.is(impactOf(4_999, 0), 'none');
});

caches('C-523 TRIP 20 000 USD, whatever the share; NON-TRIP 19 999', () => {
  assert.is(impactOf(20_000, 1e9), 'impact');
  assert.is(impactOf(19_999, 1e9), 'none');
});

caches('C-523 directions do not add up; the window forgets; the cooldown holds 300 s', () => {
  const detector = new SelfImpactDetector(policy);
  detector.ownTrade('1', 'buy', 10_000, 10 * second);
  detector.ownTrade('2', 'sell', 10_000, 10 * second);
  detector.publicTrade('3', 1e6, 10 * second);
  assert.is(detector.judge(11 * second), 'none');
  detector.ownTrade('4', 'buy', 10_000, 19 * second);
  detector.publicTrade('5', 10_000, 22 * second);
  assert.is(detector.judge(22 * second), 'impact');
  assert.is(detector.blockedUntilUs, 322 * second);
  assert.is(detector.judge(40 * second), 'none', 'out of the window');
  assert.is(detector.blockedUntilUs, 322 * second, 'and still closed');
});

caches('C-523 a fill is public volume once, printed before it, after it, or never', () => {
  const share = (order: readonly ('own' | 'print')[]): string => {
    const detector = new SelfImpactDetector(policy);
    detector.publicTrade('other', 9_500, 10 * second);
    for (const one of order) {
      if (one === 'own') detector.ownTrade('own', 'buy', 9_400, 10 * second);
      else detector.publicTrade('own', 9_400, 10 * second);
    }
    return detector.judge(11 * second);
  };
  for (const order of [['own'], ['own', 'print'], ['print', 'own']] as const) {
    assert.is(share(order), 'none', order.join());
  }
});

caches('C-523 own fills the public feed does not show for 5 001 ms mean a stale feed', () => {
  const detector = new SelfImpactDetector(policy);
  detector.publicTrade('1', 1e6, 9 * second);
  detector.ownTrade('2', 'buy', 30_000, 10 * second);
  assert.is(detector.judge(10 * second), 'impact');
  const quiet = new SelfImpactDetector(policy);
  quiet.ownTrade('3', 'buy', 100, 10 * second);
  assert.is(quiet.judge(15 * second), 'none', '5 000 ms');
  assert.is(quiet.judge(15 * second + 1_000), 'feed_stale');
  quiet.publicTrade('4', 100, 16 * second);
  assert.is(quiet.judge(60 * second), 'none', 'a quiet market is not a stale one');
});

caches.run();
