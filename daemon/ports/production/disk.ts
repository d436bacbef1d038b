/** The file system. Writes are whole or an error, replacements are atomic and durable. */
import fs from 'node:fs';
import path from 'node:path';
import type { Disk, DiskStat } from '../../../streams/ports/index.ts';
import { openDiskFile, writeAllSync } from './disk-file.ts';

const openFlags = { read: 'r', write: 'r+', create: 'wx+' } as const;
const defaultFileMode = 0o644;
/** No right to open the directory, or (see fsync(2)) a file system without syncs of directories. */
const unsyncableCodes: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EINVAL', 'EROFS']);
/** Makes temporary names unique within this process. */
let temporaryCount = 0;

/** The disk of the machine. */
export function productionDisk(): Disk {
  return {
    open: (file, mode) => openDiskFile(file, fs.openSync(file, openFlags[mode], defaultFileMode)),
    readFile: (file) => fs.readFileSync(file),
    writeFileAtomic: (file, bytes, mode) =>
      publishWhole(file, bytes, mode, (whole) => fs.renameSync(whole, file)),
    createFileAtomic: (file, bytes) =>
      publishWhole(file, bytes, defaultFileMode, (whole) => {
        fs.linkSync(whole, file);
        fs.unlinkSync(whole);
      }),
    exists: (file) => fs.existsSync(file),
    stat,
    list: (directory) => fs.readdirSync(directory).sort(),
    makeDirectory,
    rename: (from, to) => fs.renameSync(from, to),
    remove: (file) => fs.unlinkSync(file),
    removeTree: (directory) => fs.rmSync(directory, { recursive: true, force: true }),
    syncDirectory,
    space(file) {
      const stats = fs.statfsSync(file);
      return {
        totalBytes: stats.blocks * stats.bsize,
        freeBytes: stats.bavail * stats.bsize,
      };
    },
  };
}

/** Writes and syncs a temporary file beside `file`, and lets `publish` give it its name. */
function publishWhole(
  file: string,
  bytes: string | Uint8Array,
  mode: number = defaultFileMode,
  publish: (whole: string) => void,
): void {
  const directory = path.dirname(file);
  temporaryCount += 1;
  const name = `.${path.basename(file)}.${process.pid}.${temporaryCount}.tmp`;
  const temporary = path.join(directory, name);
  // One that a killed process of the same pid left here is written over.
  const fd = fs.openSync(temporary, 'w', mode);
  try {
    try {
      writeAllSync(fd, typeof bytes === 'string' ? Buffer.from(bytes) : bytes, 0);
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
    publish(temporary);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

function makeDirectory(directory: string): void {
  const target = path.resolve(directory);
  const parent = path.dirname(target);
  if (fs.statSync(target, { throwIfNoEntry: false })?.isDirectory()) {
    syncWherePossible(parent);
    return;
  }
  if (parent !== target) makeDirectory(parent);
  // Not an error when another process makes it at the same moment.
  fs.mkdirSync(target, { recursive: true });
  syncDirectory(parent);
}

/** A directory that is not ours to read, or cannot be synced, keeps nobody from what is below it. */
function syncWherePossible(directory: string): void {
  try {
    syncDirectory(directory);
  } catch (error) {
    if (!unsyncableCodes.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function stat(file: string): DiskStat | undefined {
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
  return { kind, sizeBytes: stats.size, modifiedUs: Math.floor(stats.mtimeMs * 1_000) };
}
