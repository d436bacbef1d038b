/** A disk that refuses operations: any number of faults at once, each for itself. */
import {
  type DiskOperation,
  systemError,
  type VirtualDisk,
} from '../../../daemon/ports/virtual/index.ts';
import type { Random } from '../../../streams/ports/index.ts';
import type { DiskEntry } from '../plan.ts';

const wanted: Readonly<Partial<Record<DiskEntry['what'], readonly DiskOperation[]>>> = {
  fail_write: ['write'],
  fail_sync: ['datasync'],
  fail_name: ['rename', 'remove', 'syncDirectory'],
};
/** Of the parts of a sync that fails half. */
const keptShare = 0.5;

interface Fault {
  readonly entry: DiskEntry;
  left: number;
}

export class FailingDisk {
  readonly #disk: VirtualDisk;
  readonly #random: Random;
  #faults: Fault[] = [];

  constructor(disk: VirtualDisk, random: Random) {
    this.#disk = disk;
    this.#random = random;
  }

  begin(entry: DiskEntry): void {
    this.#faults.push({ entry, left: entry.amount });
    this.#disk.onOperation = (operation, file) => this.#check(operation, file);
  }

  end(entry: DiskEntry): void {
    this.#faults = this.#faults.filter((fault) => fault.entry !== entry);
    if (this.#faults.length === 0) this.#disk.onOperation = undefined;
  }

  calm(): void {
    this.#faults = [];
    this.#disk.onOperation = undefined;
  }

  #check(operation: DiskOperation, file: string): void {
    for (const fault of this.#faults) {
      const { what, stream = '', lasting, torn } = fault.entry;
      if (wanted[what]?.includes(operation) !== true || !file.includes(`/${stream}`)) continue;
      fault.left -= 1;
      if (fault.left > 0 || (fault.left < 0 && lasting !== true)) continue;
      if (operation === 'datasync' && this.#disk.names.has(file))
        this.#disk.names
          .file(file)
          .failSync(() => torn === true && this.#random.next() < keptShare);
      throw systemError('EIO', file);
    }
  }
}
