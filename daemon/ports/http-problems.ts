/** Answers the HTTP server gives by itself, as RFC 9457 problem documents. */
import type { ErrorCode } from '../../streams/facts/errors.ts';
import type { OutboundHttpResponse } from '../../streams/ports/index.ts';

function problem(status: number, title: string, code: ErrorCode): OutboundHttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title, status, error_code: code }),
  };
}

/** The body is larger than the server takes. */
export const tooLargeResponse = problem(413, 'body too large', 'PAYLOAD_TOO_LARGE');
/** The handler failed; why stands in the log, not in the answer. */
export const failedResponse = problem(500, 'internal error', 'INTERNAL');
