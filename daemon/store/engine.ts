/**
 * The embedded engine, loaded here and nowhere else. Guarantees that no state of one request can
 * leak into another: settings, parameters and the current database stick to an engine connection,
 * and the rows a failed query had produced come out in front of the next answer (measured). So
 * every read runs on its own fresh read-only connection, and the writer's is replaced on failure.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Disk } from '../../streams/ports/index.ts';

/** Reads that may run at once: two cores, and the engine's own threads behind each. */
const maxConcurrentReads = 2;
/** Requests that may wait per lane; one more is refused, because a queue only hides a slow engine. */
export const maxWaitingPerLane = 64;
const maxServerMemoryBytes = 2 * 1024 ** 3;
const markCacheBytes = 128 * 1024 ** 2;
const maxReadMemoryBytes = 1024 ** 3;
/** Results are materialised by the engine, so they are bounded. */
export const maxResultBytes = 128 * 1024 ** 2;
export const maxReadSeconds = 30;

const typeSettings = [
  'output_format_json_quote_64bit_integers = 1',
  'output_format_json_quote_decimals = 1',
];
const writerSettings = [
  ...typeSettings,
  'input_format_skip_unknown_fields = 0',
  'input_format_null_as_default = 0',
  'async_insert = 0',
  'max_partitions_per_insert_block = 0',
];
const readerSettings = [
  ...typeSettings,
  'final = 1',
  `max_execution_time = ${maxReadSeconds}`,
  `max_memory_usage = ${maxReadMemoryBytes}`,
  `max_result_bytes = ${maxResultBytes}`,
  "result_overflow_mode = 'throw'",
  // Last: from here on this connection can change nothing, itself included.
  'readonly = 1',
];

interface ChdbResult {
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  bytes(): Uint8Array;
}
interface ChdbInsertSummary {
  readonly rowsWritten: number;
  readonly bytesWritten: number;
}
interface ChdbSession {
  queryAsync(sql: string, options?: { format?: string }): Promise<ChdbResult>;
  insert(input: {
    table: string;
    columns?: readonly string[];
    values: Uint8Array;
    format: string;
    settings?: Record<string, string>;
  }): Promise<ChdbInsertSummary>;
  close(): void;
}
interface ChdbModule {
  readonly Session: new (
    path: string,
    options?: { connectionArgs: readonly string[] },
  ) => ChdbSession;
  drainPending(): Promise<void>;
}

export interface EngineQuery {
  readonly sql: string;
  /** Output format used when the statement names none. */
  readonly format: string;
  /** Values of `{name:Type}`, in the escaped text form of ClickHouse's HTTP interface. */
  readonly params: Readonly<Record<string, string>>;
}
export interface EngineAnswer {
  readonly bytes: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
}
export interface EngineInsert {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly format: string;
  readonly values: Uint8Array;
  readonly deduplicationToken: string | undefined;
}

export interface Engine {
  readonly version: string;
  /** Read-only; latest rows only (`FINAL`). Rejects with the engine's own error text. */
  read(query: EngineQuery): Promise<EngineAnswer>;
  /** Any statement, on the writer's connection. */
  command(query: EngineQuery): Promise<EngineAnswer>;
  insert(insert: EngineInsert): Promise<{ readonly rows: number; readonly bytes: number }>;
  /** Answers when the engine does. */
  probe(): Promise<void>;
  /** Waits for what is running, then lets go of the directory. */
  close(): Promise<void>;
}

/** Not installed, or not for this platform: STORE_ENGINE_MISSING. */
async function loadEngineModule(): Promise<ChdbModule> {
  // Not a literal: the build must pass without the optional dependency.
  const specifier: string = 'chdb';
  try {
    return (await import(specifier)) as ChdbModule;
  } catch (cause) {
    throw new HoldfastError(
      'STORE_ENGINE_MISSING',
      'the embedded engine (npm package chdb) is not available on this platform: ' +
        'install optional dependencies, or set a ClickHouse server by URL; evidence stays in the journal',
      { cause },
    );
  }
}

