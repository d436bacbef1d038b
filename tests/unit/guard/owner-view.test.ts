/** For every code the owner view states mode, why, since when and what clears it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ownerViewOf } from '../../../actors/guard/index.ts';
import { activeBench, guardBench } from '../../fixtures/guard/guard-bench.ts';

const views = suite('owner view');

views('nothing restricts: the idle code and an empty list', () => {
  const { guard, policy } = activeBench();
  const view = ownerViewOf(guard, policy, 'STATE_PAPER_MODE');
  assert.equal([view.primaryCode, view.codes], ['STATE_PAPER_MODE', []]);
});

views('at start it says that it reconciles, since when, and that it clears by itself', () => {
  const bench = guardBench();
  bench.refresh();
  const view = ownerViewOf(bench.guard, bench.policy, 'STATE_IDLE');
  assert.is(view.primaryCode, 'STATE_STARTUP_RECONCILING');
  assert.is(view.sinceUs, bench.ports.clock.nowUs());
  assert.is(view.codes[0]?.clears, 'AUTO');
});

views('a level shows its current value beside the target', () => {
  const { guard, policy } = activeBench();
  guard.set('mm_util', 0.9);
  const [entry] = ownerViewOf(guard, policy, 'STATE_IDLE').codes;
  assert.is(entry?.condition, 'mm_util below 0.85');
  assert.equal([entry?.current, entry?.target, entry?.clears], [0.9, 0.85, 'AUTO']);
});

views('an age shows its seconds', () => {
  const { guard, policy, ports } = activeBench();
  guard.applyPolicy(policy, '1'.repeat(64), ports.clock.monotonicUs() - 301_500_000);
  const [entry] = ownerViewOf(guard, policy, 'STATE_IDLE').codes;
  assert.equal([entry?.code, entry?.current, entry?.target], ['GOV_POLICY_STALE', 301.5, 300]);
});

views('a risk state is shown once for each cause behind it, the gravest first', () => {
  const { guard, policy } = activeBench();
  guard.raise('a', { riskState: 'Degraded', owner: 'EXT_NETWORK_JITTER' });
  guard.raise('b', { riskState: 'Degraded', owner: 'OPS_DISK_WATERMARK_HIGH' });
  const view = ownerViewOf(guard, policy, 'STATE_IDLE');
  assert.equal(
    view.codes.map(({ code }) => code),
    ['EXT_NETWORK_JITTER', 'OPS_DISK_WATERMARK_HIGH'],
  );
  assert.is(view.primaryCode, 'OPS_DISK_WATERMARK_HIGH');
});

views('a floor alone says that an operator must act', () => {
  const { guard, policy } = activeBench();
  guard.set('mm_util', 0.95);
  guard.set('mm_util', 0.1);
  const view = ownerViewOf(guard, policy, 'STATE_IDLE');
  assert.is(view.primaryCode, 'GOV_APPROVAL_REQUIRED');
  assert.equal([view.codes[0]?.clears, view.codes[0]?.current], ['MANUAL', 'Kill']);
});

views.run();
