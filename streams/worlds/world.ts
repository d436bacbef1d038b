/**
 * Opening and proving sealed worlds. No digest, no read: a world is opened only after its manifest
 * matches its fingerprint and every file matches its sha256.
 */
import { HoldfastError } from '../facts/errors.ts';
import { type Instrument, instrumentOf } from '../facts/instrument.ts';
import type { Disk } from '../ports/index.ts';
import { openCursor, type WorldCursor } from './cursor.ts';
import { fileDigest } from './digest.ts';
import { EventSetHash } from './event-hash.ts';
import {
  manifestFileName,
  parseManifest,
  type WorldCounts,
  type WorldFile,
  type WorldManifest,
} from './manifest.ts';

export interface World {
  readonly manifest: WorldManifest;
  readonly instruments: readonly Instrument[];
  /** A fresh cursor at the first event; several may be open at once. */
  cursor(): WorldCursor;
}

/** Reads and proves the manifest alone. Throws WORLD_NOT_FOUND, WORLD_DAMAGED. */
export function readManifest(disk: Disk, directory: string): WorldManifest {
  const path = `${directory}/${manifestFileName}`;
  if (!disk.exists(path)) {
    throw new HoldfastError(
      'WORLD_NOT_FOUND',
      `no sealed world in ${directory}: ${manifestFileName} is missing`,
    );
  }
  return parseManifest(disk.readFile(path).toString('utf8'), path);
}

/** What is wrong with a file, or undefined. */
function fileProblem(disk: Disk, directory: string, file: WorldFile): string | undefined {
  const path = `${directory}/${file.path}`;
  if (!disk.exists(path)) return `${file.path} is missing`;
  const { bytes, sha256 } = fileDigest(disk, path);
  if (bytes !== file.bytes)
    return `${file.path} has ${bytes} bytes, the manifest says ${file.bytes}`;
  return sha256 === file.sha256 ? undefined : `${file.path} does not match its sha256`;
}

/**
 * Opens a sealed world after proving manifest and digests.
 * Throws WORLD_NOT_FOUND, WORLD_NOT_SEALED (its seal failed) and WORLD_DAMAGED (names the file).
 */
export function openWorld(disk: Disk, directory: string): World {
  const manifest = readManifest(disk, directory);
  if (manifest.status !== 'SEALED_OK') {
    throw new HoldfastError(
      'WORLD_NOT_SEALED',
      `the seal of ${manifest.scenario_id} failed: import it again`,
    );
  }
  for (const file of manifest.files) {
    const problem = fileProblem(disk, directory, file);
    if (problem !== undefined) {
      const message = `world ${manifest.scenario_id} is damaged: ${problem}; import the recording again`;
      throw new HoldfastError('WORLD_DAMAGED', message, { details: { file: file.path } });
    }
  }
  const instruments = manifest.instruments.map((row) => instrumentOf(row));
  const byName = new Map(instruments.map((instrument) => [instrument.name, instrument]));
  return {
    manifest,
    instruments,
    cursor: () => openCursor(disk, directory, manifest.files, byName),
  };
}

/** What `verifyWorld` found. `problems` is empty exactly when `ok`. */
export interface VerifyReport {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly manifest: WorldManifest | undefined;
  readonly files: number;
  readonly events: number;
}

interface Recount {
  readonly counts: WorldCounts;
  readonly hash: string;
  readonly problems: readonly string[];
}

/** Order problems listed before a recount stops: after the first few they say nothing new. */
const maxOrderProblems = 10;

function recount(world: World): Recount {
  const cursor = world.cursor();
  const hash = new EventSetHash();
  const counts = { book: 0, trade: 0, ticker: 0 };
  const problems: string[] = [];
  let lastUs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const peekedUs = cursor.peekTsUs();
    const event = cursor.next();
    if (event === undefined) break;
    counts[event.type] += 1;
    hash.add(event);
    if (event.tsUs !== peekedUs || event.tsUs < lastUs)
      problems.push(`order breaks at ${event.tsUs}`);
    lastUs = event.tsUs;
    if (problems.length >= maxOrderProblems) break;
  }
  return { counts, hash: hash.digest(), problems };
}

function compare(world: World): string[] {
  const { manifest } = world;
  const { counts, hash, problems } = recount(world);
  const found = [...problems];
  for (const kind of ['book', 'trade', 'ticker'] as const) {
    if (counts[kind] !== manifest.counts[kind]) {
      found.push(`${counts[kind]} ${kind} events, the manifest says ${manifest.counts[kind]}`);
    }
  }
  if (hash !== manifest.order_invariant_hash)
    found.push('the events do not match the order-invariant hash');
  return found;
}

/** Re-hashes every file, reads every event, recounts. Reports damage instead of throwing it. */
export function verifyWorld(disk: Disk, directory: string): VerifyReport {
  let manifest: WorldManifest | undefined;
  const problems: string[] = [];
  try {
    manifest = readManifest(disk, directory);
    for (const file of manifest.files) {
      const problem = fileProblem(disk, directory, file);
      if (problem !== undefined) problems.push(problem);
    }
    if (problems.length === 0) problems.push(...compare(openWorld(disk, directory)));
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError)) throw thrown;
    problems.push(thrown.message);
  }
  const { book, trade, ticker } = manifest?.counts ?? { book: 0, trade: 0, ticker: 0 };
  const files = manifest?.files.length ?? 0;
  return { ok: problems.length === 0, problems, manifest, files, events: book + trade + ticker };
}
