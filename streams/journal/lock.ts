/**
 * One writer per directory. The lock names its owner by pid, start time of that process and boot
 * of the machine, so a recycled pid is not mistaken for a live owner. A dead owner's lock is taken
 * over and reported; a live one refuses.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { Ports } from '../ports/index.ts';

export interface LockOwner {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
  readonly hostname: string;
  readonly acquiredUs: number;
}

export interface JournalLock {
  /** Whose lock was taken over: that process ended without closing the journal. */
  readonly takenOverFrom: LockOwner | undefined;
  release(): void;
}

type LockPorts = Pick<Ports, 'disk' | 'host' | 'clock'>;

const lockName = 'lock';
/** Two starters can steal the same dead lock; a third look settles it. */
const maxAttempts = 3;

function parseOwner(bytes: Buffer): LockOwner | undefined {
  try {
    const value = JSON.parse(bytes.toString('utf8')) as Partial<LockOwner>;
    return typeof value.pid === 'number' && typeof value.startTicks === 'string'
      ? (value as LockOwner)
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(ports: LockPorts, owner: LockOwner): boolean {
  if (owner.bootId !== ports.host.bootId) return false;
  return ports.host.processStartTicks(owner.pid) === owner.startTicks;
}

function tryCreate({ disk }: LockPorts, path: string, owner: LockOwner): boolean {
  try {
    // With its content or not at all: a process killed in between would leave a lock that names nobody.
    disk.createFileAtomic(path, Buffer.from(`${JSON.stringify(owner)}\n`));
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'EEXIST') return false;
    throw error;
  }
}

function lockedBy(directory: string, pid: number | undefined): HoldfastError {
  const who = pid === undefined ? 'a process that is starting' : `process ${pid}`;
  return new HoldfastError(
    'JOURNAL_LOCKED',
    `journal ${directory} is written by ${who}; stop it first, or use another data directory`,
    { details: { directory, pid } },
  );
}

/** Moves a dead lock out of the way. False when somebody else changed it meanwhile. */
function removeDead(ports: LockPorts, path: string, seen: Buffer): boolean {
  const aside = `${path}.dead-${ports.host.pid}`;
  try {
    ports.disk.rename(path, aside);
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return false;
    throw error;
  }
  const moved = ports.disk.readFile(aside);
  if (!moved.equals(seen)) {
    // A faster starter replaced the dead lock between our look and our rename: give it back.
    ports.disk.rename(aside, path);
    return false;
  }
  ports.disk.remove(aside);
  return true;
}

/** Takes the writer lock of `directory`, or throws JOURNAL_LOCKED naming the owner's pid. */
export function acquireLock(ports: LockPorts, directory: string): JournalLock {
  const path = `${directory}/${lockName}`;
  const { disk, host, clock } = ports;
  const owner: LockOwner = {
    pid: host.pid,
    startTicks: host.processStartTicks(host.pid) ?? 'unknown',
    bootId: host.bootId,
    hostname: host.hostname,
    acquiredUs: clock.nowUs(),
  };
  let takenOverFrom: LockOwner | undefined;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    if (tryCreate(ports, path, owner)) return { takenOverFrom, release: () => disk.remove(path) };
    if (!disk.exists(path)) continue;
    const seen = disk.readFile(path);
    // One that names nobody is damaged: no writer makes such a lock.
    const previous = parseOwner(seen);
    if (previous !== undefined && isAlive(ports, previous)) {
      throw lockedBy(directory, previous.pid);
    }
    if (removeDead(ports, path, seen)) takenOverFrom = previous;
  }
  throw lockedBy(directory, undefined);
}
