/** Everything that is installed with the product may be: permissive licences only. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Lock, lockPath, missingOptional } from './complete-lock.ts';
import { projectRoot } from './sources.ts';

const licences = suite('licences');
const allowed = new Set([
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]);

interface LockRow {
  readonly dev?: boolean;
  readonly license?: string;
  /** Absent: the package of another platform, which is never fetched here. */
  readonly integrity?: string;
}

function shipped(): Array<[path: string, row: LockRow]> {
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockRow>;
  };
  return Object.entries(lock.packages).filter(
    ([path, { dev, integrity }]) => path !== '' && dev !== true && integrity !== undefined,
  );
}

function licenceOf(path: string, row: LockRow): string {
  const manifest = join(projectRoot, path, 'package.json');
  if (row.license !== undefined) return row.license;
  if (!existsSync(manifest)) return 'unknown';
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { license?: string }).license ?? 'unknown';
}

licences('of shipped packages are permissive', () => {
  const rows = shipped();
  assert.ok(rows.length > 10);
  const found = rows
    .map(([path, row]) => [path, licenceOf(path, row)] as const)
    .filter(
      ([, licence]) =>
        !licence
          .replace(/[()]/g, '')
          .split(' OR ')
          .some((one) => allowed.has(one)),
    )
    .map(([path, licence]) => `${path}: ${licence}`);
  assert.equal(found, []);
});

licences('are known without an address of where packages came from', () => {
  const lock = readFileSync(join(projectRoot, 'package-lock.json'), 'utf8');
  assert.not.match(lock, /"resolved"/);
});

licences('and the lockfile names the optional packages of every platform', () => {
  const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as Lock;
  const missing = [...missingOptional(lock).keys()];
  assert.equal(missing, [], 'run `npm run lock` after changing dependencies');
});

licences.run();
