/**
 * Lines of a recording, streamed: slices off the disk, digest of the stored bytes, gunzip when the file
 * is gzip, split at line feeds. Memory is one slice and one line, whatever the size of the file.
 * Refuses (IMPORT_INVALID) a torn gzip file and a line above the bound.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { HoldfastError } from '../../facts/errors.ts';
import type { Disk } from '../../ports/index.ts';

/** Read slice, bytes. */
const sliceBytes = 256 * 1024;
/** Longest line, bytes: an instrument list of a whole venue is about 2 MiB. */
const maxLineBytes = 32 * 1024 * 1024;
const lineFeed = 0x0a;

export interface SourceDigest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Lines of one slice, with how far the file was read. */
export interface LineBatch {
  readonly lines: readonly string[];
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export class LineSource {
  readonly name: string;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #digest = createHash('sha256');
  #bytesDone = 0;
  #bytesTotal = 0;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    this.name = nameOf(path);
  }

  /** Digest of the stored bytes; complete only after `batches` has ended. */
  digest(): SourceDigest {
    return { bytes: this.#bytesDone, sha256: this.#digest.copy().digest('hex') };
  }

  async *batches(): AsyncGenerator<LineBatch> {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of this.#plainChunks()) {
      const end = chunk.lastIndexOf(lineFeed);
      if (end < 0) {
        rest = Buffer.concat([rest, chunk]);
        if (rest.length > maxLineBytes)
          throw this.#invalid(`a line is longer than ${maxLineBytes} bytes`);
        continue;
      }
      const text = Buffer.concat([rest, chunk.subarray(0, end)]).toString('utf8');
      rest = Buffer.from(chunk.subarray(end + 1));
      yield this.#batch(text.split('\n'));
    }
    if (rest.length > 0) yield this.#batch([rest.toString('utf8')]);
  }

  #batch(lines: readonly string[]): LineBatch {
    return { lines, bytesDone: this.#bytesDone, bytesTotal: this.#bytesTotal };
  }

  async *#plainChunks(): AsyncGenerator<Buffer> {
    const stored = this.#storedChunks();
    const first = await stored.next();
    if (first.done === true) return;
    const whole = (async function* chunks(): AsyncGenerator<Buffer> {
      yield first.value;
      yield* stored;
    })();
    const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
    if (!isGzip) {
      yield* whole;
      return;
    }
    try {
      yield* gunzipped(whole);
    } catch (thrown) {
      if (thrown instanceof HoldfastError || !isZlibError(thrown)) throw thrown;
      throw this.#invalid(`it is not a whole gzip file (${thrown.code}): fetch it again`);
    }
  }

  async *#storedChunks(): AsyncGenerator<Buffer> {
    const stat = this.#disk.stat(this.#path);
    if (stat?.kind !== 'file') {
      throw new HoldfastError('IMPORT_INVALID', `no such recording: ${this.#path}`);
    }
    this.#bytesTotal = stat.sizeBytes;
    const file = this.#disk.open(this.#path, 'read');
    try {
      for (;;) {
        const slice = await file.read(this.#bytesDone, sliceBytes);
        if (slice.length === 0) return;
        this.#bytesDone += slice.length;
        this.#digest.update(slice);
        yield slice;
      }
    } finally {
      file.close();
    }
  }

  #invalid(what: string): HoldfastError {
    return new HoldfastError('IMPORT_INVALID', `${this.name}: ${what}`);
  }
}

async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const input = Readable.from(chunks);
  // pipe() does not carry errors: a failed read must end the reader below, not hang it.
  input.on('error', (error) => gunzip.destroy(error));
  for await (const chunk of input.pipe(gunzip)) yield chunk as Buffer;
}

function isZlibError(thrown: unknown): thrown is Error & { code: string } {
  return thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('Z_');
}
