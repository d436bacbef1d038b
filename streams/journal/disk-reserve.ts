/**
 * Space kept aside so that cancel and reduce-only records still fit when the disk is full. While
 * the disk is full only appends marked `reserve` are admitted; the reserve file is given up when
 * one of them needs a new segment, and made again as soon as there is room.
 */
import type { CancelTimer, Disk } from '../ports/index.ts';
import type { JournalPorts } from './core.ts';
import { limits } from './limits.ts';
import { isOutOfSpace } from './segments.ts';

const reserveName = 'reserve';

/** Gives the reserve of a directory back, for a start on a full disk. False when there is none. */
export function spendReserve(disk: Disk, directory: string): boolean {
  const path = `${directory}/${reserveName}`;
  if (!disk.exists(path)) return false;
  disk.remove(path);
  disk.syncDirectory(directory);
  return true;
}

export class DiskReserve {
  readonly #ports: Pick<JournalPorts, 'disk' | 'clock' | 'telemetry'>;
  readonly #directory: string;
  readonly #reserveBytes: number;
  /** Free bytes that count as "room again": the reserve and one segment of the largest stream. */
  readonly #enoughBytes: number;
  readonly #resumed = new Set<() => void>();
  #cancelRecheck: CancelTimer | undefined;
  #isFull = false;

  constructor(
    ports: Pick<JournalPorts, 'disk' | 'clock' | 'telemetry'>,
    directory: string,
    reserveBytes: number,
    largestSegmentBytes: number,
  ) {
    this.#ports = ports;
    this.#directory = directory;
    this.#reserveBytes = reserveBytes;
    this.#enoughBytes = reserveBytes + largestSegmentBytes;
  }

  /** Whether ordinary appends are refused for lack of space. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Size of a segment made out of the reserve: two of them fit (ledger and control). */
  get emergencySegmentBytes(): number {
    return Math.floor(this.#reserveBytes / 2);
  }

  /** Runs when the disk has room again. */
  onResumed(fn: () => void): void {
    this.#resumed.add(fn);
  }

  /** Makes the reserve file when it is missing; without room for it the disk counts as full. */
  ensure(): void {
    const { disk } = this.#ports;
    const path = `${this.#directory}/${reserveName}`;
    if ((disk.stat(path)?.sizeBytes ?? 0) >= this.#reserveBytes) return;
    if (disk.exists(path)) disk.remove(path);
    const file = disk.open(path, 'create');
    try {
      file.preallocateSync(this.#reserveBytes);
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      disk.remove(path);
      this.declareFull();
    } finally {
      file.close();
    }
  }

  /** A segment could not be made: from now on only the reserve class is admitted. */
  declareFull(): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#ports.telemetry.log.error('journal.disk_full', { directory: this.#directory });
    this.#cancelRecheck = this.#ports.clock.every(limits.spaceRecheckMs, () => this.#recheck());
  }

  /** Gives the reserved bytes back to the file system. */
  release(): void {
    if (!spendReserve(this.#ports.disk, this.#directory)) return;
    this.#ports.telemetry.log.warn('journal.reserve_released', { bytes: this.#reserveBytes });
  }

  close(): void {
    this.#cancelRecheck?.();
  }

  #recheck(): void {
    const { freeBytes } = this.#ports.disk.space(this.#directory);
    if (freeBytes < this.#enoughBytes) return;
    this.#cancelRecheck?.();
    this.#isFull = false;
    this.ensure();
    if (this.#isFull) return;
    this.#ports.telemetry.log.info('journal.disk_has_room', { freeBytes });
    for (const resume of this.#resumed) resume();
  }
}
