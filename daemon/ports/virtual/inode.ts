/**
 * The bytes of one virtual file, twice: as the running system sees them, and as they would be read
 * after the power went. Only a sync makes the two equal.
 */
import type { Random } from '../../../streams/ports/index.ts';

/** A disk keeps or loses whole sectors. */
const sectorBytes = 512;

interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Grows by doubling; what was never written reads as zeros and costs no memory. */
class Content {
  #bytes: Buffer = Buffer.alloc(0);
  size = 0;

  write(bytes: Uint8Array, position: number): void {
    const end = position + bytes.byteLength;
    if (end > this.#bytes.length) this.#grow(end);
    this.#bytes.set(bytes, position);
    this.size = Math.max(this.size, end);
  }

  read(position: number, length: number): Buffer {
    const end = Math.min(this.size, position + length);
    const copy = Buffer.allocUnsafe(Math.max(0, end - position));
    const written = Math.min(end, this.#bytes.length);
    // A copy that starts beyond what was written throws: there it reads as zeros.
    if (position < written) this.#bytes.copy(copy, 0, position, written);
    copy.fill(0, Math.max(0, Math.min(copy.length, written - position)));
    return copy;
  }

  /** Copies a part of this into the other, at the same place. */
  copyTo(other: Content, { start, end }: ByteRange): void {
    if (start >= end) return;
    if (end <= this.#bytes.length) other.write(this.#bytes.subarray(start, end), start);
    else other.write(this.read(start, end - start), start);
  }

  /** Zeros that were never written are not copied. */
  copy(): Content {
    const copy = new Content();
    copy.#bytes = Buffer.from(this.#bytes);
    copy.size = this.size;
    return copy;
  }

  resize(size: number): void {
    if (size < this.#bytes.length) this.#bytes.fill(0, size);
    this.size = size;
  }

  #grow(end: number): void {
    const grown = Buffer.alloc(Math.max(end, this.#bytes.length * 2, sectorBytes));
    this.#bytes.copy(grown);
    this.#bytes = grown;
  }
}

/** A regular file without a name: names belong to directories. */
export class Inode {
  modifiedUs = 0;
  /** Rises whenever what the power would leave may have changed. */
  durableRevision = 0;
  #live = new Content();
  readonly #durable = new Content();
  #unsynced: ByteRange[] = [];

  get size(): number {
    return this.#live.size;
  }

  write(bytes: Uint8Array, position: number): void {
    this.#live.write(bytes, position);
    this.#unsynced.push({ start: position, end: position + bytes.byteLength });
  }

  read(position: number, length: number): Buffer {
    return this.#live.read(position, length);
  }

  /** What the power would surely leave. */
  readDurable(position: number, length: number): Buffer {
    return this.#durable.read(position, length);
  }

  /** Cuts, or extends with zeros. */
  resize(size: number): void {
    if (size < this.#live.size) this.#unsynced.push({ start: size, end: this.#live.size });
    this.#live.resize(size);
  }

  sync(): void {
    if (this.#unsynced.length === 0 && this.#durable.size === this.#live.size) return;
    this.durableRevision += 1;
    for (const range of this.#unsynced) this.#copy(this.#live, this.#durable, range);
    this.#durable.resize(this.#live.size);
    this.#unsynced = [];
  }

  /**
   * A sync failed, as Linux does it: the pages count as clean, so the next sync says yes and writes
   * nothing of them. They stay readable until the power goes. Parts may have got through: `isKept`.
   */
  failSync(isKept: () => boolean = () => false): void {
    this.durableRevision += 1;
    for (const range of this.#unsynced) if (isKept()) this.#copy(this.#live, this.#durable, range);
    this.#unsynced = [];
  }

  /** The power went: each sector not synced is kept or lost by chance. */
  loseUnsynced(random: Random): void {
    this.durableRevision += 1;
    for (const range of this.#unsynced) {
      for (let start = range.start; start < range.end; start = nextSector(start)) {
        const end = Math.min(range.end, nextSector(start));
        if (random.next() < 0.5) this.#copy(this.#live, this.#durable, { start, end });
      }
    }
    this.#live = this.#durable.copy();
    this.#unsynced = [];
  }

  #copy(from: Content, to: Content, range: ByteRange): void {
    from.copyTo(to, { start: range.start, end: Math.min(range.end, from.size) });
  }
}

function nextSector(position: number): number {
  return (Math.floor(position / sectorBytes) + 1) * sectorBytes;
}
