/** C-517, C-526 and the permit table: what each mode lets through. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  isRiskIncreasing,
  type PermitRequest,
  permitRefusal,
} from '../../../actors/guard/index.ts';
import { activeBench, type GuardBench } from '../../fixtures/guard/guard-bench.ts';

const permits = suite('permits');

const requests: Readonly<Record<string, PermitRequest>> = {
  open: { class: 'OPEN' },
  close: { class: 'CLOSE' },
  hedge: { class: 'HEDGE' },
  emergencyClose: { class: 'CLOSE', containment: true },
  boundedHedge: { class: 'HEDGE', containment: true },
  cancel: { class: 'CANCEL', targetReduceOnly: false },
  cancelReduceOnly: { class: 'CANCEL', targetReduceOnly: true },
  riskyCancel: { class: 'CANCEL', targetReduceOnly: true, riskIncreasing: true },
};

const safe = ['close', 'hedge', 'emergencyClose', 'boundedHedge', 'cancel', 'cancelReduceOnly'];

const table: ReadonlyArray<readonly [string, (bench: GuardBench) => unknown, readonly string[]]> = [
  ['Active', () => undefined, ['open', ...safe, 'riskyCancel']],
  ['ReduceOnly', ({ guard }) => guard.reduceOnly('test'), safe],
  [
    'Kill, containment eligible',
    ({ guard }) => guard.set('mm_util', 0.95),
    ['emergencyClose', 'boundedHedge', 'cancel'],
  ],
  [
    'Kill, bunker: not eligible',
    ({ guard }) => {
      guard.set('mm_util', 0.95);
      guard.set('bunker_mode', true);
    },
    ['cancel'],
  ],
  [
    'Kill, evidence not green: not eligible',
    ({ guard }) => {
      guard.set('mm_util', 0.95);
      guard.set('evidence_chain', 'NOT_GREEN');
    },
    ['cancel'],
  ],
  [
    'operator kill: all cancels',
    ({ guard }) => guard.kill('test'),
    ['emergencyClose', 'boundedHedge', 'cancel', 'cancelReduceOnly', 'riskyCancel'],
  ],
  [
    'operator kill that keeps reduce-only orders',
    ({ guard }) => guard.kill('test', { keepReduceOnlyOrders: true }),
    ['emergencyClose', 'boundedHedge', 'cancel'],
  ],
  ['C-516 disk kill: hard stop', ({ guard }) => guard.set('disk_used_pct', 0.92), []],
  ['C-517 session end: hard stop', ({ guard }) => guard.sessionTerminated('10028'), []],
  [
    'C-517 watchdog silent: hard stop',
    ({ guard, ports }) =>
      guard.set('watchdog_heartbeat', true, ports.clock.monotonicUs() - 10_001_000),
    [],
  ],
];

for (const [title, cause, allowed] of table) {
  permits(`C-517 ${title}`, () => {
    const bench = activeBench();
    cause(bench);
    const snapshot = bench.guard.evaluate();
    const passed = Object.keys(requests).filter(
      (name) => permitRefusal(snapshot, requests[name] as PermitRequest) === undefined,
    );
    assert.equal(passed.sort(), [...allowed].sort());
  });
}

permits(
  'C-517 margin kill asks for cancels and containment, a hard stop asks for nothing',
  async () => {
    const eligible = activeBench();
    eligible.guard.set('mm_util', 0.95);
    await eligible.pass(1);
    assert.ok(eligible.asked.includes('cancel not_reduce_only KILL_MARGIN_MM_UTIL_HIGH'));
    assert.ok(eligible.asked.includes('contain KILL_MARGIN_MM_UTIL_HIGH'));
    const stopped = activeBench();
    stopped.guard.set('disk_used_pct', 0.93);
    await stopped.pass(1, 'disk_used_pct');
    assert.equal(stopped.asked, []);
  },
);

permits('a single reason refuses OPEN with its own code, several with the code of the mode', () => {
  const { guard } = activeBench();
  const refusal = (): unknown => permitRefusal(guard.evaluate(), { class: 'OPEN' });
  guard.raise('test', { riskState: 'Degraded', owner: 'EXT_NETWORK_JITTER' });
  assert.is(refusal(), 'RiskStateNotHealthy');
  guard.set('bunker_mode', true);
  assert.is(refusal(), 'TradingModeForbidsClass');
  const latched = activeBench().guard;
  latched.latchSet('WS_BOOK_GAP_RECONCILE_REQUIRED');
  assert.is(permitRefusal(latched.evaluate(), { class: 'OPEN' }), 'OpenPermissionLatched');
  const unproven = activeBench().guard;
  unproven.set('evidence_chain', 'NOT_GREEN');
  assert.is(permitRefusal(unproven.evaluate(), { class: 'OPEN' }), 'EvidenceChainNotGreen');
});

const restrictions: ReadonlyArray<readonly [string, (bench: GuardBench) => unknown]> = [
  ['latch', ({ guard }) => guard.latchSet('WS_BOOK_GAP_RECONCILE_REQUIRED')],
  ['evidence', ({ guard }) => guard.set('evidence_chain', 'NOT_GREEN')],
  [
    'Degraded',
    ({ guard }) => guard.raise('test', { riskState: 'Degraded', owner: 'EXT_NETWORK_JITTER' }),
  ],
  ['bunker', ({ guard }) => guard.set('bunker_mode', true)],
];

for (const [title, cause] of restrictions) {
  permits(`C-526 a risk-increasing cancel under ${title} has its code, a safe one passes`, () => {
    const bench = activeBench();
    cause(bench);
    const snapshot = bench.guard.evaluate();
    const risky = { class: 'CANCEL', riskIncreasing: true } as const;
    assert.is(permitRefusal(snapshot, risky), 'RiskIncreasingCancelReplaceForbidden');
    assert.is(permitRefusal(snapshot, { class: 'CANCEL', riskIncreasing: false }), undefined);
  });
}

type Change = Parameters<typeof isRiskIncreasing>[0];
const buy = (lots: number) => ({ signedLots: lots, reduceOnly: false });
const sell = (lots: number) => ({ signedLots: -lots, reduceOnly: false });
const closing = (lots: number) => ({ signedLots: -lots, reduceOnly: true });

const changes: ReadonlyArray<readonly [string, Change, boolean]> = [
  ['cancel of an opening order', { positionLots: 10, cancelled: buy(5) }, false],
  ['cancel of a plain order against the position', { positionLots: 10, cancelled: sell(5) }, false],
  ['cancel of reduce-only protection', { positionLots: 10, cancelled: closing(5) }, true],
  ['cancel of a reduce-only order while flat', { positionLots: 0, cancelled: closing(5) }, false],
  [
    'replace by a larger order in the direction of the position',
    { positionLots: 10, cancelled: buy(5), replacement: buy(6) },
    true,
  ],
  [
    'replace of a large opposite order by one in the direction of the position',
    { positionLots: 10, cancelled: sell(100), replacement: buy(5) },
    true,
  ],
  [
    'replace by an equal order',
    { positionLots: 10, cancelled: buy(5), replacement: buy(5) },
    false,
  ],
  [
    'replace of protection by equal protection',
    { positionLots: 10, cancelled: closing(5), replacement: closing(5) },
    false,
  ],
  [
    'replace of protection by less',
    { positionLots: 10, cancelled: closing(5), replacement: closing(4) },
    true,
  ],
  [
    'replace of protection by a plain order',
    { positionLots: 10, cancelled: closing(5), replacement: sell(5) },
    true,
  ],
  [
    'replace that would flip to a larger opposite position',
    { positionLots: 10, cancelled: sell(5), replacement: sell(21) },
    true,
  ],
  [
    'replace while flat by a larger one',
    { positionLots: 0, cancelled: buy(1), replacement: buy(2) },
    true,
  ],
  [
    'short position: replace by a larger sell',
    { positionLots: -3, cancelled: sell(1), replacement: sell(2) },
    true,
  ],
];

for (const [title, change, risky] of changes) {
  permits(`C-526 ${title}: ${risky ? 'raises' : 'does not raise'} risk`, () => {
    assert.is(isRiskIncreasing(change), risky);
  });
}

permits.run();
