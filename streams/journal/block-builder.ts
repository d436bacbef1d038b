/**
 * Collects records into one block in a reusable buffer. Bytes are copied on `add`, so the caller
 * may reuse its own; nothing is allocated per record.
 */
import { crc32 } from 'node:zlib';
import {
  type BlockKind,
  blockHeaderBytes,
  blockKinds,
  recordHeaderBytes,
  recordSeed,
  sealBlock,
  type Watermarks,
} from './format.ts';

/** Who waits for a block to be durable: one entry per queued record. */
export interface Waiter {
  readonly resolve: (offset: number) => void;
  readonly reject: (error: Error) => void;
}

export interface SealContext {
  readonly durable: number;
  readonly assigned: Watermarks;
  readonly previousHash: Uint8Array;
}

export class BlockBuilder {
  waiters: Waiter[] = [];
  firstOffset = 0;
  /** Offsets spanned. */
  count = 0;
  lengthBytes = blockHeaderBytes;
  #frames = 0;
  #kind: BlockKind = blockKinds.records;
  #bytes: Buffer;
  #view: DataView;
  readonly #epoch: number;
  readonly #seed: number;

  constructor(streamId: number, epoch: number, capacityBytes: number) {
    this.#epoch = epoch;
    this.#seed = recordSeed(streamId, epoch);
    this.#bytes = Buffer.allocUnsafeSlow(capacityBytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get capacityBytes(): number {
    return this.#bytes.length;
  }

  /** Bytes of the records alone. */
  get payloadBytes(): number {
    return this.lengthBytes - blockHeaderBytes - this.#frames * recordHeaderBytes;
  }

  get endOffset(): number {
    return this.firstOffset + this.count;
  }

  begin(firstOffset: number, kind: BlockKind = blockKinds.records): void {
    this.firstOffset = firstOffset;
    this.count = 0;
    this.#frames = 0;
    this.lengthBytes = blockHeaderBytes;
    this.#kind = kind;
    this.waiters = [];
  }

  /** Adds one record that spans `offsets` offsets (more than one only in a tombstone). */
  add(record: Uint8Array, offsets = 1): void {
    const at = this.lengthBytes;
    const end = at + recordHeaderBytes + record.length;
    if (end > this.#bytes.length) this.#grow(end);
    const view = this.#view;
    view.setUint32(at, record.length, true);
    view.setUint32(at + 4, this.#epoch, true);
    view.setUint32(at + 8, crc32(record, this.#seed), true);
    this.#bytes.set(record, at + recordHeaderBytes);
    this.lengthBytes = end;
    this.#frames += 1;
    this.count += offsets;
  }

  /** The finished block (a view, valid until `begin`) and its hash. */
  seal(context: SealContext): { readonly bytes: Buffer; readonly hash: Buffer } {
    const hash = sealBlock(this.#bytes, this.#view, this.lengthBytes, {
      kind: this.#kind,
      epoch: this.#epoch,
      count: this.count,
      firstOffset: this.firstOffset,
      durable: context.durable,
      assigned: context.assigned,
      previousHash: context.previousHash,
    });
    return { bytes: this.#bytes.subarray(0, this.lengthBytes), hash };
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.lengthBytes));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
