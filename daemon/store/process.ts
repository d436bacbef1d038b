/**
 * The store process: the embedded engine behind its front (or none, for a server by URL), schema,
 * and the shipper, so that neither a heavy query nor encoding can touch the daemon's loop. It ends
 * with its parent; it never outlives it, and it can be killed at any instant without losing a row.
 */
import {
  type EvidenceDatabase,
  migrate,
  type Shipper,
  startShipper,
} from '../../actors/evidence/store/index.ts';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import type { Ports, Secret } from '../../streams/ports/index.ts';
import type { ParentLink } from '../ports/production/index.ts';
import { connectStore, createDatabase } from './client.ts';
import { openEngine } from './engine.ts';
import { serveFront } from './front.ts';
import { journalSource } from './journal-source.ts';
import { type FromStore, type StoreProcessConfig, storeSecretNames } from './protocol.ts';

/** How often health is told and the engine probed. */
const healthIntervalMs = 1_000;
/** A server that is down at start is asked again this often; the daemon sees the lag meanwhile. */
const startRetryMs = 2_000;
/** In-flight work may take this long at the end; then the parent kills. */
const stopGraceMs = 2_000;

export interface StoreProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** The database a store process has come to. */
export interface Reached {
  readonly url: string;
  readonly cluster: string | null;
  readonly database: EvidenceDatabase;
  /** Before the schema: resolves when there is a database to put it in. */
  create(): Promise<void>;
  close(): Promise<void>;
}

/** How a store process comes to its database. Simulation comes to one of its own. */
export type Reach = (ports: Ports, config: StoreProcessConfig) => Promise<Reached>;

function requiredSecret(ports: Ports, name: string): Secret {
  const secret = ports.secrets.get(name);
  if (secret !== undefined) return secret;
  throw new HoldfastError('SECRET_MISSING', `the store process needs ${name} in its environment`);
}

/** An engine of its own behind its front, or a server by URL. */
async function reachStore(ports: Ports, config: StoreProcessConfig): Promise<Reached> {
  const { engine: kind, database: name } = config;
  const password = requiredSecret(ports, storeSecretNames.writer);
  if (kind.kind === 'server') {
    const endpoint = { url: kind.url, database: name, user: kind.user, password };
    const database = connectStore(endpoint);
    return {
      url: kind.url,
      cluster: kind.cluster,
      database,
      create: () => createDatabase(endpoint),
      close: () => database.close(),
    };
  }
  const reader = requiredSecret(ports, storeSecretNames.reader);
  const engine = await openEngine(ports.disk, kind.directory, name);
  const front = await serveFront({
    ports,
    engine,
    database: name,
    passwords: { writer: password.reveal(), reader: reader.reveal() },
    host: kind.host,
    port: kind.port,
  });
  const url = `http://${front.host}:${front.port}`;
  const database = connectStore({ url, database: name, user: 'writer', password });
  return {
    url,
    cluster: null,
    database,
    create: async () => undefined,
    async close() {
      await database.close();
      await front.close();
      await engine.close();
    },
  };
}

/** Tries again while the store only does not answer: a server may come back. */
async function whenItAnswers<T>(ports: Ports, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      if (!error.retryable) throw error;
      ports.telemetry.log.warn('store.not_ready', { error });
      await ports.clock.sleep(startRetryMs);
    }
  }
}

async function prepare(config: StoreProcessConfig, reached: Reached): Promise<number> {
  await reached.create();
  const options = reached.cluster === null ? {} : { cluster: reached.cluster };
  return (await migrate(reached.database, config.retentionHours, options)).schemaVersion;
}

/** Probes the store and tells the parent how it is, until stopped. */
function watchHealth(
  ports: Ports,
  link: ParentLink | undefined,
  database: EvidenceDatabase,
  shipper: Shipper | undefined,
): () => void {
  let answeredUs = ports.clock.monotonicUs();
  let probing = false;
  const probe = async (): Promise<void> => {
    if (probing) return;
    probing = true;
    try {
      await database.ping();
      answeredUs = ports.clock.monotonicUs();
    } catch (error) {
      ports.telemetry.log.warn('store.probe_failed', { error });
    } finally {
      probing = false;
    }
  };
  return ports.clock.every(healthIntervalMs, () => {
    void probe();
    link?.send({
      kind: 'health',
      probeAgeMs: Math.round((ports.clock.monotonicUs() - answeredUs) / 1_000),
      streams: shipper?.status() ?? [],
      breaker: shipper?.breaker ?? null,
      rssBytes: ports.host.memory().rssBytes,
      loopDelayP99Ms: ports.host.loopDelay(true).p99Ms,
    } satisfies FromStore);
  });
}

/**
 * Opens, migrates, tells `ready`, ships. Rejects with STORE_ENGINE_MISSING, STORE_UNAVAILABLE,
 * STORE_REJECTED, PORT_IN_USE, SECRET_MISSING or JOURNAL_*.
 */
export async function runStoreProcess(
  ports: Ports,
  config: StoreProcessConfig,
  link: ParentLink | undefined,
  reach: Reach = reachStore,
): Promise<StoreProcess> {
  const startUs = ports.clock.monotonicUs();
  const reached = await reach(ports, config);
  const { database, url } = reached;
  const schemaVersion = await whenItAnswers(ports, () => prepare(config, reached));
  const startMs = Math.round((ports.clock.monotonicUs() - startUs) / 1_000);
  link?.send({ kind: 'ready', url, schemaVersion, startMs } satisfies FromStore);
  ports.telemetry.log.info('store.ready', { url, schemaVersion, startMs });
  const shipper = await ship(ports, config, database);
  const stopWatching = watchHealth(ports, link, database, shipper);
  return {
    url,
    async stop() {
      stopWatching();
      await Promise.race([shipper?.stop(), ports.clock.sleep(stopGraceMs)]);
      await reached.close();
    },
  };
}

async function ship(
  ports: Ports,
  config: StoreProcessConfig,
  database: EvidenceDatabase,
): Promise<Shipper | undefined> {
  if (config.journal === null) return undefined;
  const { directory, sourceId } = config.journal;
  const source = journalSource(ports, directory);
  return whenItAnswers(ports, () => startShipper({ ports, database, source, sourceId }));
}

/** The last word of a store that cannot go on: tells the parent why, and ends. */
export function fail(ports: Ports, link: ParentLink | undefined, thrown: unknown): never {
  const error = asHoldfastError(thrown);
  link?.send({ kind: 'failed', code: error.code, message: error.message } satisfies FromStore);
  ports.telemetry.log.fatal('store.failed', { code: error.code, error });
  return ports.host.exit(error.exitCode);
}
