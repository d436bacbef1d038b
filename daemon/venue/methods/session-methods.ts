/** Methods about the connection itself: greetings, heartbeats, authentication, cancel-on-disconnect. */
import { z } from 'zod';
import { invalidParam, refusal } from '../../../streams/venues/simulated/index.ts';
import { type Call, type MethodRow, method, openMethod, type PrivateCall } from '../call.ts';
import type { Customer } from '../customer.ts';
import type { Session } from '../session.ts';

const version = '1.2.26';
const heartbeatMinS = 10;
const heartbeatMaxS = 3_600;

const authParams = {
  grant_type: z.enum(['client_credentials', 'client_signature', 'refresh_token']),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  refresh_token: z.string().optional(),
  timestamp: z.number().optional(),
  signature: z.string().optional(),
  nonce: z.string().optional(),
  data: z.string().optional(),
  scope: z.string().optional(),
  state: z.string().optional(),
};
type AuthParams = z.infer<z.ZodObject<typeof authParams>>;

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw invalidParam(name, 'value required');
  return value;
}

function identify(
  call: Call,
  params: AuthParams,
): { customer: Customer; scope: string | undefined } {
  const { tokens } = call.venue;
  if (params.grant_type === 'refresh_token') {
    const token = tokens.takeRefresh(required(params.refresh_token, 'refresh_token'));
    return { customer: token.customer, scope: params.scope ?? token.grant.text };
  }
  const clientId = required(params.client_id, 'client_id');
  if (params.grant_type === 'client_credentials') {
    const secret = required(params.client_secret, 'client_secret');
    return { customer: tokens.byCredentials(clientId, secret), scope: params.scope };
  }
  const timestamp = required(params.timestamp, 'timestamp');
  const signature = required(params.signature, 'signature');
  const text = `${timestamp}\n${params.nonce ?? ''}\n${params.data ?? ''}`;
  return {
    customer: tokens.bySignature(clientId, timestamp, text, signature),
    scope: params.scope,
  };
}

function authenticate(call: Call, params: AuthParams): unknown {
  const { customer, scope } = identify(call, params);
  return tokenReply(call, customer, scope, params.state);
}

/** Issues a token and tells of it; over a WebSocket the connection is that customer's from now on. */
function tokenReply(
  call: Call,
  customer: Customer,
  scope: string | undefined,
  state?: string,
): unknown {
  const { session, venue } = call;
  const token = venue.tokens.issue(customer, scope, session?.id ?? 0, venue.nowUs());
  if (session !== undefined) {
    const first = session.identity === undefined;
    session.identity = { customer, grant: token.grant };
    session.expiresUs = token.expiresUs;
    if (first && customer.cancelOnDisconnect) session.cancelOnDisconnect = true;
  }
  return {
    access_token: token.access,
    refresh_token: token.refresh,
    expires_in: token.grant.expiresInS,
    scope: token.grant.text,
    token_type: 'bearer',
    enabled_features: [],
    sid: token.grant.sessionName,
    state,
  };
}

/** A token of the same key for another named session; only for tokens that have one: 13021. */
function forkToken(call: Call, refresh: string, name: string): unknown {
  const { customer, grant } = call.venue.tokens.byRefresh(refresh);
  if (grant.sessionName === undefined) throw refusal(13021);
  return tokenReply(call, customer, grant.text.replace(/session:\S+/, `session:${name}`));
}

/** A token of another account of the same family. 13021 for any other account. */
function exchangeToken(call: Call, refresh: string, subjectId: number): unknown {
  const { tokens } = call.venue;
  const { customer, grant } = tokens.byRefresh(refresh);
  const subject = tokens.all.find(({ account }) => account.userId === subjectId);
  if (subject === undefined || subject.family !== customer.family) throw refusal(13021);
  return tokenReply(call, subject, grant.text);
}

function sessionOf(call: Call): Session {
  if (call.session === undefined) throw refusal(10030);
  return call.session;
}

const codScope = { scope: z.enum(['connection', 'account']).default('connection') };

function setCancelOnDisconnect(
  call: PrivateCall,
  scope: 'connection' | 'account',
  on: boolean,
): string {
  if (scope === 'account') call.customer.cancelOnDisconnect = on;
  else sessionOf(call).cancelOnDisconnect = on;
  return 'ok';
}

export const sessionMethods: Readonly<Record<string, MethodRow>> = {
  'public/hello': openMethod(
    { params: { client_name: z.string(), client_version: z.string() } },
    () => ({ version }),
  ),
  'public/test': openMethod(
    { cost: 'free', params: { expected_result: z.string().optional() } },
    (call, params) => {
      if (params.expected_result === 'exception') throw refusal(10001);
      call.session?.answerTest();
      return { version };
    },
  ),
  'public/get_time': openMethod({}, (call) => Math.floor(call.venue.nowUs() / 1_000)),
  'public/status': openMethod({}, (call) => ({
    locked: call.venue.faults.hooks.maintenance ? 'true' : 'false',
    locked_indices: [],
  })),
  'public/auth': openMethod({ params: authParams }, authenticate),
  'public/fork_token': openMethod(
    { params: { refresh_token: z.string(), session_name: z.string().regex(/^[\w-]{1,64}$/) } },
    (call, params) => forkToken(call, params.refresh_token, params.session_name),
  ),
  'public/exchange_token': openMethod(
    { params: { refresh_token: z.string(), subject_id: z.number().int() } },
    (call, params) => exchangeToken(call, params.refresh_token, params.subject_id),
  ),
  'public/set_heartbeat': openMethod(
    { socketOnly: true, params: { interval: z.number().min(heartbeatMinS).max(heartbeatMaxS) } },
    (call, { interval }) => {
      sessionOf(call).startHeartbeat(interval);
      return 'ok';
    },
  ),
  'public/disable_heartbeat': openMethod({ socketOnly: true }, (call) => {
    sessionOf(call).stopHeartbeat();
    return 'ok';
  }),
  'private/enable_cancel_on_disconnect': method(
    { access: 'account:read_write', socketOnly: true, params: codScope },
    (call, { scope }) => setCancelOnDisconnect(call, scope, true),
  ),
  'private/disable_cancel_on_disconnect': method(
    { access: 'account:read_write', socketOnly: true, params: codScope },
    (call, { scope }) => setCancelOnDisconnect(call, scope, false),
  ),
  'private/get_cancel_on_disconnect': method(
    { access: 'account:read', params: codScope },
    (call, { scope }) => {
      const enabled =
        scope === 'account'
          ? call.customer.cancelOnDisconnect
          : (call.session?.cancelOnDisconnect ?? false);
      return { scope, enabled };
    },
  ),
  'private/logout': method(
    {
      access: 'account:read',
      socketOnly: true,
      silent: true,
      params: { invalidate_token: z.boolean().default(true) },
    },
    (call, params) => {
      const session = sessionOf(call);
      session.loggedOut = true;
      if (params.invalidate_token) call.venue.tokens.endSession(session.id);
      session.close();
      return 'ok';
    },
  ),
};
