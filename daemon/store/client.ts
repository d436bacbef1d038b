/**
 * The one way to the store's data: `@clickhouse/client` over HTTP, to the embedded store and to a
 * server alike. Every setting that a fail-closed writer relies on is named in every request.
 */
import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { type EvidenceDatabase, storeError } from '../../actors/evidence/store/index.ts';
import type { Secret } from '../../streams/ports/index.ts';

/** A batch of 10,000 rows takes about 0.1 s; a server under merges takes longer. */
const requestTimeoutMs = 60_000;
const maxOpenConnections = 8;

const writerSettings = {
  async_insert: 0,
  input_format_skip_unknown_fields: 0,
  input_format_null_as_default: 0,
  max_partitions_per_insert_block: '0',
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 1,
} as const;

export interface StoreEndpoint {
  /** `http://127.0.0.1:port` or the address of a server. */
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
}

function worded(thrown: unknown): Error {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return storeError(
    message.trim(),
    thrown instanceof ClickHouseError ? Number(thrown.code) : undefined,
    thrown,
  );
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw worded(thrown);
  }
}

function clientOf(endpoint: StoreEndpoint, settings: ClickHouseSettings): ClickHouseClient {
  return createClient({
    url: endpoint.url,
    database: endpoint.database,
    username: endpoint.user,
    password: endpoint.password.reveal(),
    request_timeout: requestTimeoutMs,
    max_open_connections: maxOpenConnections,
    // Loopback or a data centre: the processor is dearer than the wire.
    compression: { request: false, response: false },
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: settings,
  });
}

/** Opens nothing yet: the first request connects. */
export function connectStore(endpoint: StoreEndpoint): EvidenceDatabase {
  const client = clientOf(endpoint, { ...writerSettings });
  return {
    database: endpoint.database,
    ping: () =>
      guarded(async () => {
        const answer = await client.ping();
        if (!answer.success) throw answer.error;
      }),
    rows: <Row>(query: string, params?: Readonly<Record<string, unknown>>) =>
      guarded(async () => {
        const result = await client.query({
          query,
          format: 'JSONEachRow',
          ...(params === undefined ? {} : { query_params: { ...params } }),
        });
        return await result.json<Row>();
      }),
    command: (statement) => guarded(async () => void (await client.command({ query: statement }))),
    insert: ({ table, columns, chunks, token }) =>
      guarded(async () => {
        const names = columns.map((name) => `\`${name}\``).join(', ');
        const { stream } = await client.exec({
          query: `INSERT INTO ${table} (${names}) FORMAT JSONCompactEachRow`,
          values: Readable.from(chunks, { objectMode: false }),
          clickhouse_settings: { insert_deduplication_token: token },
        });
        // The insert is confirmed when the answer has ended, not when it began.
        for await (const _ of stream);
      }),
    close: () => client.close(),
  };
}

/** Creates the database on a server; the embedded store has it from the start. */
export async function createDatabase(endpoint: StoreEndpoint): Promise<void> {
  const client = clientOf({ ...endpoint, database: 'default' }, {});
  try {
    const query = `CREATE DATABASE IF NOT EXISTS ${endpoint.database}`;
    await guarded(async () => void (await client.command({ query })));
  } finally {
    await client.close();
  }
}
