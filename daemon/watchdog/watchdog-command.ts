/** `holdfast watchdog`: the watchdog in the foreground, in a process that shares nothing with the daemon. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Secret } from '../../streams/ports/index.ts';
import { DeribitCancelOnlyClient } from '../../streams/venues/deribit/index.ts';
import { controlUrl } from '../cli/client.ts';
import { authorization } from '../cli/command.ts';
import { loadFor } from '../cli/config-check.ts';
import type { CommandEnvironment } from '../cli/terminal.ts';
import type { LoadedConfig } from '../config/load.ts';
import { heartbeatPath } from '../http/control-server.ts';
import { parentProcessLink } from '../ports/production/index.ts';
import { Watchdog } from './watchdog.ts';

/** A beat that takes longer is none. */
const beatTimeoutMs = 1_000;
const venueTimeoutMs = 3_000;
const maxAnswerBytes = 4_096;

function keyOf({ ports, terminal }: CommandEnvironment, { profile }: LoadedConfig) {
  const { venue, watchdog } = profile.wiring;
  const own = ports.secrets.get(watchdog.client_secret_env);
  const secret: Secret | undefined = own ?? ports.secrets.get(venue.client_secret_env);
  if (secret === undefined) {
    throw new HoldfastError(
      'SECRET_MISSING',
      `set ${watchdog.client_secret_env} (or ${watchdog.client_secret_env}_FILE) to the secret of the watchdog's key`,
    );
  }
  if (own === undefined) terminal.note('no key of its own: the watchdog uses that of the daemon');
  return { clientId: (own && watchdog.client_id) ?? venue.client_id, secret };
}

/** The supervisor's token from where the daemon has it; none: the daemon will say so. */
function tokenOf(
  environment: CommandEnvironment,
  place: { readonly dataDirectory: string },
): Record<string, string> {
  const [supervisor] =
    environment.ports.secrets.get('HOLDFAST_TOKEN_SUPERVISOR')?.reveal().split(',') ?? [];
  if (supervisor !== undefined && supervisor !== '') {
    return { authorization: `Bearer ${supervisor.trim()}` };
  }
  try {
    return authorization(environment, place);
  } catch {
    return {};
  }
}

/** Zero when the answer names none: whoever answers lives. */
function guardAgeOf(body: Uint8Array): number {
  try {
    const answer: unknown = JSON.parse(new TextDecoder().decode(body));
    const { guard_age_ms } = answer as { readonly guard_age_ms?: unknown };
    return typeof guard_age_ms === 'number' && guard_age_ms > 0 ? guard_age_ms : 0;
  } catch {
    return 0;
  }
}

/** Runs until stopped; resolves with the exit code. Rejects with CONFIG_*, SECRET_MISSING. */
export function watchdogCommand(
  environment: CommandEnvironment,
  options: { readonly profile: string },
): Promise<number> {
  const { ports, terminal } = environment;
  const config = loadFor(environment, options.profile);
  const { venue, watchdog: wiring, data_directory } = config.profile.wiring;
  if (venue.http_url === undefined) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      'the watchdog needs wiring.venue.http_url: set HOLDFAST_WIRING__VENUE__HTTP_URL',
    );
  }
  const place = { dataDirectory: data_directory };
  let lastStatus = 200;
  const watchdog = new Watchdog({
    clock: ports.clock,
    log: ports.telemetry.log,
    intervalMs: wiring.interval_ms,
    silenceMs: wiring.silence_ms,
    venue: new DeribitCancelOnlyClient({
      ports,
      baseUrl: venue.http_url,
      credentials: keyOf(environment, config),
      timeoutMs: venueTimeoutMs,
    }),
    // Address and token are read for each beat: a daemon that was restarted has others.
    beat: async () => {
      const { status, body } = await ports.http.request({
        method: 'POST',
        url: `${controlUrl(environment, place)}${heartbeatPath}`,
        headers: { ...tokenOf(environment, place), 'content-type': 'application/json' },
        body: '{}',
        timeoutMs: beatTimeoutMs,
        maxResponseBytes: maxAnswerBytes,
      });
      // Whoever answers lives: a wrong token is a reason to tell, none to cancel orders.
      if (status !== 200 && status !== lastStatus)
        terminal.note(`the control port answers ${status}: is the token the daemon's?`);
      lastStatus = status;
      return guardAgeOf(body);
    },
    onAlert: (text) => {
      ports.telemetry.log.error('watchdog.alert', { text });
      terminal.note(text);
    },
  });
  return new Promise((finish) => {
    const stop = (): void => {
      watchdog.stop();
      unsubscribe();
      finish(0);
    };
    const unsubscribe = ports.host.onStopSignal(stop);
    const parent = parentProcessLink();
    parent?.onDisconnect(stop);
    watchdog.start();
    parent?.send({ type: 'ready' });
  });
}
