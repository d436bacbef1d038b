/**
 * A file system of a few hundred megabytes for a data directory, filled to a share of its size by a
 * ballast file. A `tmpfs`, which needs the right to mount; without it the trials on it do not run.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const sizeMb = 256;
const chunkBytes = 1 << 20;

export class SmallDisk {
  readonly #path: string;
  readonly #ballast: string;

  private constructor(path: string) {
    this.#path = path;
    this.#ballast = join(path, 'ballast');
  }

  /** Undefined where mounting is not permitted. */
  static mount(path: string): SmallDisk | undefined {
    mkdirSync(path, { recursive: true });
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', path]);
    return status === 0 ? new SmallDisk(path) : undefined;
  }

  get usedShare(): number {
    const { blocks, bavail } = statfsSync(this.#path);
    return 1 - bavail / blocks;
  }

  /** Writes ballast until at least that share is used; 1: until nothing fits any more. */
  fill(share: number): void {
    const file = openSync(this.#ballast, 'a');
    try {
      while (this.usedShare < share) writeSync(file, Buffer.alloc(chunkBytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Takes the ballast away. */
  clear(): void {
    const file = openSync(this.#ballast, 'a');
    ftruncateSync(file, 0);
    closeSync(file);
    rmSync(this.#ballast);
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.#path]);
  }
}

/** Whether this machine lets us mount at all. */
export function canMount(directory: string): boolean {
  const disk = SmallDisk.mount(join(directory, 'mount-probe'));
  disk?.unmount();
  return disk !== undefined;
}
