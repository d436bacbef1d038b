/** How `up` starts its children: arguments for what anybody may see, environment for the rest. */
import { join, resolve } from 'node:path';
import { resolveWorld } from '../../actors/ingress/oracle/index.ts';
import type { ChildSpec } from '../../streams/ports/index.ts';
import type { CommandEnvironment } from '../cli/terminal.ts';
import type { LoadedConfig } from '../config/load.ts';

/** The secret both ends of the venue connection share; undefined when nobody gave one. */
export function venueSecretOf(
  { ports }: CommandEnvironment,
  { profile }: LoadedConfig,
): string | undefined {
  const { venue, simulated_venue } = profile.wiring;
  const given = ports.secrets.get(venue.client_secret_env)?.reveal();
  // A venue that is born with us may have a secret that is born with us.
  return given ?? (simulated_venue.start ? ports.random.hex(24) : undefined);
}

/** The simulated venue on `port`: after the first start, where the daemon knows it. */
export function venueSpec(
  { ports, packageRoot }: CommandEnvironment,
  { profile }: LoadedConfig,
  secret: string,
  port: number,
): ChildSpec {
  const { simulated_venue: venue, venue: client, data_directory, oracle_root } = profile.wiring;
  const flags: Record<string, string> = {
    host: venue.host,
    port: String(port),
    seed: String(venue.seed),
    speed: String(venue.speed),
    'client-id': client.client_id,
    state: resolve(data_directory, 'venue'),
    log: resolve(data_directory, 'venue.log'),
  };
  if (venue.source === 'world') {
    flags.world = resolve(resolveWorld(ports.disk, resolve(oracle_root), venue.world ?? ''));
  }
  return {
    modulePath: join(packageRoot, 'dist/daemon/venue/main.js'),
    args: Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    environment: { HOLDFAST_VENUE_CLIENT_SECRET: secret },
  };
}

/** Variables the daemon may need: ours by prefix, and the secrets that the profile names. */
function passedOn(
  { environment }: CommandEnvironment,
  { profile }: LoadedConfig,
): Record<string, string> {
  const { venue, store, watchdog } = profile.wiring;
  const named = [
    venue.client_secret_env,
    watchdog.client_secret_env,
    ...(store.kind === 'server' ? [store.password_env] : []),
  ];
  const wanted = new Set(named.flatMap((name) => [name, `${name}_FILE`]));
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && (name.startsWith('HOLDFAST_') || wanted.has(name))) {
      passed[name] = value;
    }
  }
  return passed;
}

/** The watchdog of this system: the same profile, the same data directory, a process of its own. */
export function watchdogSpec(
  environment: CommandEnvironment,
  config: LoadedConfig,
  secret: string | undefined,
  venueAddress: string | undefined,
): ChildSpec {
  const { args: _args, ...spec } = daemonSpec(environment, config, secret, venueAddress);
  return { ...spec, args: ['watchdog', '--profile', config.profilePath] };
}

/** The daemon, told where the venue of this system listens (`host:port`), if it started one. */
export function daemonSpec(
  environment: CommandEnvironment,
  config: LoadedConfig,
  secret: string | undefined,
  venueAddress: string | undefined,
): ChildSpec {
  const urls: Record<string, string> =
    venueAddress === undefined
      ? {}
      : {
          HOLDFAST_WIRING__VENUE__WS_URL: `ws://${venueAddress}/ws/api/v2`,
          HOLDFAST_WIRING__VENUE__HTTP_URL: `http://${venueAddress}`,
        };
  const { client_secret_env } = config.profile.wiring.venue;
  return {
    modulePath: join(environment.packageRoot, 'dist/daemon/main.js'),
    args: ['daemon', '--profile', config.profilePath],
    environment: {
      ...passedOn(environment, config),
      ...urls,
      ...(secret === undefined ? {} : { [client_secret_env]: secret }),
    },
  };
}
