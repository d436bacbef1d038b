/**
 * The one migration set, for the embedded store and for a server (≥ 24.8) alike. A migration, once
 * released, never changes: its checksum is stored where it ran, and a different text is refused.
 * Every statement can run again, so a crash in the middle is repaired by running it all again.
 */
import { canonicalHash } from '../../../streams/facts/hash.ts';
import type { Column } from './columns.ts';
import { type StoreTable, storeTables } from './tables.ts';

export interface MigrationOptions {
  /** Name of a ClickHouse cluster: tables are then replicated on it. Absent: plain tables. */
  readonly cluster?: string;
}

export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  statements(options: MigrationOptions): readonly string[];
}

/** Inserts whose tokens are remembered per table, so that a repeated batch changes nothing. */
const deduplicationWindow = 1_000;

const partSettings = [
  // A confirmed insert must survive a power cut: the offset that says so is stored after it.
  'fsync_after_insert = 1',
  'fsync_part_directory = 1',
  'ttl_only_drop_parts = 1',
];

/** Rows of equal order key collapse to the one with the largest `version`, or to the last one. */
function engineOf(options: MigrationOptions, version?: string): string {
  if (options.cluster === undefined) return `ReplacingMergeTree(${version ?? ''})`;
  const path = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'";
  return `ReplicatedReplacingMergeTree(${[path, ...(version === undefined ? [] : [version])].join(', ')})`;
}

function settingsOf(options: MigrationOptions): string {
  const window =
    options.cluster === undefined
      ? `non_replicated_deduplication_window = ${deduplicationWindow}`
      : `replicated_deduplication_window = ${deduplicationWindow}`;
  return [window, ...partSettings].join(', ');
}

const onCluster = (options: MigrationOptions): string =>
  options.cluster === undefined ? '' : ` ON CLUSTER '${options.cluster}'`;

function columnText(column: Column): string {
  const codec = column.codec === undefined ? '' : ` ${column.codec}`;
  return `\`${column.name}\` ${column.type}${codec}`;
}

function createTable(table: StoreTable, version: number, options: MigrationOptions): string {
  const columns = table.columns.filter((column) => column.since <= version).map(columnText);
  const lines = [...columns, "`ingested_at` DateTime('UTC') DEFAULT now('UTC')", ...table.indexes];
  return [
    `CREATE TABLE IF NOT EXISTS ${table.name}${onCluster(options)} (\n  ${lines.join(',\n  ')}\n)`,
    `ENGINE = ${engineOf(options)}`,
    'PARTITION BY toYYYYMMDD(ts_utc)',
    `ORDER BY (${table.orderBy.join(', ')})`,
    `SETTINGS ${settingsOf(options)}`,
  ].join('\n');
}

interface PlainTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly orderBy: string;
  readonly version?: string;
}

const bookkeepingTables: readonly PlainTable[] = [
  {
    // One row a stream and generation; a generation ends when its journal was replaced.
    name: 'shipper_offsets',
    columns: [
      'source_id String',
      'stream LowCardinality(String)',
      'generation UInt32',
      'next_offset UInt64',
      "updated_at DateTime64(6, 'UTC')",
    ],
    orderBy: 'source_id, stream, generation',
    version: 'next_offset',
  },
  {
    name: 'quarantined_rows',
    columns: [
      'source_id String',
      'stream LowCardinality(String)',
      '`offset` UInt64',
      'target LowCardinality(String)',
      'error String',
      'content String CODEC(ZSTD(3))',
      "ingested_at DateTime('UTC') DEFAULT now('UTC')",
    ],
    orderBy: 'source_id, stream, `offset`, target',
  },
];

function createPlainTable(table: PlainTable, options: MigrationOptions): string {
  return [
    `CREATE TABLE IF NOT EXISTS ${table.name}${onCluster(options)} (${table.columns.join(', ')})`,
    `ENGINE = ${engineOf(options, table.version)}`,
    `ORDER BY (${table.orderBy})`,
    `SETTINGS ${settingsOf(options)}`,
  ].join('\n');
}

function baseMigration(): Migration {
  const version = 1;
  const statements = (options: MigrationOptions): string[] => [
    ...storeTables
      .filter((table) => table.since === version)
      .map((table) => createTable(table, version, options)),
    ...bookkeepingTables.map((table) => createPlainTable(table, options)),
  ];
  return { version, name: 'base', checksum: canonicalHash(statements({})), statements };
}

/** Tables and columns of one later version: what carries it as its `since`, and nothing else. */
function laterMigration(version: number, name: string): Migration {
  const statements = (options: MigrationOptions): string[] =>
    storeTables.flatMap((table) => {
      if (table.since === version) return [createTable(table, version, options)];
      return table.columns
        .filter((column) => column.since === version)
        .map(
          (column) =>
            `ALTER TABLE ${table.name}${onCluster(options)} ADD COLUMN IF NOT EXISTS ${columnText(column)}`,
        );
    });
  return { version, name, checksum: canonicalHash(statements({})), statements };
}

/** In order; append only. A table or column added later carries the version that adds it. */
export const migrations: readonly Migration[] = [
  baseMigration(),
  laterMigration(2, 'evidence'),
  laterMigration(3, 'adoptions'),
];

/** Where applied migrations are written down; created before anything else. */
export function migrationTable(options: MigrationOptions): string {
  return (
    `CREATE TABLE IF NOT EXISTS schema_migrations${onCluster(options)} ` +
    "(version UInt32, name String, checksum String, applied_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')) " +
    `ENGINE = ${engineOf(options)} ORDER BY version`
  );
}
