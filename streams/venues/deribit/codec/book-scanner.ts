/**
 * Book frames read straight from their bytes, several times faster than parsing JSON. It accepts
 * any key order and exponent numbers, and only what it understands in full: for everything else it
 * says so, and the frame goes the JSON way, which alone decides what is refused.
 *
 * Counts are computed in whole numbers from the digits, so an accepted level is exact.
 */
import type { Instrument } from '../../../facts/instrument.ts';
import type { BookEvent } from '../../../facts/market.ts';
import { BookScan } from './book-scan.ts';
import { type Channel, type ChannelTable, maxKnownChannels } from './channels.ts';
import { number, readCount, readWhole, unknown } from './digits.ts';
import type { FastPath } from './frame.ts';
import type { FindInstrument } from './orders.ts';
import type { Stamp } from './stamp.ts';

const quote = 0x22;
const comma = 0x2c;
const open = 0x7b;
const close = 0x7d;
const closeList = 0x5d;
const backslash = 0x5c;

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const text = {
  jsonrpc: ascii('"jsonrpc":"2.0"'),
  method: ascii('"method":"subscription"'),
  params: ascii('"params":{'),
  channel: ascii('"channel":"'),
  data: ascii('"data":{'),
  timestamp: ascii('"timestamp":'),
  type: ascii('"type":"'),
  snapshot: ascii('snapshot"'),
  change: ascii('change"'),
  changeId: ascii('"change_id":'),
  previous: ascii('"prev_change_id":'),
  instrument: ascii('"instrument_name":"'),
  bids: ascii('"bids":['),
  asks: ascii('"asks":['),
  newLevel: ascii('["new",'),
  changeLevel: ascii('["change",'),
  deleteLevel: ascii('["delete",'),
};

interface Known {
  readonly bytes: Uint8Array;
  readonly channel: Channel;
}

/** A fast path for book frames; `take` gets each event. */
export function bookFastPath(
  find: FindInstrument,
  channels: ChannelTable,
  take: (event: BookEvent) => void,
): FastPath {
  const scanner = new BookScanner(find, channels);
  return (data, stamp) => {
    const event = scanner.scan(data, stamp);
    if (event === undefined) return false;
    take(event);
    return true;
  };
}

export class BookScanner {
  readonly #find: FindInstrument;
  readonly #channels: ChannelTable;
  readonly #known = new Map<number, Known>();
  readonly #scan = new BookScan();

  constructor(find: FindInstrument, channels: ChannelTable) {
    this.#find = find;
    this.#channels = channels;
  }

  /** The event of a book frame, or undefined: read it as JSON. Sets `stamp.channel` on success. */
  scan(data: Uint8Array, stamp: Stamp): BookEvent | undefined {
    const scan = this.#scan;
    scan.reset();
    if (this.#message(data) !== data.length) return undefined;
    return scan.hasMethod && scan.isNamed ? scan.event(stamp) : undefined;
  }

  #message(data: Uint8Array): number {
    let at = 0;
    if (data[0] !== open) return unknown;
    do {
      at += 1;
      if (matches(data, at, text.params)) at = this.#params(data, at + text.params.length - 1);
      else if (matches(data, at, text.jsonrpc)) at += text.jsonrpc.length;
      else if (matches(data, at, text.method)) {
        this.#scan.hasMethod = true;
        at += text.method.length;
      } else return unknown;
    } while (at > 0 && data[at] === comma);
    return at > 0 && data[at] === close ? at + 1 : unknown;
  }

