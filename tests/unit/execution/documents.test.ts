/** The documents say what the code does: gate order, critical keys, chokepoint names. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gateNames } from '../../../actors/execution/gates/chain.ts';
import { requiredExecutionKeys } from '../../../streams/facts/policy/execution.ts';
import { rejectCodes } from '../../../streams/facts/reject-codes.ts';

const documents = suite('execution documents');

function cells(path: string, row: RegExp): string[] {
  return [...readFileSync(path, 'utf8').matchAll(row)].map((match) => match[1] ?? '');
}

documents('the gate table is the chain, in its order', () => {
  const rows = cells('docs/intent_gate_invariants.md', /^\| \d+ \| `([a-z_]+)` \|/gm);
  assert.equal(rows, [...gateNames]);
});

documents('every code the gate table names is registered', () => {
  const table = readFileSync('docs/intent_gate_invariants.md', 'utf8');
  const named = [...table.matchAll(/\b([A-Z][a-z]+(?:[A-Z][A-Za-z0-9]+)+)\b/g)].map((m) => m[1]);
  assert.ok(named.length > 15);
  assert.equal(
    named.filter((code) => !Object.hasOwn(rejectCodes, code ?? '')),
    [],
  );
});

documents('the critical keys are those in the code', () => {
  const rows = cells('docs/critical_config_keys.md', /^\| `execution\.([a-z_]+)` \|/gm);
  assert.equal(rows.sort(), [...requiredExecutionKeys].sort());
});

documents('the chokepoint document names module, function and client', () => {
  const text = readFileSync('docs/dispatch_chokepoint.md', 'utf8');
  const source = readFileSync('actors/execution/chokepoint.ts', 'utf8');
  for (const name of ['openChokepoint', 'DeribitTradingClient', 'Dispatch']) {
    assert.ok(text.includes(name) && source.includes(name), name);
  }
});

documents.run();
