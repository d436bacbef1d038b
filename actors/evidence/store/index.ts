/** The evidence store, for who composes it: schema, shipping, and what a database must offer. */
export { type BackoffLimits, backoffMs } from './backoff.ts';
export {
  type EncodedInsert,
  type EvidenceDatabase,
  storeError,
} from './database.ts';
export { encodeBatch, type ShipRecord, tablesOfType } from './encode.ts';
export type { FactReader, FactSource } from './fact-source.ts';
export { type MigrateReport, migrate, type StoreRetention } from './migrate.ts';
export type { StreamStatus } from './ship-stream.ts';
export { type Shipper, type ShipperOptions, startShipper } from './shipper.ts';
export { storeTables } from './tables.ts';
