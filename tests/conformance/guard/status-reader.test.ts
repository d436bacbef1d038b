/**
 * A reader of the status who knows nothing else: for every mode reason, latch reason and owner code one
 * screen of 80 × 24 says the mode, why, since when, and what clears it.
 */
import { stripVTControlCharacters } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ownerViewOf } from '../../../actors/guard/index.ts';
import { ownerScreen } from '../../../daemon/cli/owner-screen.ts';
import { ownerViewShown } from '../../../daemon/system/status-source.ts';
import {
  latchReasonRows,
  latchReasons,
  modeReasonRow,
  modeReasons,
  ownerCodeRow,
  ownerCodes,
} from '../../../streams/facts/reason-codes/index.ts';
import { causes } from '../../fixtures/guard/causes.ts';
import { activeBench, type GuardBench, guardBench } from '../../fixtures/guard/guard-bench.ts';

const reader = suite('status reader');

function screenOf({ guard, policy }: GuardBench, adoptable = 0) {
  const mode = guard.evaluate().mode;
  const view = ownerViewOf(guard, policy, 'STATE_PAPER_MODE', adoptable);
  const owner_view = ownerViewShown(view);
  const lines = ownerScreen({ trading_mode: mode, owner_view }).map(stripVTControlCharacters);
  // Words only: where a line breaks is no matter of what is said.
  return { mode, lines, text: lines.join(' ').replace(/\s+/g, ' ') };
}

function assertFits(lines: readonly string[], what: string): void {
  assert.ok(lines.length <= 24, `${what}: ${lines.length} rows`);
  for (const line of lines)
    assert.ok(line.length <= 80, `${what}: ${line.length} columns: ${line}`);
}

for (const reason of modeReasons) {
  if (reason === 'REDUCEONLY_OPERATOR_RESTORE_REQUIRED') continue; // below: it needs strict_monotonic
  reader(`${reason} is told: mode, why, since when, what clears it`, () => {
    const certificate_required = reason === 'REDUCEONLY_F1_CERT_INVALID';
    const bench = activeBench({ policy: { certificate_required } });
    causes[reason](bench);
    const { mode, lines, text } = screenOf(bench);
    assertFits(lines, reason);
    const row = modeReasonRow(reason);
    assert.is(mode, row.tier);
    assert.ok(lines[0]?.startsWith(`${mode}  `), lines[0]);
    const named = reason === 'REDUCEONLY_OPEN_PERMISSION_LATCHED' ? 'WS_BOOK_GAP' : reason;
    assert.ok(text.includes(named), text);
    assert.match(text, /since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    assert.match(text, /(AUTO: clears by itself|MANUAL: an operator must restore) when \S+/);
    const isManual = row.release === 'operator';
    assert.is(text.includes('MANUAL'), isManual, `${reason}: who clears it`);
  });
}

reader('REDUCEONLY_OPERATOR_RESTORE_REQUIRED is told', () => {
  const bench = activeBench({ policy: { strict_monotonic: true, reason_clear_stable_s: 1 } });
  bench.guard.reduceOnly('test');
  bench.guard.set('operator_reduce_only', false);
  const { mode, lines, text } = screenOf(bench);
  assertFits(lines, 'floor');
  assert.is(mode, 'ReduceOnly');
  assert.match(
    text,
    /REDUCEONLY_OPERATOR_RESTORE_REQUIRED since .* MANUAL: .* when operator_floor/,
  );
});

for (const reason of latchReasons) {
  reader(`${reason} is told: what was lost, since when, that a proof clears it`, () => {
    const bench = activeBench();
    bench.guard.latchSet(reason);
    const { lines, text } = screenOf(bench);
    assertFits(lines, reason);
    assert.ok(text.includes(`${reason} since 20`), text);
    assert.ok(text.includes(ownerCodeRow(latchReasonRows[reason].owner).message), text);
    assert.match(text, /AUTO: clears by itself when reconciliation proves/);
  });
}

for (const reason of latchReasons) {
  reader(`${reason} is told while something waits to be adopted: no proof comes by itself`, () => {
    const bench = activeBench();
    bench.guard.latchSet('INVENTORY_MISMATCH_RECONCILE_REQUIRED');
    bench.guard.latchSet(reason);
    const { lines, text } = screenOf(bench, 2);
    assertFits(lines, reason);
    assert.ok(text.includes(`${reason} since 20`), text);
    const told =
      /MANUAL: an owner must adopt until the venue shows nothing .* `holdfast adopt` \(now 2\)/;
    assert.match(text, told);
    assert.not.match(text, 'AUTO');
    assert.match(screenOf(bench).text, /AUTO/, 'NON-TRIP: adopted, the proof does the rest');
  });
}

reader(
  'a start that finds what is not ours, and all latches besides, fit with their command',
  () => {
    const bench = guardBench();
    bench.refresh();
    for (const reason of latchReasons) bench.guard.latchSet(reason);
    const { lines, text } = screenOf(bench, 1_000);
    assertFits(lines, 'start');
    assert.match(text, 'RESTART_RECONCILE_REQUIRED');
    assert.match(text, '`holdfast adopt` (now 1000)');
  },
);

for (const code of ownerCodes) {
  reader(`${code} as the cause of a risk state is told with its own sentence`, () => {
    const bench = activeBench();
    bench.guard.raise('test', { riskState: 'Degraded', owner: code });
    const { lines, text } = screenOf(bench);
    assertFits(lines, code);
    assert.ok(lines[0]?.startsWith('ReduceOnly'), lines[0]);
    assert.ok(text.includes(code) && text.includes(ownerCodeRow(code).message), text);
    assert.match(text, /since .* when risk_state is Healthy/);
  });
}

reader('everything at once still fits, and says how much more there is', () => {
  const bench = activeBench();
  for (const reason of modeReasons) {
    if (modeReasonRow(reason).tier === 'ReduceOnly') causes[reason](bench);
  }
  for (const reason of latchReasons) bench.guard.latchSet(reason);
  const { lines, text } = screenOf(bench);
  assertFits(lines, 'all');
  assert.match(text, /and \d+ more:/);
});

reader('nothing restricts: Active, and why that is all right', () => {
  const { lines } = screenOf(activeBench());
  assert.equal(lines, ['Active  STATE_PAPER_MODE  Trading on a simulated exchange.']);
});

reader.run();
