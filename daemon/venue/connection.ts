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
import { requestBytesMax } from './options.ts';
import { Session } from './session.ts';

export interface ConnectionOptions extends DispatchOptions {
  readonly clock: Clock;
  readonly sessions: Set<Session>;
  readonly notifyBeforeReply: boolean;
  /** True while the venue stops: nobody's orders are cancelled for it. */
  readonly isStopping: () => boolean;
}

/** Handlers of a new connection. */
export function connect(options: ConnectionOptions, id: number, socket: Socket): SocketHandlers {
  const session = new Session(id, socket, options.clock);
  options.sessions.add(session);
  return {
    onMessage: (data) => receive(options, session, data),
    onClose: () => end(options, session),
  };
}

function receive(options: ConnectionOptions, session: Session, data: Buffer): void {
  const usIn = options.clock.nowUs();
  let request: RpcRequest;
  try {
    if (data.length > requestBytesMax) throw refusal(-32600);
    request = parseRequest(data.toString('utf8'));
  } catch (thrown) {
    const error = thrown instanceof VenueError ? thrown : refusal(-32700);
    session.reply(
      replyText(null, { error, fatal: false, silent: false }, usIn, options.clock.nowUs()),
    );
    return;
  }
  answer(options, session, request, usIn);
}

function answer(
  options: ConnectionOptions,
  session: Session,
  request: RpcRequest,
  usIn: number,
): void {
  const afterwards: (() => void)[] = [];
  if (!options.notifyBeforeReply) session.hold();
  const outcome = dispatch(options, request, session, undefined, (fn) => afterwards.push(fn));
  const { faults } = options.venue;
  const deliver = (): void => {
    if (!outcome.silent && !faults.takeDroppedReply(request.method)) {
      session.reply(replyText(request.id, outcome, usIn, options.clock.nowUs()));
    }
    session.release();
    for (const fn of afterwards) fn();
    if (outcome.fatal) session.expel(messageOf(outcome));
  };
  if (faults.replyDelayMs === 0) deliver();
  else {
    session.release();
    options.clock.after(faults.replyDelayMs, deliver);
  }
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
