/**
 * The control port: authenticated commands, each one recorded. Commands that make things safer are
 * never rate limited and depend on nothing but the guard: not on store, bus, page or venue.
 */
import type { HttpServer } from '../../streams/ports/index.ts';
import { CommandDoor, type CommandDoorOptions, routeShape } from './command-door.ts';
import { commandRows } from './command-table.ts';
import { type ListenAddress, type ListenOptions, listen } from './listen.ts';
import { openApiRoute } from './openapi.ts';
import type { Listening } from './origin.ts';
import { answerRoute, findRoute, type Route } from './routes.ts';

export type { CommandAnswer, CommandContext, Commands } from './command-table.ts';

export interface ControlServerOptions extends CommandDoorOptions, ListenAddress {
  readonly ports: ListenOptions['ports'];
  /** Where the Observatory page is served: the one foreign origin. */
  readonly page: () => Listening;
  readonly contractVersion: string;
}

function documentedRoutes(contractVersion: string): Route[] {
  const shapes: Route[] = commandRows.map((row) => ({
    ...routeShape(row),
    answer: () => ({ value: null }),
  }));
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
  const routes = documentedRoutes(options.contractVersion);
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
