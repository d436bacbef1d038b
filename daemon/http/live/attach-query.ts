/** What a client may ask for when it attaches, and which stream it names. */
import { z } from 'zod';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { type LiveFilter, type LiveStreamRow, liveStreamRows, severities } from './streams.ts';

export const attachQuerySchema = z.strictObject({
  /** Replays from this journal offset, then goes on live. */
  from: z.coerce.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).optional(),
  instrument: z.string().min(1).max(64).optional(),
  runner: z.string().min(1).max(64).optional(),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/, '32 lower-case hex digits')
    .optional(),
  /** Of log lines. */
  severity: z.enum(severities).optional(),
});
export type AttachQuery = z.infer<typeof attachQuerySchema>;

/** Throws NOT_FOUND with the names there are. */
export function streamNamed(name: string): LiveStreamRow {
  const row = liveStreamRows.find((candidate) => candidate.name === name);
  if (row !== undefined) return row;
  const names = liveStreamRows.map((candidate) => candidate.name).join(', ');
  throw new HoldfastError('NOT_FOUND', `no stream ${JSON.stringify(name)}; there are: ${names}`);
}

/** Throws REQUEST_INVALID with every problem. */
export function attachQueryOf(query: Readonly<Record<string, string>>): AttachQuery {
  const result = attachQuerySchema.safeParse(query);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new HoldfastError('REQUEST_INVALID', `the query is not valid: ${problems.join('; ')}`);
}

export function filterOf({ instrument, runner, trace_id, severity }: AttachQuery): LiveFilter {
  return { instrument, runner, traceId: trace_id, severity };
}
