/** What the store process is started with, from the wiring. */
import { join } from 'node:path';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Ports, Secret } from '../../streams/ports/index.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { StoreProcessConfig } from '../store/protocol.ts';

/** Retention of the projections; the journal's own is another matter. Hours. */
const retentionHours = { ticks: 72, analytics: 720, snapshots: 720, ledger: null };

export interface StoreSettings {
  readonly config: StoreProcessConfig;
  readonly serverPassword?: Secret;
}

/** Undefined: no store, evidence stays in the journal. Throws SECRET_MISSING. */
export function storeConfigOf(
  { profile }: LoadedConfig,
  ports: Pick<Ports, 'secrets'>,
  dataDirectory: string,
): StoreSettings | undefined {
  const { store, venue } = profile.wiring;
  const journal = {
    directory: join(dataDirectory, 'journal'),
    sourceId: `${venue.name}.${venue.account}`,
  };
  if (store.kind === 'none') return undefined;
  if (store.kind === 'embedded') {
    const directory = join(dataDirectory, 'store');
    const engine = { kind: 'embedded' as const, directory, host: '127.0.0.1', port: 0 };
    return { config: { engine, database: 'holdfast', journal, retentionHours } };
  }
  const password = ports.secrets.get(store.password_env);
  if (password === undefined) {
    throw new HoldfastError(
      'SECRET_MISSING',
      `set ${store.password_env} to the password of the ClickHouse server`,
    );
  }
  const engine = { kind: 'server' as const, url: store.url, user: store.user, cluster: null };
  return {
    config: { engine, database: store.database, journal, retentionHours },
    serverPassword: password,
  };
}
