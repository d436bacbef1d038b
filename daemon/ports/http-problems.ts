/** Answers the HTTP server gives by itself, as RFC 9457 problem documents. */
import type { ErrorCode } from '../../streams/facts/errors.ts';
import type { OutboundHttpResponse } from '../../streams/ports/index.ts';

function problem(
  status: number,
  title: string,
  detail: string,
  code: ErrorCode,
  traceId: string,
): OutboundHttpResponse {
  const type = `urn:holdfast:error:${code.toLowerCase()}`;
  return {
    status,
    headers: { 'content-type': 'application/problem+json', 'x-trace-id': traceId },
    body: JSON.stringify({ type, title, status, detail, error_code: code, trace_id: traceId }),
  };
}

/** The body is larger than the server takes. */
export function tooLargeResponse(traceId: string, maxBodyBytes: number): OutboundHttpResponse {
  const detail = `the body is larger than ${maxBodyBytes} bytes`;
  return problem(413, 'Too large', detail, 'PAYLOAD_TOO_LARGE', traceId);
}

/** The handler failed; why stands in the log, not in the answer. */
export function failedResponse(traceId: string): OutboundHttpResponse {
  const detail = 'an internal error; look for the trace id in the log';
  return problem(500, 'Internal error', detail, 'INTERNAL', traceId);
}