  // `from` stands at the opening brace; the answer is behind the closing one.
  #params(data: Uint8Array, from: number): number {
    let at = from;
    do {
      at += 1;
      if (matches(data, at, text.channel)) at = this.#channel(data, at + text.channel.length);
      else if (matches(data, at, text.data)) at = this.#data(data, at + text.data.length - 1);
      else return unknown;
    } while (at > 0 && data[at] === comma);
    return at > 0 && data[at] === close ? at + 1 : unknown;
  }

  #channel(data: Uint8Array, from: number): number {
    const end = endOfText(data, from);
    if (end < 0) return unknown;
    const channel = this.#lookUp(data, from, end);
    if (channel?.kind !== 'book' || channel.instrumentName === undefined) return unknown;
    this.#scan.channel = channel;
    this.#scan.instrument = this.#find(channel.instrumentName);
    return this.#scan.instrument === undefined ? unknown : end + 1;
  }

  #data(data: Uint8Array, from: number): number {
    let at = from;
    do {
      at = this.#member(data, at + 1);
    } while (at > 0 && data[at] === comma);
    return at > 0 && data[at] === close ? at + 1 : unknown;
  }

  #member(data: Uint8Array, at: number): number {
    const scan = this.#scan;
    const { instrument } = scan;
    // Levels need the grids: a frame that names its channel last is read as JSON.
    if (instrument === undefined) return unknown;
    switch (data[at + 1]) {
      case 0x61: // a
        if (!matches(data, at, text.asks)) return unknown;
        scan.asks = [];
        return levels(data, at + text.asks.length, instrument, scan.asks);
      case 0x62: // b
        if (!matches(data, at, text.bids)) return unknown;
        scan.bids = [];
        return levels(data, at + text.bids.length, instrument, scan.bids);
      case 0x63: // c
        if (!matches(data, at, text.changeId)) return unknown;
        scan.changeId = readWhole(data, at + text.changeId.length);
        return number.end;
      case 0x70: // p
        if (!matches(data, at, text.previous)) return unknown;
        scan.previousId = readWhole(data, at + text.previous.length);
        return number.end;
      case 0x69: // i
        return this.#name(data, at, instrument);
      case 0x74: // t
        return this.#timeOrType(data, at);
      default:
        return unknown;
    }
  }

  #timeOrType(data: Uint8Array, at: number): number {
    if (matches(data, at, text.timestamp)) {
      this.#scan.tsMs = readWhole(data, at + text.timestamp.length);
      return number.end;
    }
    if (!matches(data, at, text.type)) return unknown;
    const from = at + text.type.length;
    if (matches(data, from, text.change)) {
      this.#scan.frame = 'change';
      return from + text.change.length;
    }
    if (!matches(data, from, text.snapshot)) return unknown;
    this.#scan.frame = 'snapshot';
    return from + text.snapshot.length;
  }

  #name(data: Uint8Array, at: number, instrument: Instrument): number {
    if (!matches(data, at, text.instrument)) return unknown;
    const from = at + text.instrument.length;
    const { name } = instrument;
    const end = from + name.length;
    if (data[end] !== quote) return unknown;
    for (let i = 0; i < name.length; i += 1) {
      if (data[from + i] !== name.charCodeAt(i)) return unknown;
    }
    this.#scan.isNamed = true;
    return end + 1;
  }

  // Channels are recognised by a hash of their bytes and then compared: no text is made per frame.
  #lookUp(data: Uint8Array, from: number, end: number): Channel | undefined {
    let hash = end - from;
    for (let at = from; at < end; at += 1) hash = (Math.imul(hash, 31) + (data[at] as number)) | 0;
    const known = this.#known.get(hash);
    if (
      known !== undefined &&
      known.bytes.length === end - from &&
      matches(data, from, known.bytes)
    ) {
      return known.channel;
    }
    const bytes = data.slice(from, end);
    const channel = this.#channels.get(Buffer.from(bytes).toString('latin1'));
    if (channel !== undefined && this.#known.size < maxKnownChannels) {
      this.#known.set(hash, { bytes, channel });
    }
    return channel;
  }
}

function matches(data: Uint8Array, at: number, wanted: Uint8Array): boolean {
  // From the end: keys that begin alike differ there.
  for (let i = wanted.length - 1; i >= 0; i -= 1) if (data[at + i] !== wanted[i]) return false;
  return true;
}

function endOfText(data: Uint8Array, from: number): number {
  for (let at = from; at < data.length; at += 1) {
    const byte = data[at];
    if (byte === quote) return at;
    if (byte === backslash) return unknown;
  }
  return unknown;
}

/** One side: triples until the closing bracket. The answer is behind it. */
function levels(data: Uint8Array, from: number, instrument: Instrument, flat: number[]): number {
  let at = from;
  if (data[at] === closeList) return at + 1;
  for (;;) {
    at = level(data, at, instrument, flat);
    if (at < 0) return unknown;
    if (data[at] === closeList) return at + 1;
    if (data[at] !== comma) return unknown;
    at += 1;
  }
}

function level(data: Uint8Array, from: number, instrument: Instrument, flat: number[]): number {
  const kind = data[from + 2];
  const action =
    kind === 0x6e ? text.newLevel : kind === 0x63 ? text.changeLevel : text.deleteLevel;
  if (!matches(data, from, action)) return unknown;
  const ticks = readCount(data, from + action.length, instrument.price);
  if (number.end < 0 || data[number.end] !== comma) return unknown;
  const lots = readCount(data, number.end + 1, instrument.amount);
  if (number.end < 0 || data[number.end] !== closeList) return unknown;
  const isDelete = action === text.deleteLevel;
  if (isDelete ? lots !== 0 : lots <= 0) return unknown;
  flat.push(ticks, lots);
  return number.end + 1;
}
