/**
 * A market from a sealed recording. The public feed is the recording, with its own change ids,
 * trade ids and times; our own orders trade against it and never alter it.
 *
 * Fill model. Taking: displayed lots down to the limit, each displayed lot sold once until the
 * recording speaks about its level again. Resting: an order joins behind what its level displays;
 * recorded trades at its price eat the queue first, then fill it; a trade through its price, or the
 * opposite best reaching it, fills it without queue. Nothing else moves because of us.
 */

import type { InstrumentRow } from '../../facts/instrument.ts';
import type { MarketEvent } from '../../facts/market.ts';
import type { VenueEngine } from './engine.ts';
import { type Product, productOf } from './product.ts';
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
  }

  nextUs(): number {
    return this.#cursor.peekTsUs();
  }

  step(): void {
    const dueUs = this.#cursor.peekTsUs();
    const event = this.#cursor.next();
    const engine = this.#engine;
    if (event === undefined || engine === undefined) return;
    engine.run(dueUs, () => applyTape(engine, event));
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
