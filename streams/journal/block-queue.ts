/**
 * The bounded queue in front of a stream: records already framed into blocks, oldest first. Bounds
 * count everything accepted and not yet durable, also what is being written.
 */
import { BlockBuilder, type Waiter } from './block-builder.ts';
import { limits, type StreamConfig } from './limits.ts';

export class BlockQueue {
  /** Next offset to give away. */
  nextOffset: number;
  /** Records and bytes accepted and not yet durable. */
  depth = 0;
  depthBytes = 0;
  #open: BlockBuilder | undefined;
  readonly #sealed: BlockBuilder[] = [];
  readonly #pool: BlockBuilder[] = [];
  readonly #config: StreamConfig;
  readonly #make: (capacityBytes: number) => BlockBuilder;

  constructor(streamId: number, epoch: number, nextOffset: number, config: StreamConfig) {
    this.nextOffset = nextOffset;
    this.#config = config;
    this.#make = (capacityBytes) => new BlockBuilder(streamId, epoch, capacityBytes);
  }

  get isEmpty(): boolean {
    return this.#sealed.length === 0 && this.#open === undefined;
  }

  get hasSealed(): boolean {
    return this.#sealed.length > 0;
  }

  hasRoom(records: number, bytes: number): boolean {
    return (
      this.depth + records <= this.#config.queueRecords &&
      this.depthBytes + bytes <= this.#config.queueBytes
    );
  }

  /** Adds one record to the open block; seals the block first when the record would not fit. */
  add(record: Uint8Array, waiter: Waiter): void {
    let block = this.#open;
    if (block !== undefined && block.lengthBytes + record.length > this.#config.maxBlockBytes) {
      this.#sealed.push(block);
      block = undefined;
    }
    if (block === undefined) {
      block = this.#begin();
      this.#open = block;
    }
    block.add(record);
    block.waiters.push(waiter);
    this.#count(1, record.length);
  }

  /** Adds all records as one block of its own, after everything queued. Nobody waits for it. */
  addBlock(records: readonly Uint8Array[]): BlockBuilder {
    this.#sealOpen();
    const block = this.#begin();
    for (const record of records) {
      block.add(record);
      this.#count(1, record.length);
    }
    this.#sealed.push(block);
    return block;
  }

  /** Takes back the block `addBlock` queued last: its offsets were given to nobody. */
  dropLast(block: BlockBuilder): void {
    if (this.#sealed.at(-1) !== block) return;
    this.#sealed.pop();
    this.nextOffset = block.firstOffset;
    this.release(block);
  }

  /** The oldest block; the open one only when `includeOpen`. */
  take(includeOpen: boolean): BlockBuilder | undefined {
    if (includeOpen && this.#sealed.length === 0) this.#sealOpen();
    return this.#sealed.shift();
  }

  putBack(block: BlockBuilder): void {
    this.#sealed.unshift(block);
  }

  /** The block is durable (or given up): it no longer counts, and its buffer may be reused. */
  release(block: BlockBuilder): void {
    this.depth -= block.count;
    this.depthBytes -= block.payloadBytes;
    const isOrdinary = block.capacityBytes <= 2 * this.#config.maxBlockBytes;
    if (isOrdinary && this.#pool.length < limits.pooledBlocks) this.#pool.push(block);
  }

  #begin(): BlockBuilder {
    const block = this.#pool.pop() ?? this.#make(this.#config.maxBlockBytes + 4096);
    block.begin(this.nextOffset);
    return block;
  }

  #sealOpen(): void {
    if (this.#open === undefined) return;
    this.#sealed.push(this.#open);
    this.#open = undefined;
  }

  #count(records: number, bytes: number): void {
    this.nextOffset += records;
    this.depth += records;
    this.depthBytes += bytes;
  }
}
