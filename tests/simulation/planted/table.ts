/**
 * What hunting found, kept as one file a bug, and the table of its document made from all of them: a
 * bug hunted alone does not wipe out what is known of the others.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plantedBugs } from './bugs.ts';

const documentPath = fileURLToPath(new URL('../../../../docs/simulation.md', import.meta.url));
const resultsPath = fileURLToPath(
  new URL('../../../../evidence/simulation/planted', import.meta.url),
);
const begin = '<!-- planted bugs: begin -->';
const end = '<!-- planted bugs: end -->';

/** The outcome of one hunt. */
export interface Hunted {
  readonly bug: string;
  readonly command: string;
  /** Seeds it could hide from. */
  readonly budget: number;
  /** Place in the campaign of the seed that caught it, from 1; null: it got away. */
  readonly seeds: number | null;
  /** The first invariant it broke, and the seed. */
  readonly invariant: string;
  readonly seed: string;
}

/** Keeps one result and makes the table again. Throws when the document has no marks. */
export function keep(result: Hunted): void {
  mkdirSync(resultsPath, { recursive: true });
  const file = join(resultsPath, `${result.bug}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  writeTable();
}

function keptResults(): Hunted[] {
  if (!existsSync(resultsPath)) return [];
  return readdirSync(resultsPath).map(
    (name) => JSON.parse(readFileSync(join(resultsPath, name), 'utf8')) as Hunted,
  );
}

/** The seed by which each was caught once: it must catch it again. */
export function caughtBefore(): ReadonlyMap<string, string> {
  return new Map(
    keptResults()
      .filter(({ seeds }) => seeds !== null)
      .map(({ bug, seed }) => [bug, seed]),
  );
}

function writeTable(): void {
  const results = keptResults();
  const rows = plantedBugs.map(({ name, about }) => {
    const known = results.find(({ bug }) => bug === name);
    const seeds = known === undefined ? 'not hunted yet' : (known.seeds ?? 'missed');
    const invariant = known?.invariant ? `\`${known.invariant}\`` : '';
    return `| \`${name}\` | ${about} | ${seeds} | ${invariant} |`;
  });
  const text = readFileSync(documentPath, 'utf8');
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${documentPath} has no marks for the table`);
  const table = [
    '| planted bug | what it does | caught by seed number | broken invariant |',
    '|---|---|---|---|',
    ...rows,
  ].join('\n');
  writeFileSync(documentPath, `${text.slice(0, from)}${begin}\n${table}\n${text.slice(to)}`);
}
