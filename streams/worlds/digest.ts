/** Digests of files of any size, read in slices. */
import { createHash } from 'node:crypto';
import type { Disk } from '../ports/index.ts';

/** Read slice, bytes: large enough for the disk, small enough for the loop. */
const sliceBytes = 1024 * 1024;

export interface FileDigest {
  readonly bytes: number;
  readonly sha256: string;
}

export function fileDigest(disk: Disk, path: string): FileDigest {
  const digest = createHash('sha256');
  const file = disk.open(path, 'read');
  let bytes = 0;
  try {
    for (;;) {
      const slice = file.readSync(bytes, sliceBytes);
      if (slice.length === 0) break;
      digest.update(slice);
      bytes += slice.length;
    }
  } finally {
    file.close();
  }
  return { bytes, sha256: digest.digest('hex') };
}
