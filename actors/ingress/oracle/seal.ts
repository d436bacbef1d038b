/**
 * Sealing: events → staging directory → manifest → read back and proven → one atomic rename. Write-once:
 * a world whose name is taken is refused with WORLD_EXISTS before anything is written, and again at the
 * rename. A failed import leaves nothing; a failed proof leaves a receipt with SEALED_FAILED and no world.
 */
import { asHoldfastError, HoldfastError } from '../../../streams/facts/errors.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { isoFromUs } from '../../../streams/facts/time.ts';
import type { Clock, Disk, Random } from '../../../streams/ports/index.ts';
import {
  type EventSink,
  type ImportRequest,
  importRecordings,
  manifestFileName,
  manifestText,
  scenarioIdForm,
  verifyWorld,
  type WorldManifest,
  type WorldProvenance,
  type WorldSource,
  WorldWriter,
  withFingerprint,
  worldSchemaVersion,
} from '../../../streams/worlds/index.ts';
import { listWorlds } from './catalogue.ts';
import { artifactPath, stagingPrefix } from './layout.ts';
import { writeReceipt } from './receipts.ts';

export interface SealPorts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SealIdentity {
  readonly scenarioId: string;
  /** Generator sources: hash of the parameters, and the seed. */
  readonly parameterHash?: string;
  readonly seed?: string;
}

export interface SealedWorld {
  readonly manifest: WorldManifest;
  /** Absolute, or relative as the root was. */
  readonly directory: string;
}

/** A recording that is being written and is not yet a world. End it with `seal` or `abandon`. */
export interface Capture extends EventSink {
  readonly events: number;
  append(event: MarketEvent): void;
  /** Makes it a world. Throws WORLD_EXISTS, WORLD_NOT_SEALED (the read-back found damage). */
  seal(source: WorldSource, provenance: Partial<WorldProvenance>): SealedWorld;
  /** Removes everything written so far. */
  abandon(): void;
}

/** Staging directories older than this belong to a process that died: removed at the next seal. */
const stagingAbandonedAfterUs = 24 * 3_600_000_000;

function refuseTakenName(disk: Disk, root: string, scenarioId: string): void {
  const taken = listWorlds(disk, root).find((entry) => entry.scenarioId === scenarioId);
  if (taken === undefined) return;
  throw new HoldfastError(
    'WORLD_EXISTS',
    `world ${scenarioId} is sealed already (${taken.fingerprint.slice(0, 12)}); sealed data is immutable: choose another name`,
    { details: { directory: taken.directory } },
  );
}

function removeDeadStaging(ports: SealPorts, staging: string): void {
  if (!ports.disk.exists(staging)) return;
  for (const name of ports.disk.list(staging)) {
    const stat = ports.disk.stat(`${staging}/${name}`);
    const isDead =
      stat !== undefined && stat.modifiedUs < ports.clock.nowUs() - stagingAbandonedAfterUs;
    if (isDead) ports.disk.removeTree(`${staging}/${name}`);
  }
}

function openStaging(ports: SealPorts, root: string, scenarioId: string): string {
  const staging = `${root}/${stagingPrefix}`;
  removeDeadStaging(ports, staging);
  const directory = `${staging}/${scenarioId}.${ports.random.hex(8)}`;
  ports.disk.makeDirectory(directory);
  return directory;
}

/** Directories below `directory`, deepest first, then itself. */
function directoriesOf(disk: Disk, directory: string): string[] {
  const inner = disk
    .list(directory)
    .map((name) => `${directory}/${name}`)
    .filter((path) => disk.stat(path)?.kind === 'directory');
  return [...inner.flatMap((path) => directoriesOf(disk, path)), directory];
}

/** Makes the staged world visible under its key in one step. */
function publish(disk: Disk, root: string, staged: string, manifest: WorldManifest): string {
  const target = `${root}/${artifactPath('world', manifest)}`;
  const parent = target.slice(0, target.lastIndexOf('/'));
  // Taken while we wrote: another process sealed the name.
  refuseTakenName(disk, root, manifest.scenario_id);
  disk.makeDirectory(parent);
  for (const directory of directoriesOf(disk, staged)) disk.syncDirectory(directory);
  disk.rename(staged, target);
  syncUpTo(disk, root, parent);
  return target;
}

