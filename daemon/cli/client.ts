/** Talks to a running daemon's ports for the commands of the CLI. */
import type { z } from 'zod';
import { type ErrorCode, errorCodes, HoldfastError } from '../../streams/facts/errors.ts';
import type { HttpResponse } from '../../streams/ports/index.ts';
import { problemSchema } from '../http/problem.ts';
import { healthSchema, type StatusV1, statusSchema } from '../http/status-schema.ts';
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

type PortName = 'status' | 'control';

const ports = {
  status: { variable: 'HOLDFAST_STATUS_URL', written: 'status_url', fallback: defaultStatusUrl },
  control: {
    variable: 'HOLDFAST_CONTROL_URL',
    written: 'control_url',
    fallback: defaultControlUrl,
  },
} as const;

/** Command line, then environment, then what a daemon here wrote down, then the default. */
function urlOf(environment: CommandEnvironment, options: DaemonOptions, name: PortName): string {
  const { variable, written, fallback } = ports[name];
  const given = options.url ?? environment.environment[variable];
  const directory = options.dataDirectory ?? defaultDataDirectory;
  const known =
    given === undefined || given === ''
      ? readEndpoints(environment.ports.disk, directory)?.[written]
      : given;
  const url = known ?? fallback;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new HoldfastError('USAGE', `${url} is not an http:// or https:// address`);
  }
  return url.replace(/\/+$/, '');
}

export function statusUrl(environment: CommandEnvironment, options: DaemonOptions): string {
  return urlOf(environment, options, 'status');
}

export function controlUrl(environment: CommandEnvironment, options: DaemonOptions): string {
  return urlOf(environment, options, 'control');
}

/** The decoded JSON of an answer. Throws SCHEMA_INVALID. */
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

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}

/** The error that a problem document describes; undefined when the value is none. */
export function problemError(value: unknown): HoldfastError | undefined {
  const problem = problemSchema.safeParse(value);
  if (!problem.success) return undefined;
  const { error_code, detail, trace_id, details = {} } = problem.data;
  const code = isErrorCode(error_code) ? error_code : 'INTERNAL';
  return new HoldfastError(code, detail, { traceId: trace_id, details });
}

/** Whoever asks a silent daemon is told how to start one. */
export function unreachable(error: unknown, url: string): unknown {
  if (!(error instanceof HoldfastError) || !error.code.startsWith('NETWORK_')) return error;
  return new HoldfastError(
    error.code,
    `no daemon answers at ${url}: start one with \`npm start\`, or name another with --url`,
    { cause: error },
  );
}

/** GETs JSON of the status port. Rejects with NETWORK_*, or with the error of a problem document. */
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
      headers: bearer(environment),
    });
    const value = jsonOf(response);
    const problem = problemError(value);
    if (problem !== undefined) throw problem;
    return { status: response.status, value };
  } catch (error) {
    throw unreachable(error, url);
  }
}

/** GETs an answer of the status port that fits its schema. Rejects with `otherwise` as SCHEMA_INVALID when it does not. */
async function getChecked<T>(
  environment: CommandEnvironment,
  options: DaemonOptions,
  { path, schema, otherwise }: { path: string; schema: z.ZodType<T>; otherwise: string },
): Promise<T> {
  const { value } = await getJson(environment, statusUrl(environment, options), path);
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new HoldfastError('SCHEMA_INVALID', otherwise);
  return parsed.data;
}

/** The whole status. Rejects like `getJson`, and with SCHEMA_INVALID. */
export function readStatus(
  environment: CommandEnvironment,
  options: DaemonOptions,
): Promise<StatusV1> {
  return getChecked(environment, options, {
    path: '/api/v1/status',
    schema: statusSchema,
    otherwise: 'the daemon speaks another status version: use its own CLI',
  });
}

/** Who answers, and since when. Rejects like `getJson`, and with SCHEMA_INVALID. */
export function readHealth(environment: CommandEnvironment, options: DaemonOptions) {
  return getChecked(environment, options, {
    path: '/api/v1/health',
    schema: healthSchema,
    otherwise: 'what answers there is no daemon of this version',
  });
}

/** The token, where one is given: beyond loopback the status port asks for it too. */
export function bearer({ environment }: CommandEnvironment): Record<string, string> {
  const token = environment.HOLDFAST_TOKEN;
  return token === undefined || token === '' ? {} : { authorization: `Bearer ${token}` };
}
