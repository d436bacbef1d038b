/**
 * The control port: authenticated commands, each one recorded. Commands that make things safer are
 * never rate limited and depend on nothing but the guard: not on store, bus, page or venue.
 */
import { z } from 'zod';
import type { HttpServer } from '../../streams/ports/index.ts';
import { CommandDoor, type CommandDoorOptions, routeShape } from './command-door.ts';
import { commandRows } from './command-table.ts';
import { type ListenAddress, type ListenOptions, listen } from './listen.ts';
import { openApiRoute } from './openapi.ts';
import type { Listening } from './origin.ts';
import { answerRoute, findRoute, type Route } from './routes.ts';
import { requireRole } from './tokens.ts';

/** Where the watchdog beats. */
export const heartbeatPath = '/api/v1/watchdog/heartbeat';

export type { CommandAnswer, CommandContext, Commands } from './command-table.ts';

/** What the daemon says of itself when the watchdog asks: its own heartbeat. */
export interface Heartbeat {
  readonly trading_mode: string;
  /** Age of the guard's last evaluation, ms: a daemon that answers may still stand still. */
  readonly guard_age_ms: number;
}

const heartbeatSchema = z.strictObject({
  trading_mode: z.string(),
  guard_age_ms: z.number().nonnegative(),
});

/** A beat a second is no command: it is authenticated and counted, not recorded. */
function heartbeatRoute({ heartbeat, tokens }: ControlServerOptions): Route {
  return {
    kind: 'json',
    method: 'POST',
    path: heartbeatPath,
    summary: 'The watchdog is there, and learns whether the daemon is. Role: supervisor.',
    response: heartbeatSchema,
    answer: ({ request }) => {
      requireRole(tokens.identify(request.headers.authorization).role, 'supervisor');
      return { value: heartbeat() };
    },
  };
}

export interface ControlServerOptions extends CommandDoorOptions, ListenAddress {
  /** The watchdog was heard. */
  readonly heartbeat: () => Heartbeat;
  readonly ports: ListenOptions['ports'];
  /** Where the Observatory page is served: the one foreign origin. */
  readonly page: () => Listening;
  readonly contractVersion: string;
}

function documentedRoutes(options: ControlServerOptions): Route[] {
  const { contractVersion } = options;
  const commandShapes: Route[] = commandRows.map((row) => ({
    ...routeShape(row),
    answer: () => ({ value: null }),
  }));
  const shapes = [...commandShapes, heartbeatRoute(options)];
  return [
    ...shapes,
    openApiRoute(
      {
        title: 'Holdfast control port',
        version: contractVersion,
        description: 'Authenticated commands. Each one is a fact in `control`.',
        secured: true,
      },
      shapes,
    ),
  ];
}

/** Opens the control port. Rejects with PORT_IN_USE or CONFIG_INVALID. */
export async function startControlServer(options: ControlServerOptions): Promise<HttpServer> {
  const { ports, host, port, tls, names, page } = options;
  const door = new CommandDoor(options);
  const routes = documentedRoutes(options);
  return listen({
    ports,
    name: 'control',
    host,
    port,
    ...(tls === undefined ? {} : { tls }),
    ...(names === undefined ? {} : { names }),
    page,
    crossOriginMethods: 'GET, POST',
    hasTokens: !options.tokens.isEmpty,
    onForeign: (path, error, traceId) => door.refuse(path, null, error, traceId),
    answer: async (request, traceId) => {
      const match = findRoute(routes, request);
      const row = commandRows.find(({ path }) => path === match.route.path);
      return row === undefined
        ? answerRoute(match, request, traceId)
        : door.run(row, match, request, traceId);
    },
  });
}
