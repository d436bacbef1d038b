/** What a fault is: a row of the table, and what it is given to do its work with. */
import { z } from 'zod';
import type { Clock, Random } from '../../../streams/ports/index.ts';
import type { Market, VenueEngine } from '../../../streams/venues/simulated/index.ts';
import { invalidParam } from '../../../streams/venues/simulated/index.ts';
import type { Announcements } from '../announcements.ts';
import type { MarketFeed } from '../market-feed.ts';
import type { Session } from '../session.ts';
import type { Hooks } from './hooks.ts';

export interface FaultContext {
  readonly hooks: Hooks;
  readonly engine: VenueEngine;
  readonly clock: Clock;
  /** From the seed of the faults alone: trading draws nothing from it. */
  readonly random: Random;
  readonly marketFeed: MarketFeed;
  readonly sessions: ReadonlySet<Session>;
  readonly announcements: Announcements;
  /** Venue time, epoch µs. */
  readonly nowUs: () => number;
  /** A fault that is used up says so: it is over. */
  readonly usedUp: () => void;
}

/** Undoes the fault. Called once. */
export type EndFault = () => void;

export interface FaultRow {
  readonly name: string;
  /** One sentence: what the client meets. */
  readonly does: string;
  /** Whether the engine's state changes, or only what clients see of it. */
  readonly reach: 'wire' | 'engine';
  readonly parameters: z.ZodObject;
  readonly start: (context: FaultContext, parameters: unknown) => EndFault;
}

/** Declares a fault; parameters that do not fit are refused before it starts. */
export function fault<Shape extends z.ZodRawShape>(
  name: string,
  reach: FaultRow['reach'],
  does: string,
  shape: Shape,
  start: (
    context: FaultContext,
    parameters: z.infer<z.ZodObject<Shape, z.core.$strict>>,
  ) => EndFault,
): FaultRow {
  const parameters = z.strictObject(shape);
  return {
    name,
    does,
    reach,
    parameters,
    start: (context, given) => start(context, parameters.parse(given)),
  };
}

/** Says `true` for the next `count` calls, and then that the fault is over. */
export function counted(context: FaultContext, count: number | undefined): () => boolean {
  if (count === undefined) return () => true;
  let left = count;
  return () => {
    if (left <= 0) return false;
    left -= 1;
    if (left === 0) context.usedUp();
    return true;
  };
}

/** The markets of that name, or all. Refuses an unknown name. */
export function marketsNamed(context: FaultContext, name: string | undefined): readonly Market[] {
  if (name === undefined) return context.engine.markets;
  const market = context.engine.findMarket(name);
  if (market === undefined) throw invalidParam('instrument', `no such instrument: ${name}`);
  return [market];
}

export const countParam = z
  .number()
  .int()
  .min(1)
  .describe('how many times; until the fault ends when left out');
export const instrumentParam = z.string().describe('only this instrument');
export const methodParam = z.string().describe('only this method, such as `private/buy`');
export const millisecondsParam = z.number().int().min(0).max(600_000);
export const shareParam = z.number().gt(0).max(1);