/** At most `width` at once and a bounded number waiting, in order. */
function lane(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= width) {
      if (waiting.length >= maxWaitingPerLane) {
        throw new Error(
          'Code: 202. DB::Exception: Too many requests wait for the engine. (TOO_MANY_SIMULTANEOUS_QUERIES)',
        );
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      // The slot is handed over, not freed: a newcomer cannot overtake.
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function sqlText(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

const paramName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

function setParams(params: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(params);
  if (entries.length === 0) return undefined;
  const parts = entries.map(([name, value]) => {
    if (!paramName.test(name)) {
      throw new Error(`Code: 36. DB::Exception: Bad parameter name ${name}. (BAD_ARGUMENTS)`);
    }
    return `param_${name} = ${sqlText(value)}`;
  });
  return `SET ${parts.join(', ')}`;
}

/**
 * Opens (or creates) the data directory and the database in it. Rejects with STORE_ENGINE_MISSING,
 * or STORE_UNAVAILABLE when another process holds the directory.
 */
export async function openEngine(disk: Disk, directory: string, database: string): Promise<Engine> {
  const engine = await loadEngineModule();
  disk.makeDirectory(directory);
  const open = async (settings: readonly string[]): Promise<ChdbSession> => {
    const session = new engine.Session(directory, {
      connectionArgs: [
        `--max_server_memory_usage=${maxServerMemoryBytes}`,
        `--mark_cache_size=${markCacheBytes}`,
      ],
    });
    await session.queryAsync(`CREATE DATABASE IF NOT EXISTS ${database}`);
    await session.queryAsync(`USE ${database}`);
    await session.queryAsync(`SET ${settings.join(', ')}`);
    return session;
  };
  try {
    const writer = await open(writerSettings);
    const version = Buffer.from((await writer.queryAsync('SELECT version()')).bytes())
      .toString('utf8')
      .replaceAll('"', '')
      .trim();
    return engineOver(engine, open, writer, version);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new HoldfastError(
      'STORE_UNAVAILABLE',
      `the store cannot open ${directory}: ${text.split('\n', 1)[0]}; is another process using it?`,
      { cause },
    );
  }
}

function engineOver(
  module: ChdbModule,
  open: (settings: readonly string[]) => Promise<ChdbSession>,
  firstWriter: ChdbSession,
  version: string,
): Engine {
  const writes = lane(1);
  const reads = lane(maxConcurrentReads);
  const probes = lane(1);
  let writer = firstWriter;
  let prober: ChdbSession | undefined;

  const onWriter = <T>(work: (session: ChdbSession) => Promise<T>, leavesState: boolean) =>
    writes(async () => {
      let clean = false;
      try {
        const result = await work(writer);
        clean = !leavesState;
        return result;
      } finally {
        if (!clean) {
          writer.close();
          writer = await open(writerSettings);
        }
      }
    });

  return {
    version,
    read: (query) =>
      reads(async () => {
        const session = await open(readerSettings);
        try {
          return await run(session, query);
        } finally {
          session.close();
        }
      }),
    command: (query) =>
      onWriter((session) => run(session, query), Object.keys(query.params).length > 0),
    insert: (insert) =>
      onWriter(async (session) => {
        const summary = await session.insert({
          table: insert.table,
          ...(insert.columns === undefined ? {} : { columns: insert.columns }),
          values: insert.values,
          format: insert.format,
          ...(insert.deduplicationToken === undefined
            ? {}
            : { settings: { insert_deduplication_token: insert.deduplicationToken } }),
        });
        return { rows: summary.rowsWritten, bytes: summary.bytesWritten };
      }, false),
    probe: () =>
      probes(async () => {
        prober ??= await open(readerSettings);
        await prober.queryAsync('SELECT 1');
      }),
    async close() {
      writer.close();
      prober?.close();
      await module.drainPending();
    },
  };
}

async function run(session: ChdbSession, query: EngineQuery): Promise<EngineAnswer> {
  const set = setParams(query.params);
  if (set !== undefined) await session.queryAsync(set);
  const result = await session.queryAsync(query.sql, { format: query.format });
  return { bytes: result.bytes(), rowsRead: result.rowsRead, bytesRead: result.bytesRead };
}