/** Makes a new name durable: its directory may be new too, and so may every one above it. */
function syncUpTo(disk: Disk, root: string, directory: string): void {
  for (let at = directory; at.length >= root.length; at = at.slice(0, at.lastIndexOf('/'))) {
    disk.syncDirectory(at);
    if (!at.includes('/')) return;
  }
}

const noProvenance: WorldProvenance = {
  lines: 0,
  skipped_lines: 0,
  skipped: [],
  left_out: {},
  derived: {},
  inferred: {},
  book_gaps: {},
};

/**
 * Starts a world: the live session, an importer or a generator appends events to it in source order.
 * Throws REQUEST_INVALID on an unusable name and WORLD_EXISTS when the name is taken.
 */
export function beginCapture(ports: SealPorts, root: string, identity: SealIdentity): Capture {
  const { scenarioId, parameterHash = 'none', seed = 'none' } = identity;
  if (!scenarioIdForm.test(scenarioId)) {
    const message = `not a world name: ${scenarioId} (lower case letters, digits, dot, dash, underscore)`;
    throw new HoldfastError('REQUEST_INVALID', message);
  }
  refuseTakenName(ports.disk, root, scenarioId);
  const staged = openStaging(ports, root, scenarioId);
  const writer = new WorldWriter(ports.disk, staged);
  const abandon = (): void => ports.disk.removeTree(staged);

  const seal = (source: WorldSource, provenance: Partial<WorldProvenance>): SealedWorld => {
    const { bookGaps, ...content } = writer.finish();
    const manifest = withFingerprint({
      schema_version: worldSchemaVersion,
      status: 'SEALED_OK',
      scenario_id: scenarioId,
      parameter_hash: parameterHash,
      seed,
      source,
      provenance: { ...noProvenance, ...provenance, book_gaps: bookGaps },
      ...content,
    });
    ports.disk.writeFileAtomic(`${staged}/${manifestFileName}`, manifestText(manifest));
    const { ok, problems } = verifyWorld(ports.disk, staged);
    const sealedAt = isoFromUs(ports.clock.nowUs());
    if (!ok) {
      writeReceipt(ports.disk, root, 'seal_receipt', manifest, {
        status: 'SEALED_FAILED',
        sealed_at: sealedAt,
        problems,
      });
      const message = `the seal of ${scenarioId} failed: ${problems[0]}; check the disk and import again`;
      throw new HoldfastError('WORLD_NOT_SEALED', message, { details: { problems } });
    }
    const directory = publish(ports.disk, root, staged, manifest);
    writeReceipt(ports.disk, root, 'seal_receipt', manifest, {
      status: 'SEALED_OK',
      sealed_at: sealedAt,
      problems,
    });
    return { manifest, directory };
  };

  return {
    get events() {
      return writer.rows;
    },
    append: (event) => writer.append(event),
    seal: (source, provenance) => {
      try {
        return seal(source, provenance);
      } catch (thrown) {
        abandon();
        throw thrown;
      }
    },
    abandon,
  };
}

function isDiskFull(thrown: unknown): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC';
}

function diskFull(root: string, cause: unknown): HoldfastError {
  const message = `no space left under ${root}: nothing was sealed; free some and import again`;
  return new HoldfastError('DISK_FULL', message, { cause });
}

export interface SealImportRequest extends ImportRequest, SealIdentity {
  /** Licence of the recording; default `not stated`. */
  readonly licence?: string;
}

/**
 * Imports recordings and seals them as one world. Throws IMPORT_INVALID (with source and line),
 * WORLD_EXISTS, WORLD_NOT_SEALED, DISK_FULL; whatever it throws, nothing half-written stays.
 */
export async function sealImport(
  ports: SealPorts,
  root: string,
  request: SealImportRequest,
): Promise<SealedWorld> {
  const capture = beginCapture(ports, root, request);
  try {
    const { source, provenance } = await importRecordings(ports.disk, request, capture);
    return capture.seal({ ...source, licence: request.licence ?? 'not stated' }, provenance({}));
  } catch (thrown) {
    capture.abandon();
    throw isDiskFull(thrown) ? diskFull(root, thrown) : asHoldfastError(thrown);
  }
}
