/** Talks to a running daemon's ports for the commands of the CLI. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { HttpResponse } from '../../streams/ports/index.ts';
import { readEndpoints } from './endpoints.ts';
import type { CommandEnvironment } from './terminal.ts';

export const defaultStatusUrl = 'http://127.0.0.1:8780';
export const defaultControlUrl = 'http://127.0.0.1:8781';
export const defaultDataDirectory = '.holdfast';

const timeoutMs = 3_000;

export interface DaemonOptions {
  /** Given on the command line. */
  readonly url?: string;
  readonly dataDirectory?: string;
}

/** Command line, then environment, then what a daemon here wrote down, then the default. */
export function statusUrl(environment: CommandEnvironment, options: DaemonOptions): string {
  const written = readEndpoints(
    environment.ports.disk,
    options.dataDirectory ?? defaultDataDirectory,
  );
  const url =
    options.url ??
    environment.environment.HOLDFAST_STATUS_URL ??
    written?.status_url ??
    defaultStatusUrl;
  return url.replace(/\/$/, '');
}

export function controlUrl(environment: CommandEnvironment, options: DaemonOptions): string {
  const written = readEndpoints(
    environment.ports.disk,
    options.dataDirectory ?? defaultDataDirectory,
  );
  const url =
    options.url ??
    environment.environment.HOLDFAST_CONTROL_URL ??
    written?.control_url ??
    defaultControlUrl;
  return url.replace(/\/$/, '');
}

/** The decoded JSON of an answer. A problem document becomes the error it describes. */
export function jsonOf(response: HttpResponse): unknown {
  const text = response.body.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `the daemon answered ${response.status} without JSON`,
      { cause },
    );
  }
}

/** GETs a path of the status port. `NETWORK_UNREACHABLE` says how to start a daemon. */
export async function getJson(
  environment: CommandEnvironment,
  url: string,
  path: string,
): Promise<{ status: number; value: unknown }> {
  try {
    const response = await environment.ports.http.request({
      method: 'GET',
      url: `${url}${path}`,
      timeoutMs,
    });
    return { status: response.status, value: jsonOf(response) };
  } catch (error) {
    if (error instanceof HoldfastError && error.code.startsWith('NETWORK_')) {
      throw new HoldfastError(
        'NETWORK_UNREACHABLE',
        `no daemon answers at ${url}: start one with \`npm start\`, or name another with --url`,
        { cause: error },
      );
    }
    throw error;
  }
}
