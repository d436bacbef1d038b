/** Errors over HTTP: RFC 9457 problem documents with `error_code` and `trace_id`. */
import { asHoldfastError, type ErrorCode, HoldfastError } from '../../streams/facts/errors.ts';
import type { OutboundHttpResponse } from '../../streams/ports/index.ts';

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

/** The problem document of an error. Only coded errors show their message: a bug shows none. */
export function problemResponse(
  thrown: unknown,
  traceId: string,
  headers: Readonly<Record<string, string>> = {},
): OutboundHttpResponse {
  const error = asHoldfastError(thrown);
  const status = statusOf[error.code] ?? 500;
  const shown = thrown instanceof HoldfastError;
  const body = {
    type: `urn:holdfast:error:${error.code.toLowerCase()}`,
    title: titles[status] ?? 'Error',
    status,
    detail: shown ? error.message : 'an internal error; look for the trace id in the log',
    error_code: error.code,
    trace_id: traceId,
    ...(shown && Object.keys(error.details).length > 0 ? { details: error.details } : {}),
  };
  return {
    status,
    headers: {
      ...headers,
      'content-type': 'application/problem+json; charset=utf-8',
      'x-trace-id': traceId,
    },
    body: JSON.stringify(body),
  };
}
