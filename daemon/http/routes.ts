/**
 * A small router over the HTTP port. One table of routes serves requests, validates them, and
 * generates the OpenAPI document, so that the three cannot drift apart.
 */
import type { z } from 'zod';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { parseJson } from '../../streams/facts/text.ts';
import type { InboundHttpRequest, OutboundHttpResponse } from '../../streams/ports/index.ts';

export interface RouteContext<Q = unknown, B = unknown> {
  readonly request: InboundHttpRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly traceId: string;
}

interface RouteBase {
  readonly method: 'GET' | 'POST';
  /** `/api/v1/streams/:name`. */
  readonly path: string;
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Specified, but answered 501 for now. */
  readonly notBuilt?: boolean;
}

/** Answers JSON of a stated schema. */
export interface JsonRoute extends RouteBase {
  readonly kind: 'json';
  readonly response: z.ZodType;
  /** Statuses besides 200 the answer may carry, with their meaning. */
  readonly otherStatuses?: Readonly<Record<number, string>>;
  readonly answer: (context: RouteContext) => JsonAnswer | Promise<JsonAnswer>;
}

/** Answers whatever it likes: text, a stream, a page. */
export interface RawRoute extends RouteBase {
  readonly kind: 'raw';
  readonly contentType: string;
  readonly answer: (context: RouteContext) => OutboundHttpResponse | Promise<OutboundHttpResponse>;
}

export type Route = JsonRoute | RawRoute;

export interface JsonAnswer {
  readonly status?: number;
  readonly value: unknown;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new HoldfastError('REQUEST_INVALID', 'the path is not percent-encoded as it should be', {
      cause,
    });
  }
}

/** A path as segments; a parameter segment starts with a colon. */
function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (segment.startsWith(':') && value !== '') params[segment.slice(1)] = value;
    else if (segment !== value) return undefined;
  }
  return params;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Record<string, string>;
}

/** Finds the route. Throws NOT_FOUND, or METHOD_NOT_ALLOWED when only the method is wrong. */
export function findRoute(routes: readonly Route[], request: InboundHttpRequest): RouteMatch {
  const allowed = new Set<string>();
  for (const route of routes) {
    const params = matchPath(route.path, request.path);
    if (params === undefined) continue;
    if (route.method === request.method) return { route, params: decodedAll(params) };
    allowed.add(route.method);
  }
  if (allowed.size > 0) {
    const allow = [...allowed].join(', ');
    throw new HoldfastError(
      'METHOD_NOT_ALLOWED',
      `${request.method} is not allowed on ${request.path}: use ${allow}`,
      { details: { allow } },
    );
  }
  throw new HoldfastError(
    'NOT_FOUND',
    `nothing at ${request.path}; see /openapi.json for what there is`,
  );
}

function decodedAll(params: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, decoded(value)]));
}

function parsed(schema: z.ZodType | undefined, value: unknown, what: string): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new HoldfastError('REQUEST_INVALID', `the ${what} is not valid: ${problems.join('; ')}`);
}

function bodyOf(request: InboundHttpRequest): unknown {
  if (request.body.length === 0) return {};
  const type = request.headers['content-type'] ?? '';
  // A form or plain text is what a foreign page may send without being asked first.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new HoldfastError('REQUEST_INVALID', 'send the body as `Content-Type: application/json`');
  }
  try {
    return parseJson(request.body.toString('utf8'));
  } catch (cause) {
    throw new HoldfastError('REQUEST_INVALID', 'the body is not JSON', { cause });
  }
}

/** Validates query and body and lets the route answer. Errors are the caller's to map. */
export async function answerRoute(
  { route, params }: RouteMatch,
  request: InboundHttpRequest,
  traceId: string,
): Promise<OutboundHttpResponse> {
  const context: RouteContext = {
    request,
    params,
    query: parsed(route.query, request.query, 'query'),
    body: route.method === 'POST' ? parsed(route.body, bodyOf(request), 'body') : undefined,
    traceId,
  };
  if (route.kind === 'raw') {
    return route.answer(context);
  }
  const { status = 200, value } = await route.answer(context);
  return jsonResponse(status, value);
}

/** A JSON answer; text is taken as JSON that was rendered already. */
export function jsonResponse(status: number, value: unknown): OutboundHttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
    body: typeof value === 'string' ? value : JSON.stringify(value),
  };
}
