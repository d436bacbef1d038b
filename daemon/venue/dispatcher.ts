/**
 * JSON-RPC as the venue speaks it: named parameters, no batches, no requests without an id, the id
 * echoed with its type. Every request ends in exactly one outcome: a result, or an error by code.
 */
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { Log } from '../../streams/ports/index.ts';
import {
  encodeWire,
  refusal,
  unauthorized,
  VenueError,
} from '../../streams/venues/simulated/index.ts';
import type { Call, MethodRow, VenueParts } from './call.ts';
import { methods } from './methods/index.ts';
import { refusedCode } from './methods/refused-methods.ts';
import { permits } from './scopes.ts';
import type { Session } from './session.ts';
import type { Identity } from './tokens.ts';

export interface RpcRequest {
  readonly id: string | number | null;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export interface Outcome {
  readonly result?: unknown;
  readonly error?: VenueError;
  /** The session must end after this reply (10028). */
  readonly fatal: boolean;
  readonly silent: boolean;
}

export interface DispatchOptions {
  readonly venue: VenueParts;
  readonly enforceLimits: boolean;
  readonly log: Log;
  readonly monotonicUs: () => number;
}

const tooManyRequests = 10028;

/** Reads one message. Throws the refusal that answers it when it is not a request. */
export function parseRequest(text: string): RpcRequest {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw refusal(-32700);
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new VenueError(-32600, 'Invalid Request');
  }
  const { id, method, params } = message as Record<string, unknown>;
  const named =
    params === undefined ||
    params === null ||
    (typeof params === 'object' && !Array.isArray(params));
  if (typeof method !== 'string' || (typeof id !== 'string' && typeof id !== 'number')) {
    throw new VenueError(-32600, 'Invalid Request');
  }
  return {
    id,
    method,
    params: named ? ((params ?? {}) as Record<string, unknown>) : { '': params },
  };
}

/** The row of a method; -32601 when there is none, or the code of what is left out. */
export function methodRow(name: string): MethodRow {
  const row = methods.get(name);
  if (row === undefined) throw refusal(refusedCode(name));
  return row;
}

/** Runs one request. Never throws: what is not a `VenueError` is a bug and answers 11094. */
export function dispatch(
  options: DispatchOptions,
  request: Pick<RpcRequest, 'method' | 'params'>,
  session: Session | undefined,
  identity: Identity | undefined,
  afterReply: (fn: () => void) => void,
): Outcome {
  try {
    const row = methodRow(request.method);
    const known = identityFor(options, request, session, identity);
    options.venue.orderRequests.asked(request, known?.customer.account.name ?? '');
    charge(options, row, session, known);
    const params = { ...request.params };
    checkFaults(options.venue, request.method, params);
    const result = runRow(row, params, {
      venue: options.venue,
      session,
      identity: known,
      afterReply,
    });
    return { result, fatal: false, silent: row.silent };
  } catch (thrown) {
    const error =
      thrown instanceof VenueError ? thrown : internal(options.log, request.method, thrown);
    options.venue.orderRequests.refused(request, error.code);
    return { error, fatal: error.code === tooManyRequests, silent: false };
  }
}

function identityFor(
  options: DispatchOptions,
  request: Pick<RpcRequest, 'params'>,
  session: Session | undefined,
  identity: Identity | undefined,
): Identity | undefined {
  const nowUs = options.venue.nowUs();
  const access = request.params.access_token;
  if (typeof access === 'string')
    return options.venue.tokens.byToken(access, session?.id ?? 0, nowUs);
  if (session === undefined) return identity;
  return session.expiresUs < nowUs ? undefined : session.identity;
}

function charge(
  options: DispatchOptions,
  row: MethodRow,
  session: Session | undefined,
  identity: Identity | undefined,
): void {
  if (!options.enforceLimits) return;
  const credits = identity?.customer.credits ?? session?.credits;
  if (credits === undefined || credits.take(row.cost, options.monotonicUs())) return;
  if (row.cost !== 'move_positions') throw refusal(tooManyRequests);
  throw new VenueError(13780, 'move_positions_over_limit', { wait: credits.waitS(row.cost) });
}

/** Maintenance, and whatever was broken on command. Throws the refusal that is due. */
function checkFaults(venue: VenueParts, method: string, params: Record<string, unknown>): void {
  const { hooks } = venue.faults;
  if (hooks.maintenance && method.startsWith('private/')) throw refusal(11051);
  hooks.requests.takes({ method, params });
}

function runRow(row: MethodRow, params: Readonly<Record<string, unknown>>, call: Call): unknown {
  const { identity, session } = call;
  if (row.access !== 'public') {
    if (identity === undefined) throw unauthorized('invalid_token');
    if (!permits(identity.grant, row.access)) throw refusal(13021);
  }
  if (row.socketOnly && session === undefined) throw refusal(10030);
  if ('' in params) throw refusal(-32602);
  return row.run(call, params);
}

function internal(log: Log, method: string, thrown: unknown): VenueError {
  const error = asHoldfastError(thrown);
  log.error('venue request failed', {
    method,
    code: error.code,
    message: error.message,
    stack: error.stack,
  });
  return refusal(11094);
}

/** The text of a reply. `id` undefined leaves it out, as over HTTP GET. */
export function replyText(
  id: string | number | null | undefined,
  outcome: Outcome,
  usIn: number,
  usOut: number,
): string {
  const head =
    id === undefined ? '{"jsonrpc":"2.0",' : `{"jsonrpc":"2.0","id":${JSON.stringify(id)},`;
  const tail = `"usIn":${usIn},"usOut":${usOut},"usDiff":${Math.max(0, usOut - usIn)},"testnet":true}`;
  const { error } = outcome;
  if (error !== undefined)
    return `${head}"error":${encodeWire({ code: error.code, data: error.data, message: error.message })},${tail}`;
  return `${head}"result":${encodeResult(outcome.result)},${tail}`;
}

/** Bare numbers (times, counts) are integers on the wire; rates are not. */
function encodeResult(result: unknown): string {
  return typeof result === 'number' && Number.isInteger(result)
    ? String(result)
    : encodeWire(result);
}
