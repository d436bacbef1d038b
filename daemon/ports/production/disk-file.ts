/**
 * One open file. A short write is completed; a file closed while asynchronous work is under way
 * keeps its descriptor until that work ends, so a descriptor is never reused under a writer.
 */
import fs from 'node:fs';
import { promisify } from 'node:util';
import type { DiskFile } from '../../../streams/ports/index.ts';

/** Zeros are written in pieces of this size when a file is extended. */
const preallocationChunkBytes = 1024 * 1024;

const writeAsync = promisify(fs.write);
const readAsync = promisify(fs.read);
const datasyncAsync = promisify(fs.fdatasync);

/** Wraps an open descriptor; `close` releases it. */
export function openDiskFile(path: string, descriptor: number): DiskFile {
  const guard = new Descriptor(path, descriptor);
  return {
    path,
    writeSync: (bytes, position) => writeAllSync(guard.fd(), bytes, position),
    datasyncSync: () => fs.fdatasyncSync(guard.fd()),
    write: (bytes, position) => guard.during((fd) => writeAll(fd, bytes, position)),
    datasync: () => guard.during((fd) => datasyncAsync(fd)),
    readSync(position, length) {
      const bytes = Buffer.allocUnsafe(length);
      let done = 0;
      while (done < length) {
        const count = fs.readSync(guard.fd(), bytes, done, length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return bytes.subarray(0, done);
    },
    read: (position, length) => guard.during((fd) => readUpTo(fd, position, length)),
    size: () => fs.fstatSync(guard.fd()).size,
    preallocateSync(byteLength) {
      const fd = guard.fd();
      const before = fs.fstatSync(fd).size;
      const zeros = Buffer.alloc(Math.min(preallocationChunkBytes, byteLength));
      try {
        for (let at = before; at < byteLength; at += zeros.length) {
          writeAllSync(fd, zeros.subarray(0, Math.min(zeros.length, byteLength - at)), at);
        }
        fs.fsyncSync(fd);
      } catch (error) {
        // On a full disk the zeros that did fit would take the last space from everybody else.
        fs.ftruncateSync(fd, before);
        throw error;
      }
    },
    truncateSync: (byteLength) => fs.ftruncateSync(guard.fd(), byteLength),
    close: () => guard.close(),
  };
}

/** Writes all of `bytes`, however often the system stops short. */
export function writeAllSync(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) {
    const count = fs.writeSync(fd, bytes, done, bytes.byteLength - done, position + done);
    if (count === 0) throw noProgress();
    done += count;
  }
}

async function writeAll(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.byteLength) {
    const left = bytes.byteLength - done;
    const { bytesWritten } = await writeAsync(fd, bytes, done, left, position + done);
    if (bytesWritten === 0) throw noProgress();
    done += bytesWritten;
  }
}

async function readUpTo(fd: number, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await readAsync(fd, bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

function noProgress(): NodeJS.ErrnoException {
  return Object.assign(new Error('EIO: the system wrote nothing'), { code: 'EIO' });
}

class Descriptor {
  readonly #path: string;
  readonly #fd: number;
  #pending = 0;
  #closed = false;

  constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  fd(): number {
    if (!this.#closed) return this.#fd;
    throw Object.assign(new Error(`EBADF: ${this.#path} is closed`), { code: 'EBADF' });
  }

  async during<T>(work: (fd: number) => Promise<T>): Promise<T> {
    const fd = this.fd();
    this.#pending += 1;
    try {
      return await work(fd);
    } finally {
      this.#pending -= 1;
      if (this.#closed && this.#pending === 0) fs.closeSync(fd);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#pending === 0) fs.closeSync(this.#fd);
  }
}
