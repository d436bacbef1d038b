/**
 * One number for everything that happened in a history: two plays of a seed that differ anywhere give
 * two. That of the daemon alone does not move when only its store went another way.
 */
import { createHash, type Hash } from 'node:crypto';

/** Where a block of the journal says what its sha256 is (docs/journal.md). */
const blockHash = { from: 8, to: 40 } as const;

export class TraceHash {
  readonly #daemon = createHash('sha256');
  readonly #faults = createHash('sha256');
  /** By stream: when a block is looked at is not part of it. */
  readonly #streams = new Map<string, Hash>();
  readonly #nowUs: () => number;

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  /** A message, a read or a life of the daemon. */
  daemon(text: string): void {
    this.#daemon.update(`${this.#nowUs()} ${text}\n`);
  }

  fault(kind: string): void {
    this.#faults.update(`${this.#nowUs()} ${kind}\n`);
  }

  /** A block of the daemon's journal that is on the platters. */
  block(stream: string, block: Buffer): void {
    let hash = this.#streams.get(stream);
    if (hash === undefined) {
      hash = createHash('sha256');
      this.#streams.set(stream, hash);
    }
    hash.update(block.subarray(blockHash.from, blockHash.to));
  }

  /** At the end. `store`: what arrived there. */
  digests(store: string): { readonly daemonHash: string; readonly traceHash: string } {
    for (const stream of [...this.#streams.keys()].sort())
      this.#daemon.update(stream).update(this.#streams.get(stream)?.digest() ?? '');
    const daemonHash = this.#daemon.digest('hex');
    const trace = createHash('sha256').update(daemonHash).update(this.#faults.digest());
    return { daemonHash, traceHash: trace.update(store).digest('hex') };
  }
}
