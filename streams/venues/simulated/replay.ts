/**
 * A market from a sealed recording. The public feed is the recording, with its own change ids,
 * trade ids and times; our own orders trade against it and never alter it.
 *
 * Fill model. Taking: displayed lots down to the limit, each displayed lot sold once until the
 * recording speaks about its level again. Resting: an order joins behind what its level displays;
 * recorded trades at its price eat the queue first, then fill it; a trade through its price, or the
 * opposite best reaching it, fills it without queue. Nothing else moves because of us.
 *
 * Expiry. What expires while the recording runs is delivered at the mean of the index as recorded over
 * the last half hour. Without one nothing is made up: a product nobody holds just closes, one that a
 * customer holds ends the replay with WORLD_INDEX_MISSING.
 */

import { HoldfastError } from '../../facts/errors.ts';
import type { InstrumentRow } from '../../facts/instrument.ts';
import type { MarketEvent } from '../../facts/market.ts';
import type { VenueEngine } from './engine.ts';
import type { Market } from './market.ts';
import { type Product, perpetualExpiryMs, productOf } from './product.ts';
import { deliver } from './settlement.ts';
import type { MarketSource } from './source.ts';
import { applyTape } from './tape-matching.ts';

/** What a replay needs of a sealed world. */
export interface RecordedWorld {
  readonly manifest: {
    readonly instruments: readonly InstrumentRow[];
    readonly first_ts_us: number;
    readonly counts: { readonly ticker: number };
  };
  cursor(): { peekTsUs(): number; next(): MarketEvent | undefined };
}

const dayMs = 86_400_000;

class Replay implements MarketSource {
  readonly taped = true;
  readonly startUs: number;
  readonly #world: RecordedWorld;
  readonly #cursor: ReturnType<RecordedWorld['cursor']>;
  #engine: VenueEngine | undefined;
  /** What will expire, the next one last. */
  #expiring: Market[] = [];
  #refused = false;

  constructor(world: RecordedWorld) {
    this.#world = world;
    this.#cursor = world.cursor();
    this.startUs = world.manifest.first_ts_us;
  }

  list(): readonly Product[] {
    const createdMs = Math.floor(this.startUs / 1_000 / dayMs) * dayMs - dayMs;
    return this.#world.manifest.instruments.map((row, index) => productOf(row, index, createdMs));
  }

  open(engine: VenueEngine): void {
    this.#engine = engine;
    const tickersRecorded = this.#world.manifest.counts.ticker > 0;
    for (const market of engine.markets) market.tickersRecorded = tickersRecorded;
    this.#expiring = engine.markets
      .filter(({ product }) => {
        const { expiryMs } = product;
        return expiryMs < perpetualExpiryMs && expiryMs * 1_000 > this.startUs;
      })
      .sort((a, b) => b.product.expiryMs - a.product.expiryMs);
  }

  nextUs(): number {
    const recordedUs = this.#refused ? Number.POSITIVE_INFINITY : this.#cursor.peekTsUs();
    // What expires after the last event is not in the recording.
    return recordedUs === Number.POSITIVE_INFINITY
      ? recordedUs
      : Math.min(recordedUs, this.#expiryUs());
  }

  step(): void {
    const dueUs = this.#cursor.peekTsUs();
    if (this.#expiryUs() <= dueUs) {
      this.#expire();
      return;
    }
    const event = this.#cursor.next();
    const engine = this.#engine;
    if (event === undefined || engine === undefined) return;
    engine.run(dueUs, () => applyTape(engine, event));
  }

  #expiryUs(): number {
    const next = this.#expiring.at(-1);
    return next === undefined ? Number.POSITIVE_INFINITY : next.product.expiryMs * 1_000;
  }

  #expire(): void {
    const engine = this.#engine;
    const dueUs = this.#expiryUs();
    const market = this.#expiring.pop();
    if (engine === undefined || market === undefined) return;
    const { name, indexName, index } = market.product;
    const price = engine.tracks.get(indexName)?.recentAverage(dueUs);
    const isHeld = engine.accounts.some(
      ({ house, positions }) => !house && (positions.get(index)?.lots ?? 0) !== 0,
    );
    if (price === undefined && isHeld) {
      this.#refused = true;
      throw new HoldfastError(
        'WORLD_INDEX_MISSING',
        `${name} expires while it is held, and ${indexName} is not recorded in the half hour before: replay a world that ends earlier or records the index`,
        { details: { instrument: name, index: indexName, expiry_us: dueUs } },
      );
    }
    engine.run(dueUs, () => deliver(engine, market, Math.round((price ?? 0) * 100) / 100));
  }

  dump(): unknown {
    return null;
  }

  restore(): void {}
}

/** Replays a sealed world; its speed is the server's business. */
export function replay(world: RecordedWorld): MarketSource {
  return new Replay(world);
}
