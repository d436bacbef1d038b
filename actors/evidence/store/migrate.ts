/**
 * Brings a database to this build's schema, and keeps its retention. Refuses a database that a
 * newer build has migrated, and one whose migrations had another text.
 */
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { EvidenceDatabase } from './database.ts';
import { type MigrationOptions, migrations, migrationTable } from './migrations.ts';
import { type RetentionClass, storeTables } from './tables.ts';

/** Hours rows are kept after they were stored; `null` keeps them for ever. */
export type StoreRetention = Readonly<Record<RetentionClass, number | null>>;

export interface MigrateReport {
  readonly schemaVersion: number;
  readonly applied: readonly number[];
  /** Tables whose retention was changed now. */
  readonly retentionChanged: readonly string[];
}

interface AppliedRow {
  readonly version: number;
  readonly checksum: string;
}

/** Rejects with STORE_REJECTED when the schema cannot be this build's, else as the database does. */
export async function migrate(
  database: EvidenceDatabase,
  retention: StoreRetention,
  options: MigrationOptions = {},
): Promise<MigrateReport> {
  await database.command(migrationTable(options));
  const done = await database.rows<AppliedRow>(
    'SELECT version, checksum FROM schema_migrations FINAL ORDER BY version',
  );
  refuseForeign(done);
  const applied: number[] = [];
  for (const migration of migrations) {
    if (done.some((row) => row.version === migration.version)) continue;
    for (const statement of migration.statements(options)) await database.command(statement);
    await recordMigration(database, migration);
    applied.push(migration.version);
  }
  const retentionChanged = await applyRetention(database, retention, options);
  return { schemaVersion: migrations.at(-1)?.version ?? 0, applied, retentionChanged };
}

function recordMigration(
  database: EvidenceDatabase,
  migration: (typeof migrations)[number],
): Promise<void> {
  const row = [migration.version, migration.name, migration.checksum];
  return database.insert({
    table: 'schema_migrations',
    columns: ['version', 'name', 'checksum'],
    chunks: [Buffer.from(`${JSON.stringify(row)}\n`)],
    rows: 1,
    token: `migration:${migration.version}`,
  });
}

function refuseForeign(done: readonly AppliedRow[]): void {
  for (const row of done) {
    const known = migrations.find((migration) => migration.version === row.version);
    if (known === undefined) {
      throw new HoldfastError(
        'STORE_REJECTED',
        `the store has schema version ${row.version}, newer than this build knows: upgrade this build`,
      );
    }
    if (known.checksum !== row.checksum) {
      throw new HoldfastError(
        'STORE_REJECTED',
        `migration ${row.version} of the store is not the one of this build: ` +
          'point this build at another database, or rebuild this one from the journal',
      );
    }
  }
}

async function applyRetention(
  database: EvidenceDatabase,
  retention: StoreRetention,
  options: MigrationOptions,
): Promise<string[]> {
  const rows = await database.rows<{ name: string; create_table_query: string }>(
    'SELECT name, create_table_query FROM system.tables WHERE database = {database:String}',
    { database: database.database },
  );
  const created = new Map(rows.map((row) => [row.name, row.create_table_query]));
  const changed: string[] = [];
  const cluster = options.cluster === undefined ? '' : ` ON CLUSTER '${options.cluster}'`;
  for (const table of storeTables) {
    const text = created.get(table.name) ?? '';
    const hours = retention[table.retention];
    const rule = hours === null ? undefined : `ingested_at + toIntervalHour(${hours})`;
    const present = /\bTTL ingested_at \+ toIntervalHour\(\d+\)/.exec(text)?.[0];
    if (present === (rule === undefined ? undefined : `TTL ${rule}`)) continue;
    const verb = rule === undefined ? 'REMOVE TTL' : `MODIFY TTL ${rule}`;
    await database.command(`ALTER TABLE ${table.name}${cluster} ${verb}`);
    changed.push(table.name);
  }
  return changed;
}
