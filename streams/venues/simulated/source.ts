/**
 * Where a market comes from: a seeded generator, a recording, or a script. A source only ever acts
 * inside `step`, at the time it announced; it reads no clock.
 */
import type { VenueEngine } from './engine.ts';
import type { Product } from './product.ts';

export interface MarketSource {
  /** True when a recording drives the books: our orders match against the tape. */
  readonly taped: boolean;
  /** Domain time of the first event, epoch µs; undefined when the source starts whenever asked. */
  readonly startUs: number | undefined;
  /** What is listed at that time. Called once, before `open`. */
  list(nowUs: number): readonly Product[];
  /** Joins the engine: house accounts, first books and marks. Must use `engine.run`. */
  open(engine: VenueEngine, nowUs: number): void;
  /** Time of the next thing to happen, epoch µs; Infinity when nothing will. */
  nextUs(): number;
  /** Does the thing announced by `nextUs`. */
  step(): void;
  /** Something expired: the source may list new products (`engine.list`) and trade them. */
  onDelivered?(engine: VenueEngine, nowUs: number): void;
  /** State that must survive a restart of the venue process, as JSON. */
  dump(): unknown;
  /** Takes back what `dump` gave; called before `open`. Anything else is ignored. */
  restore(state: unknown): void;
}
