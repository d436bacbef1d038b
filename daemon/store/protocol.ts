/**
 * What the daemon and its store process say to each other. Configuration goes in as one argument,
 * secrets by environment; readiness, health and failure come back over the channel.
 */
import { z } from 'zod';
import type { StreamStatus } from '../../actors/evidence/store/index.ts';
import type { BreakerView } from '../../actors/supervision/index.ts';
import type { ErrorCode } from '../../streams/facts/errors.ts';

/** Environment names of the child. */
export const storeSecretNames = {
  writer: 'HOLDFAST_STORE_WRITER_PASSWORD',
  reader: 'HOLDFAST_STORE_READER_PASSWORD',
} as const;

const hours = z.int().positive().nullable();

export const retentionSchema = z.strictObject({
  ticks: hours,
  analytics: hours,
  snapshots: hours,
  ledger: hours,
});

const databaseName = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'a lower-case database name');

export const storeProcessConfigSchema = z.strictObject({
  engine: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('embedded'),
      directory: z.string().min(1),
      host: z.string().min(1),
      /** 0: any free port. */
      port: z.int().min(0).max(65_535),
    }),
    z.strictObject({
      kind: z.literal('server'),
      url: z.url({ protocol: /^https?$/ }),
      user: z.string().min(1),
      /** Name of a cluster to create replicated tables on. */
      cluster: z.string().regex(/^\w+$/).nullable(),
    }),
  ]),
  database: databaseName,
  /** What to ship; null runs the store alone. */
  journal: z
    .strictObject({ directory: z.string().min(1), sourceId: z.string().min(1).max(128) })
    .nullable(),
  retentionHours: retentionSchema,
});
export type StoreProcessConfig = z.infer<typeof storeProcessConfigSchema>;

export interface StoreHealth {
  readonly kind: 'health';
  /** Milliseconds since the store last answered a probe. */
  readonly probeAgeMs: number;
  readonly streams: readonly StreamStatus[];
  /** In front of every write; null while nothing is shipped. */
  readonly breaker: BreakerView | null;
  readonly rssBytes: number;
  readonly loopDelayP99Ms: number;
}
export type FromStore =
  | {
      readonly kind: 'ready';
      readonly url: string;
      readonly schemaVersion: number;
      readonly startMs: number;
    }
  | StoreHealth
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** A message of the store process, or undefined when it is none of ours. */
export function readFromStore(message: unknown): FromStore | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { kind } = message as { kind?: unknown };
  if (kind !== 'ready' && kind !== 'health' && kind !== 'failed') return undefined;
  return message as FromStore;
}
