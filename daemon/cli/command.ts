/** Commands of supervisors: `holdfast reduce-only | kill | restore | reconcile`. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { HttpRequest, HttpResponse } from '../../streams/ports/index.ts';
import { commandAnswerSchema } from '../http/command-table.ts';
import { localTokenFile } from '../system/control-tokens.ts';
import {
  bearer,
  controlUrl,
  type DaemonOptions,
  defaultDataDirectory,
  jsonOf,
  problemError,
  unreachable,
} from './client.ts';
import { paintMode } from './owner-screen.ts';
import { type CommandEnvironment, printJson } from './terminal.ts';

const timeoutMs = 5_000;
/** An answer that got lost is asked for again under the same key: it takes effect once. */
const attemptsMax = 3;
const retryPauseMs = 200;

/** The token given by environment, or the one the local profile left in the data directory. */
export function authorization(
  environment: CommandEnvironment,
  options: DaemonOptions,
): Record<string, string> {
  const given = bearer(environment);
  if (given.authorization !== undefined) return given;
  const { disk } = environment.ports;
  const path = `${options.dataDirectory ?? defaultDataDirectory}/${localTokenFile}`;
  if (disk.exists(path)) {
    return { authorization: `Bearer ${disk.readFile(path).toString('utf8').trim()}` };
  }
  throw new HoldfastError(
    'UNAUTHORIZED',
    `no token: set HOLDFAST_TOKEN (the local profile writes one to ${path})`,
  );
}

async function request(
  { ports }: CommandEnvironment,
  what: HttpRequest,
  attempt = 1,
): Promise<HttpResponse> {
  try {
    return await ports.http.request(what);
  } catch (error) {
    if (attempt === attemptsMax) throw error;
    await ports.clock.sleep(retryPauseMs);
    return request({ ports } as CommandEnvironment, what, attempt + 1);
  }
}

/** Sends one command and prints the resulting mode. Rejects with what the daemon refused it with. */
export async function sendCommand(
  environment: CommandEnvironment,
  path: string,
  body: Readonly<Record<string, unknown>>,
  options: DaemonOptions,
): Promise<number> {
  const { ports, terminal } = environment;
  const url = controlUrl(environment, options);
  const what: HttpRequest = {
    method: 'POST',
    url: `${url}${path}`,
    timeoutMs,
    headers: {
      ...authorization(environment, options),
      'content-type': 'application/json',
      'idempotency-key': ports.random.hex(16),
      'x-request-time': String(Math.floor(ports.clock.nowUs() / 1_000)),
    },
    body: JSON.stringify(body),
  };
  const response = await request(environment, what).catch((error: unknown) => {
    throw unreachable(error, url);
  });
  const value = jsonOf(response);
  const answer = commandAnswerSchema.safeParse(value);
  if (!answer.success) {
    throw (
      problemError(value) ??
      new HoldfastError('SCHEMA_INVALID', `the control port answered ${response.status} oddly`)
    );
  }
  if (environment.json) printJson(terminal, answer.data);
  else
    terminal.out(
      `${paintMode(answer.data.trading_mode)}  ${answer.data.outcome}  ${answer.data.mode_reasons.join(', ')}`,
    );
  return 0;
}
