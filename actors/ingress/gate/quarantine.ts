/**
 * What the gate set aside, kept in a bounded store that people can list, inspect, release or drop.
 * At the bound the oldest entry leaves and is counted: its fact is in the journal anyway.
 */
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import type { GateReason } from './reasons.ts';

/** A page of trouble for a person, not an archive. */
const maxEntries = 1_000;

export interface QuarantineEntry {
  /** Counts from 1 in this process. */
  readonly id: number;
  readonly reason: GateReason;
  readonly channel: string;
  readonly instrument: string | null;
  /** The identity as text; empty for messages that never became an event. */
  readonly identity: string;
  readonly payloadHash: string;
  readonly excerpt: string;
  readonly receivedUs: number;
}

interface Kept extends QuarantineEntry {
  readonly event: MarketEvent | undefined;
}

export class QuarantineStore {
  readonly #kept = new Map<number, Kept>();
  #nextId = 1;
  #evicted = 0;

  get size(): number {
    return this.#kept.size;
  }

  /** Entries that left at the bound. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Keeps an entry; `event` is what a release would admit. */
  keep(entry: Omit<QuarantineEntry, 'id'>, event: MarketEvent | undefined): QuarantineEntry {
    const kept: Kept = { ...entry, id: this.#nextId, event };
    this.#nextId += 1;
    this.#kept.set(kept.id, kept);
    if (this.#kept.size > maxEntries) {
      const oldest = this.#kept.keys().next();
      if (oldest.done !== true) this.#kept.delete(oldest.value);
      this.#evicted += 1;
    }
    return withoutEvent(kept);
  }

  /** Newest first. */
  list(limit = maxEntries): QuarantineEntry[] {
    return [...this.#kept.values()].reverse().slice(0, limit).map(withoutEvent);
  }

  /** Throws NOT_FOUND. */
  get(id: number): QuarantineEntry {
    return withoutEvent(this.#entry(id));
  }

  /** Removes an entry and answers it with its event, if it had become one. Throws NOT_FOUND. */
  take(id: number): { readonly entry: QuarantineEntry; readonly event: MarketEvent | undefined } {
    const kept = this.#entry(id);
    this.#kept.delete(id);
    return { entry: withoutEvent(kept), event: kept.event };
  }

  #entry(id: number): Kept {
    const kept = this.#kept.get(id);
    if (kept !== undefined) return kept;
    throw new HoldfastError(
      'NOT_FOUND',
      `no quarantined entry ${id}: list them to see what there is`,
    );
  }
}

function withoutEvent({ event: _event, ...entry }: Kept): QuarantineEntry {
  return entry;
}
