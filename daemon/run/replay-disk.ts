/**
 * The disk of a replay: everything is written, nothing is waited for. A replay that dies is run
 * again in a directory of its own; it has nothing to recover, so its syncs would only cost time.
 * Never used where an order can leave this process.
 */
import type { Disk, DiskFile } from '../../streams/ports/index.ts';

function unsyncedFile(file: DiskFile): DiskFile {
  return {
    ...file,
    datasyncSync: () => undefined,
    datasync: async () => undefined,
    // A hole reads as the same zeros.
    preallocateSync: (byteLength) => {
      if (file.size() < byteLength) file.truncateSync(byteLength);
    },
  };
}

/** `disk` without its syncs. */
export function replayDisk(disk: Disk): Disk {
  return {
    ...disk,
    open: (path, mode) => unsyncedFile(disk.open(path, mode)),
    syncDirectory: () => undefined,
  };
}
