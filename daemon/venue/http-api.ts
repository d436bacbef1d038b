/**
 * The HTTP side: GET with a query string (all text, read by what each parameter is) and POST with a
 * JSON-RPC body. Errors are JSON-RPC bodies under a non-2xx status.
 */
import type { Clock, InboundHttpRequest, OutboundHttpResponse } from '../../streams/ports/index.ts';
import {
  invalidParam,
  refusal,
  unauthorized,
  VenueError,
} from '../../streams/venues/simulated/index.ts';
import { coerceQuery } from './call.ts';
import type { Customer } from './customer.ts';
import {
  type DispatchOptions,
  dispatch,
  methodRow,
  type Outcome,
  parseRequest,
  replyText,
} from './dispatcher.ts';
import { methods } from './methods/index.ts';
import { requestBytesMax } from './options.ts';
import { type Grant, grantScopes } from './scopes.ts';
import type { Identity } from './tokens.ts';

const apiPrefix = '/api/v2/';
const badRequest = 400;
const tooMany = 429;

export interface HttpApiOptions extends DispatchOptions {
  readonly clock: Clock;
}

/** Answers one request; undefined when the path is not the API's. */
export function answerHttp(
  options: HttpApiOptions,
  request: InboundHttpRequest,
): Promise<OutboundHttpResponse> | undefined {
  if (!request.path.startsWith('/api/v2')) return undefined;
  const { hooks } = options.venue.faults;
  let refused: OutboundHttpResponse | undefined;
  const answer = (response: OutboundHttpResponse): void => {
    refused = response;
  };
  if (hooks.http.takes({ request, answer }) && refused !== undefined)
    return Promise.resolve(refused);
  const method = request.path.slice(apiPrefix.length);
  if (hooks.matchingDelayMs === 0 || methods.get(method)?.cost !== 'matching')
    return run(options, request);
  return options.clock.sleep(hooks.matchingDelayMs).then(() => run(options, request));
}

function run(options: HttpApiOptions, request: InboundHttpRequest): Promise<OutboundHttpResponse> {
  const usIn = options.clock.nowUs();
  let id: string | number | null | undefined;
  let method = request.path.slice(apiPrefix.length);
  let outcome: Outcome;
  const afterwards: (() => void)[] = [];
  try {
    if (request.body.length > requestBytesMax) throw refusal(-32600);
    let params: Readonly<Record<string, unknown>>;
    if (request.method === 'POST') {
      const rpc = parseRequest(request.body.toString('utf8'));
      id = rpc.id;
      method = method === '' ? rpc.method : method;
      params = rpc.params;
    } else if (request.method === 'GET') {
      params = coerceQuery(methodRow(method).shape, request.query);
    } else throw refusal(-32601);
    const identity = identify(options, request);
    outcome = dispatch(options, { method, params }, undefined, identity, (fn) =>
      afterwards.push(fn),
    );
  } catch (thrown) {
    if (!(thrown instanceof VenueError)) throw thrown;
    outcome = { error: thrown, fatal: false, silent: false };
  }
  return finish(options, method, id, outcome, usIn);
}

/** A reply that a fault keeps is a request that never ends: the client's own timeout must end it. */
function finish(
  options: HttpApiOptions,
  method: string,
  id: string | number | null | undefined,
  outcome: Outcome,
  usIn: number,
): Promise<OutboundHttpResponse> {
  const { hooks } = options.venue.faults;
  const status = outcome.error === undefined ? 200 : outcome.fatal ? tooMany : badRequest;
  const headers = { 'content-type': 'application/json' };
  return new Promise((resolve) => {
    hooks.send({
      session: undefined,
      kind: 'reply',
      subject: method,
      text: replyText(id, outcome, usIn, options.clock.nowUs()),
      write: (body) => resolve({ status, headers, body }),
    });
  });
}

function identify(options: HttpApiOptions, request: InboundHttpRequest): Identity | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const space = header.indexOf(' ');
  const scheme = header.slice(0, space).toLowerCase();
  const value = header.slice(space + 1).trim();
  const { tokens } = options.venue;
  if (scheme === 'bearer') return tokens.byToken(value, 0, options.venue.nowUs());
  if (scheme === 'basic') return basic(options, value);
  if (scheme === 'deri-hmac-sha256') return signed(options, request, value);
  throw unauthorized('invalid_token');
}

function basic(options: HttpApiOptions, value: string): Identity {
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const customer = options.venue.tokens.byCredentials(
    text.slice(0, Math.max(0, colon)),
    text.slice(colon + 1),
  );
  return { customer, grant: wholeGrant(customer) };
}

/** What a request that names no scope is granted: all that the key has. */
const wholeGrants = new WeakMap<Customer, { readonly scope: string; readonly grant: Grant }>();

function wholeGrant(customer: Customer): Grant {
  const { scope } = customer;
  const known = wholeGrants.get(customer);
  if (known?.scope === scope) return known.grant;
  const grant = grantScopes(scope, undefined);
  wholeGrants.set(customer, { scope, grant });
  return grant;
}

function signed(options: HttpApiOptions, request: InboundHttpRequest, value: string): Identity {
  const fields = new Map<string, string>();
  for (const part of value.split(',')) {
    const equals = part.indexOf('=');
    fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  const [id, ts, sig, nonce] = ['id', 'ts', 'sig', 'nonce'].map((name) => {
    const field = fields.get(name);
    if (field === undefined) throw invalidParam(name, 'value required');
    return field;
  });
  const body = request.body.toString('utf8');
  const text = `${ts}\n${nonce}\n${request.method}\n${request.target}\n${body}\n`;
  const customer = options.venue.tokens.bySignature(id ?? '', Number(ts), text, sig ?? '');
  return { customer, grant: wholeGrant(customer) };
}
