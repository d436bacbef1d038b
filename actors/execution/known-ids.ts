/**
 * Every id a ledger ever held, in a few bytes each, so that nothing is sent or applied twice in the
 * life of an account. Intent ids are kept as their first 64 bits, which are also the bits a label
 * carries: two intents that share them could not be told apart at the venue either, so the second
 * is refused as a duplicate (chance below 3e-6 at the limit). Venue trade ids are kept exactly.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';

/**
 * Ids of one ledger, count: 33 million intents or trades, one every second for a year. At the limit
 * a table takes 512 MiB; then the account needs a new ledger, and nothing is sent until it has one.
 */
export const knownIdsMax = 2 ** 25;
const firstSlots = 1_024;
/** Slots in use at most, ratio: probes stay short. */
const loadMax = 0.5;
const hexPrefix = /^[0-9a-f]{16}/;

/** Open addressing over pairs of 32-bit words; a pair of zeros is an empty slot. */
class PairSet {
  #words = new Uint32Array(firstSlots * 2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  has(high: number, low: number): boolean {
    return this.#occupied(this.#slotOf(high, low));
  }

  add(high: number, low: number): void {
    const slot = this.#slotOf(high, low);
    if (this.#occupied(slot)) return;
    if (this.#size >= knownIdsMax) {
      throw new HoldfastError(
        'JOURNAL_QUEUE_FULL',
        `the ledger holds ${knownIdsMax} ids: start a new ledger for this account`,
      );
    }
    this.#put(slot, high, low);
    this.#size += 1;
    if (this.#size > (this.#words.length / 2) * loadMax) this.#grow();
  }

  #occupied(slot: number): boolean {
    return this.#words[slot * 2] !== 0 || this.#words[slot * 2 + 1] !== 0;
  }

  #put(slot: number, high: number, low: number): void {
    this.#words[slot * 2] = high;
    this.#words[slot * 2 + 1] = low;
  }

  /** Its slot, or the free one where it would go. */
  #slotOf(high: number, low: number): number {
    const words = this.#words;
    const mask = words.length / 2 - 1;
    // Trade ids count upwards: mixing spreads them; intent ids are hashes already.
    let slot = (Math.imul(high ^ (low >>> 15), 0x85eb_ca6b) ^ Math.imul(low, 0x9e37_79b1)) >>> 0;
    for (slot = (slot ^ (slot >>> 16)) & mask; ; slot = (slot + 1) & mask) {
      const storedHigh = words[slot * 2];
      const storedLow = words[slot * 2 + 1];
      if (storedHigh === high && storedLow === low) return slot;
      if (storedHigh === 0 && storedLow === 0) return slot;
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const high = old[at] as number;
      const low = old[at + 1] as number;
      if (high !== 0 || low !== 0) this.#put(this.#slotOf(high, low), high, low);
    }
  }
}

/** Intent ids by their first 16 hex characters. */
export class KnownIntents {
  readonly #pairs = new PairSet();

  get size(): number {
    return this.#pairs.size;
  }

  get bytes(): number {
    return this.#pairs.bytes;
  }

  /** `hex`: an intent id, or the part of it that a label carries. Anything else is not known. */
  has(hex: string): boolean {
    return hexPrefix.test(hex) && this.#pairs.has(high(hex), low(hex));
  }

  /** Throws JOURNAL_QUEUE_FULL at the limit. */
  add(intentId: string): void {
    this.#pairs.add(high(intentId), low(intentId));
  }
}

function high(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16);
}

function low(hex: string): number {
  return Number.parseInt(hex.slice(8, 16), 16);
}

/** Where an intent stands: a decision met twice asks for the same place at another price, perhaps. */
export interface IntentPlace {
  readonly groupId: string;
  readonly legIdx: number;
  readonly attempt: number;
  readonly instrument: { readonly name: string };
  readonly side: 'buy' | 'sell';
}

/** Places that were taken, as 64 bits. Group ids are hashes already; the rest is mixed in. */
export class KnownPlaces {
  readonly #pairs = new PairSet();

  has(place: IntentPlace): boolean {
    return this.#pairs.has(high(place.groupId), lowOfPlace(place));
  }

  /** Throws JOURNAL_QUEUE_FULL at the limit. */
  add(place: IntentPlace): void {
    this.#pairs.add(high(place.groupId), lowOfPlace(place));
  }
}

/** FNV-1a over name and side, with leg and attempt, folded into the group's bits. */
function lowOfPlace({ groupId, legIdx, attempt, instrument, side }: IntentPlace): number {
  let mixed = side === 'buy' ? 0x811c_9dc5 : 0x811c_9dc4;
  for (let at = 0; at < instrument.name.length; at += 1) {
    mixed = Math.imul(mixed ^ instrument.name.charCodeAt(at), 0x0100_0193);
  }
  mixed = Math.imul(mixed ^ legIdx, 0x0100_0193);
  mixed = Math.imul(mixed ^ attempt, 0x0100_0193);
  return (low(groupId) ^ mixed) >>> 0;
}

/** `BTC-258544001`, `258544001`: a prefix and a number below 2^53, spelled in one way only. */
const numbered = /^(.{0,24}?)([1-9]\d{0,14})$/;
const word = 2 ** 32;

/** Trade ids: the numbered ones exactly, by prefix; any other spelling as text. */
export class KnownTrades {
  readonly #byPrefix = new Map<string, PairSet>();
  readonly #texts = new Set<string>();

  get size(): number {
    let size = this.#texts.size;
    for (const pairs of this.#byPrefix.values()) size += pairs.size;
    return size;
  }

  get bytes(): number {
    let bytes = 0;
    for (const pairs of this.#byPrefix.values()) bytes += pairs.bytes;
    return bytes;
  }

  has(tradeId: string): boolean {
    const parts = numbered.exec(tradeId);
    if (parts === null) return this.#texts.has(tradeId);
    const number = Number(parts[2]);
    const pairs = this.#byPrefix.get(parts[1] ?? '');
    return pairs?.has(Math.floor(number / word), number % word) ?? false;
  }

  /** Throws JOURNAL_QUEUE_FULL at the limit. */
  add(tradeId: string): void {
    const parts = numbered.exec(tradeId);
    if (parts === null) {
      this.#texts.add(tradeId);
      return;
    }
    const prefix = parts[1] ?? '';
    let pairs = this.#byPrefix.get(prefix);
    if (pairs === undefined) {
      pairs = new PairSet();
      this.#byPrefix.set(prefix, pairs);
    }
    const number = Number(parts[2]);
    pairs.add(Math.floor(number / word), number % word);
  }
}
