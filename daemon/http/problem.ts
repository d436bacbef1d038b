/** Errors over HTTP: RFC 9457 problem documents with `error_code` and `trace_id`. */
import { z } from 'zod';
import { asHoldfastError, type ErrorCode, HoldfastError } from '../../streams/facts/errors.ts';
import type { OutboundHttpResponse } from '../../streams/ports/index.ts';

export const problemSchema = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  error_code: z.string(),
  trace_id: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

const statusOf: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  REQUEST_STALE: 400,
  USAGE: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  WORLD_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  NOT_BUILT: 501,
  STORE_UNAVAILABLE: 503,
  VENUE_SESSION_DOWN: 503,
};

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'No valid token',
  403: 'Not allowed',
  404: 'No such thing',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  429: 'Too many requests',
  500: 'Internal error',
  501: 'Not built yet',
  503: 'Not available now',
};

/** After this many seconds a caller that was told to wait may try again. */
const retryAfterS = 5;

/** Headers that the status itself asks for. `allow` of a 405 stands in the error's details. */
function headersOf(status: number, error: HoldfastError): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  const { allow } = error.details;
  if (status === 405) return { allow: typeof allow === 'string' ? allow : 'GET' };
  return status === 429 || status === 503 ? { 'retry-after': String(retryAfterS) } : {};
}

/** The problem document of an error. Only coded errors show their message: a bug shows none. */
export function problemResponse(thrown: unknown, traceId: string): OutboundHttpResponse {
  const error = asHoldfastError(thrown);
  const status = statusOf[error.code] ?? 500;
  const shown = isShown(thrown);
  const body: Problem = {
    type: `urn:holdfast:error:${error.code.toLowerCase()}`,
    title: titles[status] ?? 'Error',
    status,
    detail: shown ? error.message : 'an internal error; look for the trace id in the log',
    error_code: error.code,
    trace_id: traceId,
    ...(shown && Object.keys(error.details).length > 0 ? { details: { ...error.details } } : {}),
  };
  return {
    status,
    headers: {
      ...headersOf(status, error),
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'no-store',
      'x-trace-id': traceId,
    },
    body: JSON.stringify(body),
  };
}

/** Whether the message may be shown: everything but bugs, whose messages nobody wrote for readers. */
export function isShown(thrown: unknown): thrown is HoldfastError {
  return thrown instanceof HoldfastError && thrown.code !== 'INTERNAL';
}
