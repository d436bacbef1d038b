/**
 * Completes the lockfile with the optional packages of other platforms that the registry at hand
 * does not serve: without their entries `npm ci` refuses a lockfile written there. What belongs to
 * another platform is never fetched.
 *
 *   npm run lock
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './sources.ts';

interface LockRow {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Lock {
  readonly packages: Record<string, LockRow & Record<string, unknown>>;
}

const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'openbsd',
  'netbsd',
  'openharmony',
  'sunos',
  'win32',
  'aix',
];
const processors = [
  'arm64',
  'x64',
  'ia32',
  'arm',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
];

function platformOf(name: string): Record<string, readonly string[]> {
  const parts = name.split(/[-/.]/);
  const os = systems.filter((system) => parts.includes(system));
  const cpu = processors.filter((processor) => parts.includes(processor));
  // A package without a system in its name (wasm fallbacks) runs anywhere: never needed here.
  return { os: os.length > 0 ? os : ['none'], cpu: cpu.length > 0 ? cpu : ['none'] };
}

/** Optional packages that some locked package wants and the lock does not have: name → version. */
export function missingOptional(lock: Lock): Map<string, { version: string; dev: boolean }> {
  const missing = new Map<string, { version: string; dev: boolean }>();
  for (const [path, row] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(row.optionalDependencies ?? {})) {
      const nested = `${path}/node_modules/${name}`;
      const hoisted = `node_modules/${name}`;
      if (nested in lock.packages || hoisted in lock.packages) continue;
      missing.set(hoisted, { version: version.replace(/^[^0-9]*/, ''), dev: row.dev === true });
    }
  }
  return missing;
}

/** Adds an entry for each of them; everything else stays as npm wrote it. */
export function completed(lock: Lock): Lock {
  const packages = { ...lock.packages };
  for (const [path, { version, dev }] of missingOptional(lock)) {
    packages[path] = { version, ...(dev ? { dev } : {}), optional: true, ...platformOf(path) };
  }
  const sorted = Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...lock, packages: Object.fromEntries(sorted) };
}

export const lockPath = join(projectRoot, 'package-lock.json');

if (process.argv[1]?.endsWith('complete-lock.js') === true) {
  const lock = JSON.parse(readFileSync(lockPath, 'utf8')) as Lock;
  writeFileSync(lockPath, `${JSON.stringify(completed(lock), null, 2)}\n`);
}
