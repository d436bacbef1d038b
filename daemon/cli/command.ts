/** Commands of supervisors: `holdfast reduce-only | kill | restore | reconcile`. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import { commandAnswerSchema } from '../http/command-table.ts';
import { controlUrl, type DaemonOptions, defaultDataDirectory, jsonOf } from './client.ts';
import { paintMode } from './status.ts';
import { type CommandEnvironment, printJson } from './terminal.ts';

const timeoutMs = 5_000;
export const localTokenFile = 'control-token';

function tokenOf({ environment, ports }: CommandEnvironment, options: DaemonOptions): string {
  const given = environment.HOLDFAST_TOKEN;
  if (given !== undefined && given !== '') return given;
  const path = `${options.dataDirectory ?? defaultDataDirectory}/${localTokenFile}`;
  if (ports.disk.exists(path)) return ports.disk.readFile(path).toString('utf8').trim();
  throw new HoldfastError(
    'UNAUTHORIZED',
    `no token: set HOLDFAST_TOKEN (the local profile writes one to ${path})`,
  );
}

/** Sends one command and prints the resulting mode. */
export async function sendCommand(
  environment: CommandEnvironment,
  path: string,
  body: Readonly<Record<string, unknown>>,
  options: DaemonOptions,
): Promise<number> {
  const { ports, terminal } = environment;
  const response = await ports.http.request({
    method: 'POST',
    url: `${controlUrl(environment, options)}${path}`,
    timeoutMs,
    headers: {
      authorization: `Bearer ${tokenOf(environment, options)}`,
      'content-type': 'application/json',
      'idempotency-key': ports.random.hex(16),
      'x-request-time': String(Math.floor(ports.clock.nowUs() / 1_000)),
    },
    body: JSON.stringify(body),
  });
  const value = jsonOf(response);
  const answer = commandAnswerSchema.safeParse(value);
  if (!answer.success) {
    const { detail, error_code } = value as { detail?: string; error_code?: string };
    throw new HoldfastError(
      'FORBIDDEN',
      `refused (${error_code ?? response.status}): ${detail ?? 'no reason given'}`,
    );
  }
  if (environment.json) printJson(terminal, answer.data);
  else
    terminal.out(
      `${paintMode(answer.data.trading_mode)}  ${answer.data.outcome}  ${answer.data.mode_reasons.join(', ')}`,
    );
  return 0;
}
