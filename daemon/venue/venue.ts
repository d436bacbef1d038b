/**
 * The venue as a server: engine, market source, sessions and HTTP put together over the ports, so
 * that it runs the same on real sockets and on virtual ones.
 */
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { HttpServer, SocketAcceptance } from '../../streams/ports/index.ts';
import {
  Lifecycle,
  restoreEngine,
  seededRandom,
  VenueEngine,
} from '../../streams/venues/simulated/index.ts';
import { answerAdmin } from './admin.ts';
import { Announcements } from './announcements.ts';
import type { VenueParts } from './call.ts';
import { type ConnectionOptions, connect } from './connection.ts';
import { openCustomers } from './customer.ts';
import { DerivedFeed } from './derived-feed.ts';
import { engineListener } from './engine-listener.ts';
import { Hooks } from './faults/hooks.ts';
import { runFaultSchedule } from './faults/schedule.ts';
import { Faults } from './faults.ts';
import { answerHttp } from './http-api.ts';
import { Hub } from './hub.ts';
import { MarketFeed } from './market-feed.ts';
import { MatchingQueue } from './matching-queue.ts';
import {
  connectionsMax,
  defaultMatchingLimit,
  requestBytesMax,
  secretText,
  type VenueServerOptions,
} from './options.ts';
import { type OrderRequestFigures, OrderRequests } from './order-requests.ts';
import { orderingOf } from './ordering.ts';
import { isCrowded, type Session } from './session.ts';
import { readState, StateFile } from './state-file.ts';
import { Timeline } from './timeline.ts';
import { Tokens } from './tokens.ts';
import { UserFeed } from './user-feed.ts';

export interface VenueStats {
  readonly sessions: number;
  readonly channels: number;
  readonly orders: number;
  readonly encodedFrames: number;
  readonly venueTimeUs: number;
  /** The market source will not act any more. */
  readonly ended: boolean;
}

export interface RunningVenue {
  readonly host: string;
  readonly port: number;
  /** Breaks things on command. */
  readonly faults: Faults;
  /** The engine behind the server, for tests in the same process. */
  readonly engine: VenueEngine;
  stats(): VenueStats;
  /** What it was asked to place; `after`: labels the asker has seen. */
  orderRequests(after: number): OrderRequestFigures;
  /** Lets a held market start. */
  play(): void;
  setMaintenance(on: boolean): void;
  /** Cuts every connection; cancel-on-disconnect applies. */
  disconnectAll(): void;
  /** Writes the state and stops; orders stay for the next start. */
  close(): Promise<void>;
}

const socketPath = '/ws/api/v2';
const httpTimeoutMs = 30_000;
/** A larger frame closes the connection; one above the request limit is still answered. */
const frameBytesMax = requestBytesMax * 4;
const stopGraceMs = 500;

interface Built extends VenueParts {
  readonly sessions: Set<Session>;
  readonly timeline: Timeline;
  readonly stateFile: StateFile | undefined;
  /** Disarms the schedule of faults. */
  onStop?: () => void;
}

/** Starts a venue. Rejects with PORT_IN_USE or SCHEMA_INVALID (damaged state file). */
export async function startVenue(options: VenueServerOptions): Promise<RunningVenue> {
  const built = build(options);
  const { ports } = options;
  const dispatching = {
    venue: built,
    enforceLimits: options.enforceLimits ?? true,
    log: ports.telemetry.log,
    monotonicUs: () => ports.clock.monotonicUs(),
    clock: ports.clock,
  };
  let stopping = false;
  let lastSessionId = 0;
  const connection: ConnectionOptions = {
    ...dispatching,
    sessions: built.sessions,
    ordering: orderingOf(
      options.notifyBeforeReply,
      options.orderingFreedoms ?? false,
      seededRandom(`ordering/${options.seed ?? '1'}`),
    ),
    isStopping: () => stopping,
  };
  const adminToken = options.adminToken === undefined ? undefined : secretText(options.adminToken);
  const running = { current: undefined as RunningVenue | undefined };
  const server = await ports.http.serve({
    host: options.host,
    port: options.port,
    maxBodyBytes: requestBytesMax * 2,
    maxSocketMessageBytes: frameBytesMax,
    maxConnections: connectionsMax,
    headersTimeoutMs: httpTimeoutMs,
    requestTimeoutMs: httpTimeoutMs,
    onSocket: (request) => {
      let status = 0;
      if (built.faults.hooks.upgrades.takes((said) => (status = said)))
        return { kind: 'refused', response: { status, body: 'refused\n' } };
      if (isCrowded(built.sessions, request.remoteAddress))
        return { kind: 'refused', response: { status: 429, body: 'too many connections\n' } };
      lastSessionId += 1;
      return accept(connection, request.path, lastSessionId);
    },
    onRequest: (request) => {
      const admin =
        running.current === undefined
          ? undefined
          : answerAdmin(running.current, adminToken, request);
      return admin ?? answerHttp(dispatching, request) ?? { status: 404, body: 'not found\n' };
    },
  });
  const venue = runningVenue(built, server, () => {
    stopping = true;
  });
  running.current = venue;
  if (options.holdUntilSubscribed !== true) built.timeline.start();
  if (options.faults !== undefined) {
    built.onStop = runFaultSchedule(options.faults, ports.clock, built.faults, (entry, error) =>
      ports.telemetry.log.error('fault refused', { ...entry, error: String(error) }),
    );
  }
  return venue;
}

