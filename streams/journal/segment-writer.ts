/**
 * The end of the segment chain that is being written: room for the next block, rolling to the next
 * segment, preallocation ahead of need, and the handles syncs go through.
 *
 * Syncs in flight at once each have a handle of their own: the kernel reports a failed write-back
 * once per open file, so two syncs sharing one handle could hide an error from each other.
 */
import type { DiskFile } from '../ports/index.ts';
import type { JournalCore } from './core.ts';
import { segmentHeaderBytes } from './format.ts';
import { limits, type StreamConfig } from './limits.ts';
import { createSegment, isOutOfSpace, preparedName } from './segments.ts';
import type { StreamPlace } from './tail.ts';

/** Where the chain stands: what the header of a next segment has to say. */
export interface ChainPoint {
  readonly nextOffset: number;
  readonly lastHash: Uint8Array;
}

export interface SegmentStart {
  readonly path: string;
  readonly index: number;
  readonly position: number;
}

interface Lane {
  readonly file: DiskFile;
  readonly segmentIndex: number;
}

const preallocationStep = Buffer.alloc(limits.preallocationStepBytes);

export class SegmentWriter {
  readonly #core: JournalCore;
  readonly #place: StreamPlace;
  readonly #config: StreamConfig;
  #main: DiskFile;
  #index: number;
  #position: number;
  #capacityBytes: number;
  #lanes: Lane[] = [];
  #preparation: Promise<void> = Promise.resolve();
  #isPreparing = false;
  #isPrepared = false;
  #isClosed = false;

  constructor(core: JournalCore, place: StreamPlace, config: StreamConfig, start: SegmentStart) {
    this.#core = core;
    this.#place = place;
    this.#config = config;
    this.#main = core.ports.disk.open(start.path, 'write');
    this.#index = start.index;
    this.#position = start.position;
    this.#capacityBytes = this.#main.size();
    this.#openLanes(start.path);
  }

  get hasFreeLane(): boolean {
    return this.#lanes.length > 0;
  }

  /**
   * Room for a block of that size, rolling when it does not fit. `rolled`: everything written
   * before is durable now. `full`: no space for a next segment and none to be spared for this stream.
   */
  ensureRoom(
    lengthBytes: number,
    chain: ChainPoint,
    maySpendReserve: boolean,
  ): 'fits' | 'rolled' | 'full' {
    if (this.#position + lengthBytes <= this.#capacityBytes) {
      if (this.#position > this.#capacityBytes / 2) this.#prepareAhead();
      return 'fits';
    }
    return this.#roll(lengthBytes, chain, maySpendReserve) ? 'rolled' : 'full';
  }

  /** Hands the bytes to the operating system. Durable only after a sync. */
  write(bytes: Uint8Array): void {
    this.#main.writeSync(bytes, this.#position);
    this.#position += bytes.length;
  }

  syncNow(): void {
    this.#main.datasyncSync();
  }

  /** Syncs everything written so far on a free lane. Rejects with the disk's error. */
  async syncOnLane(): Promise<void> {
    const lane = this.#lanes.pop();
    if (lane === undefined) throw new Error('no free lane');
    try {
      await lane.file.datasync();
    } finally {
      if (lane.segmentIndex === this.#index && !this.#isClosed) this.#lanes.push(lane);
      else lane.file.close();
    }
  }

  /** Closes the handles. Call when no lane is in use. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#preparation;
    this.#main.close();
    for (const lane of this.#lanes) lane.file.close();
    this.#lanes = [];
    if (this.#isPrepared) this.#core.ports.disk.remove(`${this.#place.directory}/${preparedName}`);
  }

  #roll(lengthBytes: number, chain: ChainPoint, maySpendReserve: boolean): boolean {
    // The header of the next segment vouches for this one: it must be whole on disk before.
    this.#main.datasyncSync();
    const neededBytes = segmentHeaderBytes + lengthBytes;
    const path =
      this.#create(neededBytes, chain) ??
      (maySpendReserve ? this.#createFromReserve(neededBytes, chain) : undefined);
    if (path === undefined) return false;
    const { disk } = this.#core.ports;
    this.#main.close();
    for (const lane of this.#lanes) lane.file.close();
    this.#main = disk.open(path, 'write');
    this.#index += 1;
    this.#position = segmentHeaderBytes;
    this.#capacityBytes = this.#main.size();
    this.#openLanes(path);
    return true;
  }

  /** Undefined when the disk is full. */
  #create(neededBytes: number, chain: ChainPoint): string | undefined {
    const usePrepared = this.#isPrepared && neededBytes <= this.#config.segmentBytes;
    const sizeBytes = Math.max(this.#config.segmentBytes, neededBytes);
    try {
      const path = this.#createFile(sizeBytes, chain, usePrepared);
      if (usePrepared) this.#isPrepared = false;
      return path;
    } catch (error) {
      if (!isOutOfSpace(error)) {
        // The prepared file may have its name already: then none is left to remove.
        this.#isPrepared = false;
        throw error;
      }
      this.#core.reserve.declareFull();
      return undefined;
    }
  }

  #createFromReserve(neededBytes: number, chain: ChainPoint): string {
    this.#core.reserve.release();
    const emergencyBytes = this.#core.reserve.emergencySegmentBytes;
    return this.#createFile(Math.max(emergencyBytes, neededBytes), chain, false);
  }

  #createFile(sizeBytes: number, chain: ChainPoint, usePrepared: boolean): string {
    const header = {
      streamId: this.#place.streamId,
      epoch: this.#core.epoch,
      index: this.#index + 1,
      baseOffset: chain.nextOffset,
      previousHash: chain.lastHash,
      assigned: this.#core.assigned,
      predecessorBytes: this.#position,
    };
    const segment = { directory: this.#place.directory, header, sizeBytes };
    return createSegment(this.#core.ports.disk, segment, usePrepared);
  }

  #openLanes(path: string): void {
    const wanted = this.#config.commit === 'asynchronous' ? this.#config.lanes : 0;
    this.#lanes = Array.from({ length: wanted }, () => ({
      file: this.#core.ports.disk.open(path, 'write'),
      segmentIndex: this.#index,
    }));
  }

  #prepareAhead(): void {
    if (this.#isPrepared || this.#isPreparing || this.#core.reserve.isFull) return;
    this.#isPreparing = true;
    // In a later turn: a failure here must not close the journal in the middle of a commit.
    this.#preparation = Promise.resolve()
      .then(() => this.#prepare())
      .finally(() => {
        this.#isPreparing = false;
      });
  }

  /** Fills the next segment file with zeros off the loop, in steps. */
  async #prepare(): Promise<void> {
    const { disk } = this.#core.ports;
    const path = `${this.#place.directory}/${preparedName}`;
    try {
      const file = disk.open(path, 'create');
      try {
        const sizeBytes = this.#config.segmentBytes;
        for (let at = 0; at < sizeBytes && !this.#isClosed; at += preallocationStep.length) {
          const left = Math.min(preallocationStep.length, sizeBytes - at);
          await file.write(preallocationStep.subarray(0, left), at);
        }
        await file.datasync();
      } finally {
        file.close();
      }
      this.#isPrepared = true;
    } catch (error) {
      if (!isOutOfSpace(error)) {
        this.#core.fail(this.#place.name, error);
        return;
      }
      disk.remove(path);
      this.#core.reserve.declareFull();
    }
  }
}
