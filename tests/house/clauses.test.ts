/**
 * Every clause of execution, its evidence, groups, guard and ports is held by tests that carry its id: one that trips and one
 * that does not, so at least two. A template over a table of cases counts once for each literal title.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { projectRoot } from './sources.ts';

const clauses = suite('conformance clauses');

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => `C-${from + at}`);
}

const held = [
  ...range(101, 110),
  ...range(201, 218),
  ...range(301, 311),
  ...range(401, 409),
  ...range(501, 526),
  ...range(601, 606),
  ...range(707, 708),
  'C-710',
];

/** Held by one test that shows both sides: 31 s goes, 30 s stays. */
const bothInOne = new Set(['C-310', 'C-403', 'C-405', 'C-407', 'C-408', 'C-502', 'C-505', 'C-524']);

/** Titles of tests, by the clause they begin with; a templated title stands for a table of cases: two. */
export function titlesOf(source: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const [, quote, id] of source.matchAll(/(['`])(C-\d{3})\b/g)) {
    if (id !== undefined) found.set(id, (found.get(id) ?? 0) + (quote === '`' ? 2 : 1));
  }
  return found;
}

function countTitles(): Map<string, number> {
  const directory = join(projectRoot, 'tests/conformance');
  const total = new Map<string, number>();
  for (const name of readdirSync(directory, { recursive: true }) as string[]) {
    if (!name.endsWith('.test.ts')) continue;
    for (const [id, count] of titlesOf(readFileSync(join(directory, name), 'utf8'))) {
      total.set(id, (total.get(id) ?? 0) + count);
    }
  }
  return total;
}

clauses('each has a test that trips and one that does not', () => {
  const counts = countTitles();
  const missing = held.filter((id) => (counts.get(id) ?? 0) < (bothInOne.has(id) ? 1 : 2));
  assert.equal(missing, []);
});

clauses('a planted clause with one test alone is found', () => {
  const planted = "limits('C-299 once', () => 1);\nlimits(`C-298 \u0024{of} a table`, () => 1);";
  assert.equal(
    [...titlesOf(planted)],
    [
      ['C-299', 1],
      ['C-298', 2],
    ],
  );
});

clauses.run();