function accept(options: ConnectionOptions, path: string, id: number): SocketAcceptance {
  if (path !== socketPath)
    return { kind: 'refused', response: { status: 404, body: 'not found\n' } };
  return { kind: 'accepted', handlers: (socket) => connect(options, id, socket) };
}

function build(options: VenueServerOptions): Built {
  const { ports, source } = options;
  let lifecycle: Lifecycle | undefined;
  const timeline = new Timeline({
    clock: ports.clock,
    source,
    mode: options.timeline ?? (source.taped ? 'recorded' : 'clock'),
    speed: options.speed ?? 1,
    chores: () => lifecycle,
    onFatal: (error) => {
      const { code, message } = asHoldfastError(error);
      ports.telemetry.log.error('market source stopped', { code, error: message });
      options.onSourceStopped?.(error);
    },
  });
  const saved =
    options.stateDirectory === undefined ? undefined : readState(ports, options.stateDirectory);
  source.restore(saved?.source);
  const random = seededRandom(`venue/${options.seed ?? '1'}`);
  const nowUs = (): number => timeline.nowUs();
  const engine = new VenueEngine({
    products: source.list(nowUs()),
    random: random.fork('engine'),
    taped: source.taped,
  });
  const matching = options.matchingLimit ?? defaultMatchingLimit;
  const rates = {
    nonMatching: { burst: 100, rate: 20 },
    matching: { burst: matching.burst, rate: matching.ratePerSecond },
  };
  const customers = openCustomers(options, engine);
  if (saved?.engine !== undefined) restoreEngine(engine, saved.engine);
  const hooks = new Hooks();
  const faultRandom = seededRandom(`faults/${options.faults?.seed ?? options.seed ?? '1'}`);
  const faults: Faults = new Faults(hooks, () => ({
    engine,
    clock: ports.clock,
    random: faultRandom,
    marketFeed,
    sessions,
    nowUs,
    announcements,
  }));
  const stateFile =
    options.stateDirectory === undefined
      ? undefined
      : new StateFile({
          ports,
          directory: options.stateDirectory,
          engine,
          source,
          lines: saved?.lines ?? 0,
        });
  const hubOf = (): Hub => hub;
  const derivedFeed = new DerivedFeed(engine, hubOf, nowUs, (channel, greeting) =>
    faults.hooks.published.takes({ channel, greeting }),
  );
  const marketFeed = new MarketFeed(engine, hubOf, hooks, nowUs, options.orderingFreedoms ?? false);
  const announcements = new Announcements(hubOf, nowUs);
  const userFeed = new UserFeed(engine, hubOf, rates);
  const hub: Hub = new Hub(engine, ports.clock, (slow) => {
    marketFeed.flush(slow);
    derivedFeed.flush(slow);
    userFeed.flush(slow);
  });
  engine.listen(
    engineListener({
      hub,
      derived: derivedFeed,
      market: marketFeed,
      user: userFeed,
      stateFile,
      hooks,
    }),
  );
  source.open(engine, nowUs());
  // A recording says itself what happens to its market.
  if (!source.taped)
    lifecycle = new Lifecycle(engine, nowUs(), (us) => {
      source.onDelivered?.(engine, us);
      stateFile?.write();
    });
  const tokens = new Tokens(customers, ports.random.fork('venue-tokens'), () => [
    ports.clock.nowUs(),
    nowUs(),
  ]);
  const sessions = new Set<Session>();
  return {
    engine,
    hub,
    tokens,
    faults,
    announcements,
    marketFeed,
    derivedFeed,
    userFeed,
    orderRequests: new OrderRequests(),
    matchingQueue: new MatchingQueue(ports.clock),
    rates,
    sessions,
    nowUs,
    timeline,
    stateFile,
    onMarketSubscribed: () => timeline.start(),
  };
}

function runningVenue(built: Built, server: HttpServer, onStop: () => void): RunningVenue {
  return {
    host: server.host,
    port: server.port,
    faults: built.faults,
    engine: built.engine,
    stats: () => ({
      sessions: built.sessions.size,
      channels: built.hub.channelCount,
      orders: built.engine.orderCount,
      encodedFrames: built.marketFeed.encodedFrames,
      venueTimeUs: built.nowUs(),
      ended: built.timeline.ended,
    }),
    orderRequests: (after) => built.orderRequests.figures(after),
    play: () => built.timeline.start(),
    setMaintenance(on) {
      const standing = built.faults.active.filter(({ fault }) => fault === 'maintenance');
      if (!on) for (const each of standing) each.end();
      else if (standing.length === 0) built.faults.trip('maintenance');
    },
    disconnectAll() {
      for (const session of built.sessions) session.cut();
    },
    async close() {
      onStop();
      built.onStop?.();
      built.faults.clear();
      built.timeline.stop();
      built.hub.stop();
      built.stateFile?.close();
      await server.close(stopGraceMs);
    },
  };
}
