/** The shapes of the manifest's rows. */
export const tradingModes = ['Active', 'ReduceOnly', 'Kill'] as const;
/** In order of restriction: a later one is tighter. */
export type TradingMode = (typeof tradingModes)[number];
export type RestrictedTier = Exclude<TradingMode, 'Active'>;

export const riskStates = ['Healthy', 'Degraded', 'Maintenance', 'Kill'] as const;
/** The cause layer, in order of gravity. */
export type RiskState = (typeof riskStates)[number];

export const releases = ['operator', 'reconcile', 'condition'] as const;
/**
 * How a reason goes away: an operator's restore (a durable floor holds until then), a successful
 * reconciliation, or its condition staying clear for `reason_clear_stable_s`.
 */
export type Release = (typeof releases)[number];

export type Severity = 'critical' | 'warning' | 'info';

/** A machine-checkable condition; `target` may name a policy parameter. */
export interface UnblockCondition {
  readonly input: string;
  readonly is: 'below' | 'equal' | 'not' | 'age_at_most';
  readonly target: string | number | boolean | { readonly parameter: string };
}

export interface ModeReasonRow {
  readonly tier: RestrictedTier;
  readonly release: Release;
  readonly owner: string;
  readonly unblock: UnblockCondition;
  /** Mode reasons that stand whenever this one does (only those of the winning tier are shown). */
  readonly implies: readonly string[];
  /** Kill tier only: may exposure be closed in this kill? `forbidden` is a hard stop. */
  readonly containment?: 'mandatory' | 'allowed' | 'forbidden';
}

export interface LatchReasonRow {
  readonly owner: string;
  readonly meaning: string;
}

export interface OwnerCodeRow {
  readonly severity: Severity;
  readonly message: string;
}

export interface GuardInputRow {
  readonly unit: 'beat' | 'state' | 'ratio' | 'usd' | 'flag' | 'count';
  /** Values of a `state`; anything else is unparseable. */
  readonly states?: readonly string[];
  /** Absent: the guard or a sticky event sets it; silence is not a fault. */
  readonly critical?: 'always' | 'when_configured';
  /**
   * Trips when strictly older. `ownReason`: age has a reason of its own, so only a missing or
   * unparseable value counts as a missing input.
   */
  readonly maxAge?: { readonly parameter: string; readonly ownReason?: string };
  /** Reasons that stand as well while the input is missing or unparseable. */
  readonly staleImplies?: readonly string[];
}
