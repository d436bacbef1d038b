/** The door of the guard room. */

/** Recomputes the effective policy, stamps it, and records another revision. */
export {
  type EffectivePolicy,
  EffectivePolicyLoop,
  type EffectivePolicyOptions,
} from './effective-policy.ts';
/** The guard as execution sees it. */
export { type ExecutionGate, type ExecutionReport, executionGate } from './execution-gate.ts';
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
/** The trip test of the start. */
export { proveLimits } from './limit-proof.ts';
export { maintenanceInMs } from './monitors/announced-maintenance.ts';
/** Monitors: each observes one thing and tells the guard. */
export { type NetworkReading, watchBunker } from './monitors/bunker.ts';
export { type CacheReading, feeFactor, watchCaches } from './monitors/caches.ts';
export { watchDiskUse } from './monitors/disk-use.ts';
export { type EvidenceMonitor, type EvidenceReading, watchEvidence } from './monitors/evidence.ts';
export { type ExchangeReading, watchExchangeHealth } from './monitors/exchange-health.ts';
export { type ExecutionReading, watchExecutionState } from './monitors/execution-state.ts';
export { reportKeyScope } from './monitors/key-scope.ts';
export { marginUse, watchMarginUse } from './monitors/margin-use.ts';
export { type LivenessReading, watchMarketLiveness } from './monitors/market-liveness.ts';
export {
  type MarketStressWatch,
  type UnderlyingReading,
  watchMarketStress,
} from './monitors/market-stress.ts';
export { watchRateRefusals } from './monitors/rate-refusals.ts';
export { SelfImpactDetector } from './monitors/self-impact.ts';
export { watchVenueLimits } from './monitors/venue-limits.ts';
export { type VenueSessionMonitor, watchVenueSession } from './monitors/venue-session.ts';
export { type NamedSmile, watchVolSurface } from './monitors/vol-surface/watch.ts';
export { type WatchdogMonitor, watchWatchdog } from './monitors/watchdog.ts';
/** What a non-engineer is told. */
export { type OwnerView, type OwnerViewEntry, ownerViewOf } from './owner-view.ts';
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
