/**
 * The floor of the journal: group commit with nothing around it. One preallocated file, one buffer,
 * one write, one fdatasync, all waiters resolved. `proof` adds what the format asks for and nothing
 * else, a crc of each record and one sha256 over the bytes: what no journal of this format can beat.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import { crc32 } from 'node:zlib';

export type Append = (record: Uint8Array) => Promise<unknown>;

/** Where the write and the sync run. */
export type FloorStyle = 'pool' | 'sync-on-pool' | 'loop';

export interface BareOptions {
  readonly path: string;
  readonly style: FloorStyle;
  readonly fileBytes: number;
  readonly proof: boolean;
}

const maxBatchBytes = 256 * 1_024;

export class BareAppend {
  readonly #fd: number;
  readonly #options: BareOptions;
  readonly #buffer = Buffer.alloc(maxBatchBytes);
  #position = 0;
  #pending: Uint8Array[] = [];
  #waiters: Array<() => void> = [];
  #state: 'idle' | 'scheduled' | 'busy' = 'idle';
  /** Keeps the proofs from being optimised away. */
  proved = 0;

  constructor(options: BareOptions) {
    this.#options = options;
    this.#fd = fs.openSync(options.path, 'w+');
    const zeros = Buffer.alloc(1 << 20);
    for (let at = 0; at < options.fileBytes; at += zeros.length) {
      fs.writeSync(this.#fd, zeros, 0, zeros.length, at);
    }
    fs.fsyncSync(this.#fd);
  }

  readonly append: Append = (record) =>
    new Promise<void>((resolve) => {
      this.#pending.push(record);
      this.#waiters.push(resolve);
      this.#schedule();
    });

  close(): void {
    fs.closeSync(this.#fd);
  }

  #schedule(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'scheduled';
    setImmediate(this.#commit);
  }

  #fill(): number {
    let used = 0;
    for (const record of this.#pending) {
      if (this.#options.proof) this.proved += crc32(record);
      this.#buffer.set(record, used);
      used += record.length;
    }
    this.#pending = [];
    if (this.#options.proof) {
      this.proved += hash('sha256', this.#buffer.subarray(0, used), 'buffer')[0] ?? 0;
    }
    return used;
  }

  readonly #commit = (): void => {
    this.#state = 'busy';
    const { style, fileBytes } = this.#options;
    const used = this.#fill();
    const done = this.#waiters;
    this.#waiters = [];
    if (this.#position + used > fileBytes) this.#position = 0;
    const at = this.#position;
    this.#position += used;
    const finish = (error: Error | null): void => {
      if (error !== null) throw error;
      this.#state = 'idle';
      for (const resolve of done) resolve();
      if (this.#waiters.length > 0) this.#schedule();
    };
    if (style === 'pool') {
      fs.write(this.#fd, this.#buffer, 0, used, at, (error) => {
        if (error !== null) throw error;
        fs.fdatasync(this.#fd, finish);
      });
      return;
    }
    fs.writeSync(this.#fd, this.#buffer, 0, used, at);
    if (style === 'sync-on-pool') {
      fs.fdatasync(this.#fd, finish);
      return;
    }
    fs.fdatasyncSync(this.#fd);
    finish(null);
  };
}
