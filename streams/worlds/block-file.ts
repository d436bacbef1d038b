/**
 * The file of one partition: a 16-byte header, then blocks. A block is rows, payload bytes, CRC-32 of
 * the payload, zero (four u32), then the columns. Reading keeps one block in memory, never the file.
 * Refuses: a foreign header, a torn block, a payload that does not match its CRC (WORLD_DAMAGED).
 */
import { crc32 } from 'node:zlib';
import { HoldfastError } from '../facts/errors.ts';
import type { Disk } from '../ports/index.ts';
import { type EncodedColumn, splitColumns } from './column.ts';

export const fileKinds = ['order', 'book', 'trade', 'ticker'] as const;
export type FileKind = (typeof fileKinds)[number];

const magic = 'HFWORLD1';
const fileHeaderBytes = 16;
const blockHeaderBytes = 16;
/** Largest payload of one block, bytes: a reader never allocates more on a damaged length. */
const maxPayloadBytes = 256 * 1024 * 1024;

export interface Block {
  readonly rows: number;
  readonly columns: readonly EncodedColumn[];
}

function fileHeader(kind: FileKind): Buffer {
  const bytes = Buffer.alloc(fileHeaderBytes);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt8(fileKinds.indexOf(kind), magic.length);
  return bytes;
}

/** Appends blocks to a new file. The file is open only while a block is written. */
export class BlockFileWriter {
  readonly path: string;
  #position: number;
  #rows = 0;
  readonly #disk: Disk;

  constructor(disk: Disk, path: string, kind: FileKind) {
    this.path = path;
    this.#disk = disk;
    const header = fileHeader(kind);
    const file = disk.open(path, 'create');
    try {
      file.writeSync(header, 0);
    } finally {
      file.close();
    }
    this.#position = header.length;
  }

  get rows(): number {
    return this.#rows;
  }

  append(rows: number, columns: readonly Uint8Array[]): void {
    const payload = Buffer.concat(columns);
    const header = Buffer.alloc(blockHeaderBytes);
    header.writeUInt32LE(rows, 0);
    header.writeUInt32LE(payload.length, 4);
    header.writeUInt32LE(crc32(payload), 8);
    const file = this.#disk.open(this.path, 'write');
    try {
      file.writeSync(Buffer.concat([header, payload]), this.#position);
    } finally {
      file.close();
    }
    this.#position += blockHeaderBytes + payload.length;
    this.#rows += rows;
  }

  /** Makes the bytes durable. */
  sync(): void {
    const file = this.#disk.open(this.path, 'write');
    try {
      file.datasyncSync();
    } finally {
      file.close();
    }
  }
}

/** Reads the blocks of a file in order. */
export class BlockFileReader {
  readonly path: string;
  readonly #disk: Disk;
  #position = 0;

  constructor(disk: Disk, path: string, kind: FileKind) {
    this.path = path;
    this.#disk = disk;
    const header = this.#read(0, fileHeaderBytes);
    if (!header.equals(fileHeader(kind)))
      throw this.#damaged('its header is not that of a world file');
    this.#position = fileHeaderBytes;
  }

  /** The next block, or undefined at the end of the file. */
  next(): Block | undefined {
    const header = this.#read(this.#position, blockHeaderBytes);
    if (header.length === 0) return undefined;
    if (header.length < blockHeaderBytes) throw this.#damaged('it ends inside a block header');
    const rows = header.readUInt32LE(0);
    const length = header.readUInt32LE(4);
    if (length > maxPayloadBytes) throw this.#damaged(`a block claims ${length} bytes`);
    const payload = this.#read(this.#position + blockHeaderBytes, length);
    if (payload.length < length) throw this.#damaged('it ends inside a block');
    if (crc32(payload) !== header.readUInt32LE(8))
      throw this.#damaged('a block does not match its CRC');
    this.#position += blockHeaderBytes + length;
    return { rows, columns: splitColumns(aligned(payload)) };
  }

  #read(position: number, length: number): Buffer {
    const file = this.#disk.open(this.path, 'read');
    try {
      return file.readSync(position, length);
    } finally {
      file.close();
    }
  }

  #damaged(what: string): HoldfastError {
    const message = `${this.path} is damaged: ${what}; import the recording again`;
    return new HoldfastError('WORLD_DAMAGED', message, { details: { file: this.path } });
  }
}

/** Typed arrays need an aligned start; a buffer out of a pool may not have one. */
function aligned(bytes: Buffer): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
}
