/**
 * A disk in memory that can do what real disks do: forget what was not synced, run full, fail a
 * sync. Names are durable only after their directory was synced. It outlives its node's crashes.
 */
import path from 'node:path/posix';
import type { Disk, DiskFile, DiskStat, Random } from '../../../streams/ports/index.ts';
import type { VirtualClock } from './clock.ts';
import { Inode } from './inode.ts';
import { Namespace } from './namespace.ts';
import { systemError } from './system-error.ts';

/** Asynchronous calls take this long. */
export interface DiskDelays {
  readonly writeUs: number;
  readonly datasyncUs: number;
  readonly readUs: number;
}

export type DiskOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'datasync'
  | 'preallocate'
  | 'truncate'
  | 'rename'
  | 'remove'
  | 'syncDirectory';

/** Refuses or faults an operation; returns the absolute name. */
type Check = (operation: DiskOperation, file: string) => string;

const defaultDelays: DiskDelays = { writeUs: 20, datasyncUs: 100, readUs: 20 };
const defaultCapacityBytes = 16 * 1024 ** 3;

/** The platters: everything a crash of the node does not take away. */
export class VirtualDisk {
  readonly names = new Namespace();
  capacityBytes: number = defaultCapacityBytes;
  delays: DiskDelays = defaultDelays;
  /** Runs before every operation; what it throws (see `systemError`) is what the caller gets. */
  onOperation: ((operation: DiskOperation, file: string) => void) | undefined;
  /** How often it failed an operation or had no space for one. */
  refusals = 0;
  readonly clock: VirtualClock;
  readonly #random: Random;

  constructor(clock: VirtualClock, random: Random) {
    this.clock = clock;
    this.#random = random;
  }

  get usedBytes(): number {
    return this.names.files().reduce((total, inode) => total + inode.size, 0);
  }

  /** What the power leaves behind: unsynced sectors and unsynced names by chance. */
  losePower(): void {
    this.names.loseUnsynced(this.#random);
    for (const inode of this.names.files()) inode.loseUnsynced(this.#random);
  }

  /** Throws ENOSPC when the file system cannot take `bytes` more. */
  reserve(bytes: number, file: string): void {
    if (bytes <= 0 || this.usedBytes + bytes <= this.capacityBytes) return;
    this.refusals += 1;
    throw systemError('ENOSPC', file);
  }

  /** The disk port over these platters. `isUsable` says whether the node that asks still lives. */
  port(isUsable: () => boolean): Disk {
    const names = this.names;
    const check: Check = (operation, file) => {
      const name = path.resolve('/', file);
      if (!isUsable()) throw systemError('EIO', `${name}: the node is gone`);
      this.#mayFail(operation, name);
      return name;
    };
    const disk: Disk = {
      open: (file, mode) => this.#open(check('open', file), mode, check),
      readFile(file) {
        const inode = names.file(check('read', file));
        return inode.read(0, inode.size);
      },
      writeFileAtomic: (file, bytes) => this.#replace(check, file, Buffer.from(bytes as string)),
      createFileAtomic: (file, bytes) => {
        if (names.has(check('read', file))) throw systemError('EEXIST', file);
        this.#replace(check, file, Buffer.from(bytes));
      },
      exists: (file) => names.has(check('read', file)),
      stat: (file) => statOf(names, check('read', file)),
      list: (directory) => names.list(check('read', directory)),
      makeDirectory: (directory) => names.makeDirectory(check('write', directory)),
      rename: (from, to) => names.rename(check('rename', from), path.resolve('/', to)),
      remove: (file) => names.remove(check('remove', file)),
      removeTree: (directory) => names.removeTree(check('remove', directory)),
      syncDirectory(directory) {
        const name = check('syncDirectory', directory);
        names.requireDirectory(name);
        names.sync(name);
      },
      space: () => ({
        totalBytes: this.capacityBytes,
        freeBytes: Math.max(0, this.capacityBytes - this.usedBytes),
      }),
    };
    return disk;
  }

  #mayFail(operation: DiskOperation, name: string): void {
    try {
      this.onOperation?.(operation, name);
    } catch (error) {
      this.refusals += 1;
      throw error;
    }
  }

  #replace(check: Check, file: string, bytes: Buffer): void {
    const name = check('write', file);
    const directory = path.dirname(name);
    this.names.requireDirectory(directory);
    this.reserve(bytes.length, name);
    const inode = new Inode();
    inode.modifiedUs = this.clock.nowUs;
    inode.write(bytes, 0);
    check('datasync', file);
    inode.sync();
    check('rename', file);
    this.names.set(name, inode);
    check('syncDirectory', directory);
    this.names.sync(directory);
  }

  #open(name: string, mode: 'read' | 'write' | 'create', check: Check): DiskFile {
    if (mode === 'create') {
      if (this.names.has(name)) throw systemError('EEXIST', name);
      this.names.requireDirectory(path.dirname(name));
      const inode = new Inode();
      inode.modifiedUs = this.clock.nowUs;
      this.names.set(name, inode);
    }
    return this.#fileOver(name, this.names.file(name), mode !== 'read', check);
  }

  #fileOver(name: string, inode: Inode, isWritable: boolean, checkOperation: Check): DiskFile {
    let isClosed = false;
    const check = (operation: DiskOperation): void => {
      checkOperation(operation, name);
      const needsWriting = operation !== 'read' && operation !== 'datasync';
      if (isClosed || (needsWriting && !isWritable)) throw systemError('EBADF', name);
    };
    const write = (bytes: Uint8Array, position: number): void => {
      check('write');
      this.reserve(position + bytes.byteLength - inode.size, name);
      inode.write(bytes, position);
      inode.modifiedUs = this.clock.nowUs;
    };
    const sync = (): void => {
      check('datasync');
      inode.sync();
    };
    const read = (position: number, length: number): Buffer => {
      check('read');
      return inode.read(position, length);
    };
    return {
      path: name,
      writeSync: write,
      datasyncSync: sync,
      // The caller may reuse its buffer only after the promise; a copy now costs nothing to reason about.
      write: (bytes, position) => {
        const copy = Buffer.from(bytes);
        return this.#later(this.delays.writeUs, () => write(copy, position));
      },
      datasync: () => this.#later(this.delays.datasyncUs, sync),
      readSync: read,
      read: (position, length) => this.#later(this.delays.readUs, () => read(position, length)),
      size: () => inode.size,
      preallocateSync: (byteLength) => {
        check('preallocate');
        if (byteLength <= inode.size) return;
        this.reserve(byteLength - inode.size, name);
        inode.resize(byteLength);
        inode.sync();
      },
      truncateSync: (byteLength) => {
        check('truncate');
        inode.resize(byteLength);
      },
      close: () => {
        isClosed = true;
      },
    };
  }

  #later<T>(delayUs: number, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.clock.schedule(delayUs, () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}

function statOf(names: Namespace, name: string): DiskStat | undefined {
  if (names.isDirectory(name)) return { kind: 'directory', sizeBytes: 0, modifiedUs: 0 };
  if (!names.has(name)) return undefined;
  const inode = names.file(name);
  return { kind: 'file', sizeBytes: inode.size, modifiedUs: inode.modifiedUs };
}
