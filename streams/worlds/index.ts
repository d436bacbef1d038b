/** Sealed worlds: their form on disk, reading them, and turning recordings into them. */
export type { WorldCursor } from './cursor.ts';
export { EventSetHash } from './event-hash.ts';
export { type ImportResult, importRecordings } from './import/import.ts';
export {
  type ImportFormat,
  type ImportProgress,
  type ImportRequest,
  type ImportSource,
  importFormats,
  importOptionHelp,
} from './import/request.ts';
export {
  manifestFileName,
  manifestText,
  scenarioIdForm,
  type WorldCounts,
  type WorldFile,
  type WorldManifest,
  type WorldProvenance,
  type WorldSource,
  withFingerprint,
  worldSchemaVersion,
} from './manifest.ts';
export { openWorld, readManifest, type VerifyReport, verifyWorld, type World } from './world.ts';
export { type EventSink, type WorldContent, WorldWriter } from './world-writer.ts';
