/** The manifest is whole, closed and documented. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { defaultGuardPolicy, guardPolicySchema } from '../../../streams/facts/policy/guard.ts';
import { reasonCodesPage } from '../../../streams/facts/reason-codes/docs.ts';
import {
  criticalInputs,
  guardInputNames,
  guardInputRow,
  isModeReason,
  isOwnerCode,
  killReasons,
  latchReasonRows,
  latchReasons,
  modeReasonRow,
  modeReasons,
  ownerCodeOf,
  ownerCodes,
  ownerCodesOf,
  primaryOwnerCode,
  reduceOnlyReasons,
} from '../../../streams/facts/reason-codes/index.ts';

const manifest = suite('reason-code manifest');

manifest('Kill reasons come first, and each tier fits the bits of one mask', () => {
  assert.equal(modeReasons, [...killReasons, ...reduceOnlyReasons]);
  assert.is(killReasons.length, 12);
  assert.is(reduceOnlyReasons.length, 21);
  assert.is(latchReasons.length, 6);
  assert.ok(Math.max(killReasons.length, reduceOnlyReasons.length) < 31);
});

manifest('every Kill reason is released by an operator and says what containment it allows', () => {
  for (const reason of killReasons) {
    assert.is(modeReasonRow(reason).release, 'operator', reason);
    assert.ok(modeReasonRow(reason).containment !== undefined, reason);
  }
});

manifest('every code it refers to exists', () => {
  const policy = defaultGuardPolicy() as Readonly<Record<string, unknown>>;
  const computed = ['operator_floor', 'critical_inputs_missing'];
  for (const reason of modeReasons) {
    const { owner, implies, unblock } = modeReasonRow(reason);
    assert.ok(isOwnerCode(owner), owner);
    assert.ok(implies.every(isModeReason), reason);
    assert.ok([...guardInputNames, ...computed].includes(unblock.input), unblock.input);
    if (typeof unblock.target === 'object') assert.ok(unblock.target.parameter in policy, reason);
  }
  for (const reason of latchReasons) assert.ok(isOwnerCode(latchReasonRows[reason].owner), reason);
  for (const name of guardInputNames) {
    const { maxAge, staleImplies = [] } = guardInputRow(name);
    if (maxAge !== undefined) assert.ok(maxAge.parameter in policy, name);
    assert.ok(staleImplies.every(isModeReason), name);
    assert.is(guardInputRow(name).unit === 'state', guardInputRow(name).states !== undefined, name);
  }
});

manifest('an unknown code has no owner code', () => {
  assert.is(ownerCodeOf('NO_SUCH_CODE'), undefined);
  assert.is(ownerCodeOf('toString'), undefined);
  assert.is(ownerCodeOf('KILL_OPERATOR'), 'OPS_OPERATOR_ACTION');
});

manifest('the owner sees what is behind a latch or a risk state, the gravest first', () => {
  const causes = {
    modeReasons: ['REDUCEONLY_OPEN_PERMISSION_LATCHED', 'REDUCEONLY_RISKSTATE_DEGRADED'],
    latchReasons: ['RESTART_RECONCILE_REQUIRED'],
    riskCauses: ['EXT_CONNECTIVITY_LOSS'],
  } as const;
  assert.equal(ownerCodesOf(causes), ['STATE_STARTUP_RECONCILING', 'EXT_CONNECTIVITY_LOSS']);
  assert.is(primaryOwnerCode(causes), 'EXT_CONNECTIVITY_LOSS');
  const nothing = { modeReasons: [], latchReasons: [], riskCauses: [] };
  assert.is(primaryOwnerCode(nothing, 'STATE_PAPER_MODE'), 'STATE_PAPER_MODE');
});

manifest('critical inputs are those always required and those whose source is configured', () => {
  const always = criticalInputs(new Set());
  assert.equal(always, [
    'mm_util',
    'disk_used_pct',
    'venue_session',
    'evidence_counters',
    'policy',
  ]);
  assert.ok(criticalInputs(new Set(['fee_cache'])).includes('fee_cache'));
});

manifest('a mark that could never be reached is refused with its path', () => {
  const result = guardPolicySchema.safeParse({ mm_util_kill: 0.8 });
  assert.is(result.success, false);
  assert.equal(result.error?.issues[0]?.path, ['mm_util_kill']);
  assert.is(guardPolicySchema.safeParse({ guard_tick_s: 1 }).success, false);
});

manifest('the page in docs is the generated one, and names every code', () => {
  const page = reasonCodesPage();
  for (const code of [...modeReasons, ...latchReasons, ...ownerCodes])
    assert.ok(page.includes(code));
  const committed = readFileSync(
    new URL('../../../../docs/reason-codes.md', import.meta.url),
    'utf8',
  );
  assert.is(committed, page);
});

manifest.run();
