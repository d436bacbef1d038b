/**
 * The execution room's door. `createExecution` opens it for one venue account; nothing else here
 * can reach a venue.
 */
export type {
  CancelOutcome,
  Execution,
  ExecutionListener,
  ExecutionOptions,
  LegOutcome,
  RecoverySummary,
  SubmitOutcome,
} from './contract.ts';
export { createExecution } from './execution.ts';
export type { ExposureRow, ExposureView } from './exposure.ts';
export type { FeeState } from './gates/fees.ts';
export type { GateFacts, StageView } from './gates/gate.ts';
export type { ExecutionCondition, GuardGate, GuardView, PermissionRequest } from './guard-gate.ts';
export type { VenueQueries } from './in-doubt.ts';
export { parseLabel } from './label.ts';
export type { LedgerOwner, LedgerStream } from './ledger.ts';
/** The trip test of the start, for the gates' limits. */
export { proveExecutionLimits } from './limit-proof.ts';
export type { GroupStyle, OrderRecord } from './order-record.ts';
export type { AppliedTransition } from './order-tracker.ts';
export { deltaRange } from './portfolio-delta.ts';
export type { AuditStream } from './suppression.ts';
