/** What sealed worlds there are, and finding one by name, path or fingerprint. Reads, never writes worlds. */
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { isoFromUs } from '../../../streams/facts/time.ts';
import type { Clock, Disk } from '../../../streams/ports/index.ts';
import {
  manifestFileName,
  openWorld,
  readManifest,
  type VerifyReport,
  verifyWorld,
  type World,
  type WorldManifest,
} from '../../../streams/worlds/index.ts';
import { artifactPath, artifactPlaces } from './layout.ts';
import { writeReceipt } from './receipts.ts';

export interface WorldEntry {
  readonly scenarioId: string;
  readonly fingerprint: string;
  readonly directory: string;
  /** `DAMAGED`: the manifest itself does not prove; its digests were not looked at. */
  readonly status: WorldManifest['status'] | 'DAMAGED';
  readonly manifest: WorldManifest | undefined;
  readonly problem: string | undefined;
}

/** Shortest fingerprint prefix that is taken for one: below it a name is meant. */
const minPrefixDigits = 6;

function directoriesIn(disk: Disk, path: string): string[] {
  if (!disk.exists(path)) return [];
  return disk
    .list(path)
    .map((name) => `${path}/${name}`)
    .filter((inner) => disk.stat(inner)?.kind === 'directory');
}

function tokenOf(directory: string, token: string): string {
  return new RegExp(`/${token}=([^/]+)`).exec(directory)?.[1] ?? '';
}

function entryOf(disk: Disk, directory: string): WorldEntry {
  const scenarioId = tokenOf(directory, 'scenario_id');
  const fingerprint = tokenOf(directory, 'manifest_fingerprint');
  try {
    const manifest = readManifest(disk, directory);
    const isMoved = manifest.manifest_fingerprint !== fingerprint;
    const problem = isMoved
      ? 'the directory does not carry the fingerprint of its manifest'
      : undefined;
    const status = isMoved ? ('DAMAGED' as const) : manifest.status;
    return { scenarioId, fingerprint, directory, status, manifest, problem };
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError)) throw thrown;
    return {
      scenarioId,
      fingerprint,
      directory,
      status: 'DAMAGED',
      manifest: undefined,
      problem: thrown.message,
    };
  }
}

/** All sealed worlds under the root, by name. Damaged ones are listed as such, not hidden. */
export function listWorlds(disk: Disk, root: string): WorldEntry[] {
  const { prefix, tokens } = artifactPlaces.world;
  let directories = [`${root}/${prefix}`];
  for (const token of tokens) {
    directories = directories
      .flatMap((directory) => directoriesIn(disk, directory))
      .filter((directory) =>
        directory.slice(directory.lastIndexOf('/') + 1).startsWith(`${token}=`),
      );
  }
  const entries = directories.map((directory) => entryOf(disk, directory));
  return entries.sort((a, b) =>
    a.scenarioId + a.fingerprint < b.scenarioId + b.fingerprint ? -1 : 1,
  );
}

/**
 * The directory of the world meant by a directory, a name, or a fingerprint prefix of at least six
 * digits. Throws WORLD_NOT_FOUND: none, or several and which.
 */
export function resolveWorld(disk: Disk, root: string, reference: string): string {
  if (disk.exists(`${reference}/${manifestFileName}`)) return reference;
  const entries = listWorlds(disk, root);
  const named = entries.filter((entry) => entry.scenarioId === reference);
  const isPrefix = reference.length >= minPrefixDigits && /^[0-9a-f]+$/.test(reference);
  const found =
    named.length > 0 || !isPrefix
      ? named
      : entries.filter((entry) => entry.fingerprint.startsWith(reference));
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only.directory;
  const known = (found.length > 1 ? found : entries).map(
    (entry) => `${entry.scenarioId} (${entry.fingerprint.slice(0, 12)})`,
  );
  const what =
    found.length > 1 ? `${reference} means several worlds` : `no world ${reference} in ${root}`;
  const list =
    known.length === 0 ? 'there is none; seal one with `holdfast seal import`' : known.join(', ');
  throw new HoldfastError('WORLD_NOT_FOUND', `${what}: ${list}`);
}

/** Resolves and opens. Throws WORLD_NOT_FOUND, WORLD_NOT_SEALED, WORLD_DAMAGED. */
export function openWorldOf(disk: Disk, root: string, reference: string): World {
  return openWorld(disk, resolveWorld(disk, root, reference));
}

/** Proves a world from its bytes and leaves a verifier receipt. Reports damage, does not throw it. */
export function verifyWorldOf(
  ports: { readonly disk: Disk; readonly clock: Clock },
  root: string,
  reference: string,
): VerifyReport {
  const directory = resolveWorld(ports.disk, root, reference);
  const found = verifyWorld(ports.disk, directory);
  const expected = found.manifest === undefined ? undefined : artifactPath('world', found.manifest);
  const isMoved =
    expected !== undefined &&
    directory.startsWith(`${root}/`) &&
    directory !== `${root}/${expected}`;
  const problems = isMoved
    ? [...found.problems, `the world stands outside its place ${expected}`]
    : found.problems;
  const report = { ...found, ok: problems.length === 0, problems };
  if (found.manifest !== undefined) {
    writeReceipt(ports.disk, root, 'verify_receipt', found.manifest, {
      status: report.ok ? 'VERIFIED' : 'DAMAGED',
      verified_at: isoFromUs(ports.clock.nowUs()),
      problems,
    });
  }
  return report;
}
