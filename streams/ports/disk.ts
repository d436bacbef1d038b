/**
 * The disk. Synchronous calls exist for the commit path, where one write + one fdatasync on the
 * loop is the shortest way to durable; everything large or frequent goes through the async calls.
 * Every error carries the system's `code` (ENOSPC, EIO, …).
 */
export interface DiskFile {
  readonly path: string;
  /** Writes all of `bytes` at `position`, or throws: a short write is completed or an error. */
  writeSync(bytes: Uint8Array, position: number): void;
  /** fdatasync. After a failure the file must not be trusted: never retry. */
  datasyncSync(): void;
  write(bytes: Uint8Array, position: number): Promise<void>;
  datasync(): Promise<void>;
  /** Reads up to `length` bytes at `position`; fewer at the end of the file. */
  readSync(position: number, length: number): Buffer;
  read(position: number, length: number): Promise<Buffer>;
  /** Current size in bytes. */
  size(): number;
  /**
   * Extends with allocated zero bytes (real blocks, not a hole) and syncs the new size. Whole or not
   * at all: without the space for it the file keeps its size.
   */
  preallocateSync(byteLength: number): void;
  truncateSync(byteLength: number): void;
  close(): void;
}

export interface DiskStat {
  readonly kind: 'file' | 'directory' | 'other';
  readonly sizeBytes: number;
  readonly modifiedUs: number;
}

export interface Disk {
  /** `create` fails with EEXIST when the file exists; `write` and `read` fail with ENOENT. */
  open(path: string, mode: 'read' | 'write' | 'create'): DiskFile;
  readFile(path: string): Buffer;
  /** Replaces the file atomically: temporary name, write, sync, rename, directory sync. */
  writeFileAtomic(path: string, bytes: string | Uint8Array, mode?: number): void;
  /** Makes the file with its content in one step: nobody ever sees it without. EEXIST when it is there. */
  createFileAtomic(path: string, bytes: Uint8Array): void;
  exists(path: string): boolean;
  stat(path: string): DiskStat | undefined;
  /** Names only, sorted. A missing directory is ENOENT. */
  list(path: string): string[];
  /**
   * Makes it, and what is missing above it, durably: each name is synced before anything is made
   * below it. One that is there has its name synced as well, because whoever made it may have died
   * before; where its parent may not be read or cannot be synced, that is left out.
   */
  makeDirectory(path: string): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
  removeTree(path: string): void;
  /** Makes creations, renames and removals in this directory durable. */
  syncDirectory(path: string): void;
  /** Bytes of the file system that holds `path`. */
  space(path: string): { readonly totalBytes: number; readonly freeBytes: number };
}
