/** The journal: what the house may use of it. */
export type { JournalRecord } from './block-cursor.ts';
export type { FatalListener, JournalPorts } from './core.ts';
export { type Journal, type JournalOptions, openJournal, type RecoveryReport } from './journal.ts';
export { type JournalReadDoor, openJournalReader, type StreamReadDoor } from './journal-reader.ts';
export {
  type Offset,
  type StreamConfig,
  type StreamName,
  streamNames,
} from './limits.ts';
export type { LockOwner } from './lock.ts';
export type { StreamRecovery, TornTail } from './recovery.ts';
export { type RepairReport, repairJournal, type StreamRepair } from './repair.ts';
export type { DropResult } from './retention.ts';
export { repairCommand } from './segments.ts';
export type { JournalReader, ReadOptions } from './stream-reader.ts';
export type { AppendNowOptions, StreamWriter as JournalStream } from './stream-writer.ts';
export {
  type JournalDamage,
  type StreamVerification,
  type VerifyOptions,
  type VerifyProgress,
  type VerifyReport,
  verifyJournal,
} from './verify.ts';
