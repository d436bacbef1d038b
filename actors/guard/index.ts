/** The door of the guard room. */

/** The one authority for the trading mode. */
export { createGuard } from './guard.ts';
/** Reads back floors and a running emergency from the control stream, before `createGuard`. */
export {
  type ControlStream,
  /** Writes facts to the control stream under a producer's name. */
  GuardRecord as ControlRecord,
  type RecoveredGuard,
  recoverGuard,
} from './guard-record.ts';
export type {
  CommandOutcome,
  Guard,
  GuardEffects,
  GuardOptions,
  ReconcileProof,
} from './guard-types.ts';
/** What each mode permits, and which cancels and replaces raise risk. */
export {
  type CancelReplace,
  isRiskIncreasing,
  type OrderExposure,
  type PermitRefusal,
  type PermitRequest,
  permitRefusal,
} from './permits.ts';
export type { OverrideLevel, RiskCondition } from './risk-conditions.ts';
export type { GuardSnapshot } from './snapshot.ts';
