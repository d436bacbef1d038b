/** The admin paths: faults on command and figures. Only with the token; without one they do not exist. */
import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { InboundHttpRequest, OutboundHttpResponse } from '../../streams/ports/index.ts';
import type { RunningVenue } from './venue.ts';

const faultSchema = z.strictObject({
  clear: z.boolean().optional(),
  reply_delay_ms: z.number().int().min(0).max(60_000).optional(),
  drop_replies: z
    .strictObject({ count: z.number().int().min(1), method: z.string().optional() })
    .optional(),
  reject: z
    .strictObject({
      code: z.number().int(),
      message: z.string().default('rejected'),
      count: z.number().int().min(1).default(1),
      method: z.string().optional(),
    })
    .optional(),
  feed_frozen: z.boolean().optional(),
  maintenance: z.boolean().optional(),
  skip_change_ids: z
    .strictObject({ instrument: z.string(), count: z.number().int().min(1).default(1) })
    .optional(),
  disconnect: z.boolean().optional(),
});

function json(status: number, value: unknown): OutboundHttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: `${JSON.stringify(value)}\n`,
  };
}

function isAllowed(request: InboundHttpRequest, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** Answers `/admin/stats` and `/admin/faults`; undefined when the path is not an admin path. */
export function answerAdmin(
  venue: RunningVenue,
  token: string | undefined,
  request: InboundHttpRequest,
): OutboundHttpResponse | undefined {
  if (token === undefined || !request.path.startsWith('/admin/')) return undefined;
  if (!isAllowed(request, token)) return json(401, { error: 'no valid admin token' });
  if (request.path === '/admin/stats' && request.method === 'GET') return json(200, venue.stats());
  if (request.path === '/admin/faults' && request.method === 'POST')
    return applyFaults(venue, request);
  return json(404, { error: 'no such admin path' });
}

function applyFaults(venue: RunningVenue, request: InboundHttpRequest): OutboundHttpResponse {
  let body: unknown;
  try {
    body = JSON.parse(request.body.toString('utf8'));
  } catch {
    return json(400, { error: 'the body is not JSON' });
  }
  const parsed = faultSchema.safeParse(body);
  if (!parsed.success) return json(400, { error: z.prettifyError(parsed.error) });
  const wanted = parsed.data;
  const { faults } = venue;
  if (wanted.clear === true) faults.clear();
  if (wanted.reply_delay_ms !== undefined) faults.replyDelayMs = wanted.reply_delay_ms;
  if (wanted.drop_replies !== undefined)
    faults.dropReplies(wanted.drop_replies.count, wanted.drop_replies.method);
  if (wanted.reject !== undefined)
    faults.reject(
      wanted.reject.code,
      wanted.reject.message,
      wanted.reject.count,
      wanted.reject.method,
    );
  if (wanted.feed_frozen !== undefined) faults.feedFrozen = wanted.feed_frozen;
  if (wanted.maintenance !== undefined) venue.setMaintenance(wanted.maintenance);
  if (wanted.skip_change_ids !== undefined)
    faults.skipChangeIds(wanted.skip_change_ids.instrument, wanted.skip_change_ids.count);
  if (wanted.disconnect === true) venue.disconnectAll();
  return json(200, { applied: true });
}
