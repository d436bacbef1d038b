/**
 * The life of one WebSocket connection: requests in, replies out, and what its end causes
 * (cancel-on-disconnect, forgotten tokens, left channels).
 */
import type { Clock, Socket, SocketHandlers } from '../../streams/ports/index.ts';
import { cancelWhere, refusal, VenueError } from '../../streams/venues/simulated/index.ts';
import {
  type DispatchOptions,
  dispatch,
  type Outcome,
  parseRequest,
  type RpcRequest,
  replyText,
} from './dispatcher.ts';
import { methods } from './methods/index.ts';
import { requestBytesMax } from './options.ts';
import type { Ordering } from './ordering.ts';
import { Session } from './session.ts';

export interface ConnectionOptions extends DispatchOptions {
  readonly clock: Clock;
  readonly sessions: Set<Session>;
  readonly ordering: Ordering;
  /** True while the venue stops: nobody's orders are cancelled for it. */
  readonly isStopping: () => boolean;
}

/** Handlers of a new connection. */
export function connect(options: ConnectionOptions, id: number, socket: Socket): SocketHandlers {
  const session = new Session(id, socket, options.clock, options.venue.faults.hooks);
  options.sessions.add(session);
  return {
    onMessage: (data) => receive(options, session, data),
    onClose: () => end(options, session),
  };
}

function receive(options: ConnectionOptions, session: Session, data: Buffer): void {
  if (options.venue.faults.hooks.incoming.takes(session)) return;
  const usIn = options.clock.nowUs();
  let request: RpcRequest;
  try {
    if (data.length > requestBytesMax) throw refusal(-32600);
    request = parseRequest(data.toString('utf8'));
  } catch (thrown) {
    const error = thrown instanceof VenueError ? thrown : refusal(-32700);
    session.reply(
      '',
      replyText(null, { error, fatal: false, silent: false }, usIn, options.clock.nowUs()),
    );
    return;
  }
  const { matchingDelayMs } = options.venue.faults.hooks;
  if (matchingDelayMs > 0 && methods.get(request.method)?.cost === 'matching')
    options.venue.matchingQueue.enter(
      session.identity?.customer.account ?? session,
      request,
      matchingDelayMs,
      (refused) => answer(options, session, request, usIn, refused),
    );
  else answer(options, session, request, usIn);
}

function answer(
  options: ConnectionOptions,
  session: Session,
  request: RpcRequest,
  usIn: number,
  refused?: VenueError,
): void {
  const afterwards: (() => void)[] = [];
  if (!options.ordering.notifyBeforeReply()) session.hold();
  const outcome =
    refused === undefined
      ? dispatch(options, request, session, undefined, (fn) => afterwards.push(fn))
      : { error: refused, fatal: false, silent: false };
  const reply = (): void =>
    session.reply(request.method, replyText(request.id, outcome, usIn, options.clock.nowUs()));
  // Snapshots follow the reply they belong to, and an end of the session its reason.
  const mayWait = afterwards.length === 0 && !outcome.fatal;
  const waitMs = mayWait ? options.ordering.replyWaitMs() : 0;
  if (!outcome.silent) {
    if (waitMs === 0) reply();
    else options.clock.after(waitMs, reply);
  }
  session.release();
  for (const fn of afterwards) fn();
  if (outcome.fatal) session.expel(messageOf(outcome));
}

function messageOf(outcome: Outcome): string {
  return outcome.error?.message ?? '';
}

function end(options: ConnectionOptions, session: Session): void {
  const { venue } = options;
  options.sessions.delete(session);
  session.stopHeartbeat();
  venue.hub.leaveAll(session);
  venue.tokens.endSession(session.id);
  const account = session.identity?.customer.account;
  if (
    account === undefined ||
    !session.cancelOnDisconnect ||
    session.loggedOut ||
    options.isStopping()
  )
    return;
  venue.engine.run(venue.nowUs(), () =>
    cancelWhere(
      venue.engine,
      account,
      (order) => order.sessionId === session.id,
      'cancel_on_disconnect',
    ),
  );
}
