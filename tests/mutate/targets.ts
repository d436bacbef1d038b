/** What is mutated, by area, and which tests must notice. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Area {
  readonly name: string;
  readonly files: readonly string[];
}

function folder(root: string, path: string): string[] {
  const names = readdirSync(join(root, path)).filter((name) => name.endsWith('.ts'));
  return names.map((name) => `${path}/${name}`).sort();
}

export function areasOf(root: string): Area[] {
  return [
    { name: 'gates', files: folder(root, 'actors/execution/gates') },
    {
      name: 'quantisation',
      files: ['actors/execution/quantise.ts', 'actors/execution/sizing.ts'],
    },
    { name: 'lifecycle', files: ['machines/order-lifecycle.ts'] },
    {
      name: 'ledger',
      files: [
        'actors/execution/ledger.ts',
        'actors/execution/ledger-payloads.ts',
        'actors/execution/replay.ts',
        'actors/execution/booking.ts',
        'actors/execution/in-doubt.ts',
        'actors/execution/order-record.ts',
      ],
    },
  ];
}

/** Whole daemons, and a walk over all sources: too dear to ask about each mutant. */
const tooDear: ReadonlySet<string> = new Set([
  'conformance/evidence/slow-writer.test.js',
  'conformance/execution/crashes.test.js',
  'conformance/execution/degraded.test.js',
  'conformance/execution/group-containment.test.js',
  'conformance/execution/chokepoint.test.js',
]);

/** Compiled tests that run for every mutant until one of them fails. */
export function testsOf(distRoot: string): string[] {
  const folders = [
    'unit/execution',
    'unit/evidence',
    'conformance/execution',
    'conformance/evidence',
  ];
  return folders.flatMap((path) =>
    readdirSync(join(distRoot, 'tests', path))
      .filter((name) => name.endsWith('.test.js') && !tooDear.has(`${path}/${name}`))
      .map((name) => join('tests', path, name))
      .sort(),
  );
}
