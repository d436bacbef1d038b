/**
 * A real disk for a virtual node: files are written for real, while asynchronous calls are done at
 * once and resolve in order, so that the history stays deterministic.
 */
import type { Disk, DiskFile } from '../../../streams/ports/index.ts';

/** `disk` with its asynchronous calls made synchronous inside. */
export function borrowedDisk(disk: Disk): Disk {
  return { ...disk, open: (file, mode) => immediateFile(disk.open(file, mode)) };
}

function immediateFile(file: DiskFile): DiskFile {
  return {
    ...file,
    write: async (bytes, position) => file.writeSync(bytes, position),
    datasync: async () => file.datasyncSync(),
    read: async (position, length) => file.readSync(position, length),
  };
}
