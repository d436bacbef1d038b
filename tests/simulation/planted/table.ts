/** Writes the table of planted bugs into its document. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Caught } from '../run-planted.ts';

const documentPath = fileURLToPath(new URL('../../../../docs/simulation.md', import.meta.url));
const begin = '<!-- planted bugs: begin -->';
const end = '<!-- planted bugs: end -->';

/** Replaces what stands between the marks. Throws when the document has none. */
export function writeTable(results: readonly Caught[]): void {
  const text = readFileSync(documentPath, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${documentPath} has no marks for the table`);
  const rows = results.map(
    ({ bug, seeds, invariant }) =>
      `| \`${bug.name}\` | ${bug.about} | ${seeds === undefined ? 'missed' : seeds} | ${invariant} |`,
  );
  const table = [
    '| planted bug | what it does | seeds to catch | broken invariant |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
  writeFileSync(documentPath, `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`);
}
