/**
 * The loopback front: enough of ClickHouse's HTTP interface for `@clickhouse/client` and curl.
 * Refuses whoever has no password, anything a browser page sends, and writes by the reader.
 * Works on real and on virtual ports alike.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type {
  HttpServer,
  InboundHttpRequest,
  OutboundHttpResponse,
  Ports,
} from '../../streams/ports/index.ts';
import { authenticate, type StorePasswords, type StoreUser } from './access.ts';
import type { Engine } from './engine.ts';
import { FrontError, wordError } from './front-error.ts';
import { type FrontStatement, readRequest } from './front-request.ts';
import { guardReader } from './reader-guard.ts';

/** A batch of 10,000 rows is at most a few megabytes; this leaves room for wide facts. */
const maxBodyBytes = 64 * 1024 ** 2;
const maxConnections = 64;
const headersTimeoutMs = 5_000;
/** Longer than the longest read the engine allows. */
const requestTimeoutMs = 120_000;
/** A probe slower than this counts as failed. */
const probeDeadlineMs = 5_000;

const contentTypes: Readonly<Record<string, string>> = {
  JSON: 'application/json; charset=UTF-8',
  JSONCompact: 'application/json; charset=UTF-8',
  JSONStrings: 'application/json; charset=UTF-8',
  JSONEachRow: 'application/x-ndjson; charset=UTF-8',
  JSONCompactEachRow: 'application/x-ndjson; charset=UTF-8',
  CSV: 'text/csv; charset=UTF-8; header=absent',
  CSVWithNames: 'text/csv; charset=UTF-8; header=present',
  TabSeparated: 'text/tab-separated-values; charset=UTF-8',
  RowBinary: 'application/octet-stream',
};

export interface FrontOptions {
  readonly ports: Pick<Ports, 'http' | 'clock'>;
  readonly engine: Engine;
  readonly database: string;
  readonly passwords: StorePasswords;
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
}

interface Answer {
  readonly bytes: Uint8Array;
  readonly format: string;
  readonly summary: Readonly<Record<string, string>>;
}

/** Rejects with `PORT_IN_USE` when the address is taken. */
export function serveFront(options: FrontOptions): Promise<HttpServer> {
  return options.ports.http.serve({
    host: options.host,
    port: options.port,
    onRequest: (request) => answerRequest(options, request),
    maxBodyBytes,
    maxConnections,
    headersTimeoutMs,
    requestTimeoutMs,
  });
}

/** One request, one whole response. Never rejects. */
export async function answerRequest(
  options: FrontOptions,
  request: InboundHttpRequest,
): Promise<OutboundHttpResponse> {
  try {
    if (request.path === '/ping' && request.method === 'GET') return await ping(options);
    if (request.path !== '/') throw new FrontError(60, 'UNKNOWN_TABLE', 'There is no such handler');
    const user = userOf(options, request);
    const statement = await readRequest(request, options.database);
    const answer = await execute(options.engine, user, statement);
    return await answered(options.engine, statement, answer);
  } catch (thrown) {
    const { status, code, text } = wordError(thrown);
    return {
      status,
      headers: {
        'content-type': 'text/plain; charset=UTF-8',
        'x-clickhouse-exception-code': String(code),
      },
      body: `${text}\n`,
    };
  }
}

async function ping({ engine, ports }: FrontOptions): Promise<OutboundHttpResponse> {
  let cancel = (): void => {};
  const late = new Promise<never>((_, reject) => {
    cancel = ports.clock.after(probeDeadlineMs, () =>
      reject(new FrontError(209, 'SOCKET_TIMEOUT', 'the engine does not answer')),
    );
  });
  try {
    await Promise.race([engine.probe(), late]);
  } finally {
    cancel();
  }
  return { status: 200, headers: { 'content-type': 'text/html; charset=UTF-8' }, body: 'Ok.\n' };
}

function userOf(options: FrontOptions, request: InboundHttpRequest): StoreUser {
  // A page in a browser always names its origin on a cross-site request; no client of ours does.
  const user =
    request.headers.origin === undefined
      ? authenticate(request.headers, options.passwords)
      : undefined;
  if (user === undefined) {
    throw new FrontError(
      516,
      'AUTHENTICATION_FAILED',
      'Authentication failed: password is incorrect, or there is no such user',
    );
  }
  return user;
}

async function execute(
  engine: Engine,
  user: StoreUser,
  statement: FrontStatement,
): Promise<Answer> {
  if (statement.kind === 'insert') {
    if (user !== 'writer') {
      throw new FrontError(164, 'READONLY', 'reader: Cannot execute query in readonly mode');
    }
    const { rows, bytes } = await engine.insert(statement);
    const summary = { written_rows: String(rows), written_bytes: String(bytes) };
    return { bytes: new Uint8Array(0), format: statement.format, summary };
  }
  if (user === 'reader') guardReader(statement.sql);
  const run = user === 'writer' ? engine.command : engine.read;
  const { bytes, rowsRead, bytesRead } = await run(statement);
  const summary = { read_rows: String(rowsRead), read_bytes: String(bytesRead) };
  return { bytes, format: statement.format, summary };
}

async function answered(
  engine: Engine,
  statement: FrontStatement,
  answer: Answer,
): Promise<OutboundHttpResponse> {
  const headers: Record<string, string> = {
    'content-type': contentTypes[answer.format] ?? 'text/plain; charset=UTF-8',
    'x-clickhouse-format': answer.format,
    'x-clickhouse-timezone': 'UTC',
    'x-clickhouse-server-display-name': `holdfast-store ${engine.version}`,
    'x-clickhouse-summary': JSON.stringify(answer.summary),
  };
  if (statement.queryId !== undefined) headers['x-clickhouse-query-id'] = statement.queryId;
  if (!statement.gzipAnswer || answer.bytes.length === 0) {
    return { status: 200, headers, body: answer.bytes };
  }
  headers['content-encoding'] = 'gzip';
  return { status: 200, headers, body: await promisify(gzip)(answer.bytes) };
}
