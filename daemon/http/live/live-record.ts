/** A journal record on its way to everybody who is attached: read once, made into text once. */
import { eventTypeOf } from './streams.ts';

export class LiveRecord {
  readonly offset: number;
  readonly bytes: Uint8Array;
  #text: string | undefined;
  #type: string | undefined;

  constructor(offset: number, bytes: Uint8Array) {
    this.offset = offset;
    this.bytes = bytes;
  }

  /** Canonical JSON of the fact. */
  get text(): string {
    this.#text ??= this.#buffer.toString('utf8');
    return this.#text;
  }

  /** Empty when the record names none. */
  get type(): string {
    this.#type ??= eventTypeOf(this.#buffer) ?? '';
    return this.#type;
  }

  get #buffer(): Buffer {
    const { buffer, byteOffset, length } = this.bytes;
    return Buffer.from(buffer, byteOffset, length);
  }
}
