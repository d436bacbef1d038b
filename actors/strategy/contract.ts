/**
 * The strategy contract. A strategy is pure: it sees a view and an event, it may keep state of its
 * own, and it answers with intents. It has no clock, no I/O and no randomness; two runs over the
 * same events decide the same. It can only propose: everything after that is not its business.
 */
import type { z } from 'zod';
import type { StrategyDecision } from '../../streams/facts/decision.ts';
import type { InstrumentView, MarketEvent, MarketView } from '../../streams/facts/market.ts';

/** What a strategy may know about its own standing. Lots are exact; signed, positive is long. */
export interface StandingView {
  positionLots(instrumentName: string): number;
  /** Lots of open and in-doubt orders of ours, both sides added: zero means nothing is under way. */
  workingLots(instrumentName: string): number;
}

export interface StrategyView {
  readonly market: MarketView;
  readonly standing: StandingView;
  /** Domain time of the event, epoch µs. */
  readonly nowUs: number;
}

export interface Strategy {
  /** Cheap test, asked for every event on the hot path. */
  wants(event: MarketEvent): boolean;
  /** At most one decision an event. Throwing crashes the runner, never the daemon. */
  decide(view: StrategyView, event: MarketEvent): StrategyDecision | undefined;
}

/** A kind of strategy: its validated parameters, and how to make one from them. */
export interface StrategyKind<P = unknown> {
  readonly name: string;
  /** Changes whenever decisions could: part of the decision id. */
  readonly version: string;
  readonly parameters: z.ZodType<P>;
  /** One sentence for people. */
  readonly about: string;
  /** Which instruments the runner must be subscribed to. */
  selects(parameters: P, instruments: Iterable<InstrumentView>): readonly string[];
  create(parameters: P): Strategy;
}
