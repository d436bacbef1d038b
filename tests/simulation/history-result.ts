/** What one history is asked for, and what is known when it is over. */
import type { TimelineEntry } from './observe/timeline.ts';
import type { Violation } from './observe/verdict.ts';

export interface HistoryOptions {
  /** Keep a readable timeline; costs memory. */
  readonly timeline?: boolean;
  /** Stop the history at this virtual second. */
  readonly untilS?: number;
}

export interface HistoryResult {
  readonly seed: string;
  readonly violations: readonly Violation[];
  readonly reached: ReadonlyMap<string, number>;
  /** sha256 over every message, read, life and durable block of the daemon. */
  readonly daemonHash: string;
  /** The same, the faults, and what arrived in the store. */
  readonly traceHash: string;
  readonly simulatedS: number;
  readonly marketEvents: number;
  readonly orders: number;
  readonly lives: number;
  readonly timeline: readonly TimelineEntry[];
}
