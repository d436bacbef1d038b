/**
 * Typed access to the reason-code manifest. Every lookup of text that came from outside answers
 * undefined for an unknown code: the caller must then treat the state as unmapped (Kill).
 */
import {
  guardInputRows,
  latchConditions,
  latchReasonRows,
  modeReasonRows,
  ownerCodeRows,
} from './manifest.ts';
import type {
  GuardInputRow,
  ModeReasonRow,
  OwnerCodeRow,
  RestrictedTier,
  RiskState,
} from './row-types.ts';
import { riskStates } from './row-types.ts';

export type * from './row-types.ts';
export { riskStates, tradingModes } from './row-types.ts';
export { guardInputRows, latchConditions, latchReasonRows, modeReasonRows, ownerCodeRows };

export type ModeReason = keyof typeof modeReasonRows;
export type LatchReason = keyof typeof latchReasonRows;
export type OwnerCode = keyof typeof ownerCodeRows;
export type GuardInputName = keyof typeof guardInputRows;

/** All codes, in manifest order. */
export const modeReasons = Object.keys(modeReasonRows) as readonly ModeReason[];
export const latchReasons = Object.keys(latchReasonRows) as readonly LatchReason[];
export const ownerCodes = Object.keys(ownerCodeRows) as readonly OwnerCode[];
export const guardInputNames = Object.keys(guardInputRows) as readonly GuardInputName[];

export const killReasons = modeReasons.filter((code) => modeReasonRows[code].tier === 'Kill');
export const reduceOnlyReasons = modeReasons.filter(
  (code) => modeReasonRows[code].tier === 'ReduceOnly',
);

export function modeReasonRow(code: ModeReason): ModeReasonRow {
  return modeReasonRows[code];
}

export function ownerCodeRow(code: OwnerCode): OwnerCodeRow {
  return ownerCodeRows[code];
}

export function guardInputRow(name: GuardInputName): GuardInputRow {
  return guardInputRows[name];
}

export function isModeReason(text: string): text is ModeReason {
  return Object.hasOwn(modeReasonRows, text);
}

export function isLatchReason(text: string): text is LatchReason {
  return Object.hasOwn(latchReasonRows, text);
}

export function isOwnerCode(text: string): text is OwnerCode {
  return Object.hasOwn(ownerCodeRows, text);
}

/** The one owner code a mode or latch reason is shown as; undefined: unmapped. */
export function ownerCodeOf(reason: string): OwnerCode | undefined {
  if (isModeReason(reason)) return modeReasonRows[reason].owner;
  if (isLatchReason(reason)) return latchReasonRows[reason].owner;
  return undefined;
}

/** AUTO: clears by itself (condition or reconciliation). MANUAL: needs an operator. */
export function clearsBy(reason: ModeReason): 'AUTO' | 'MANUAL' {
  return modeReasonRows[reason].release === 'operator' ? 'MANUAL' : 'AUTO';
}

export function severityOf(reason: ModeReason): OwnerCodeRow['severity'] {
  return ownerCodeRows[modeReasonRows[reason].owner].severity;
}

/** The graver of two risk states. */
export function graverRiskState(left: RiskState, right: RiskState): RiskState {
  return riskStates.indexOf(left) >= riskStates.indexOf(right) ? left : right;
}

export interface OwnerCauses {
  readonly modeReasons: readonly ModeReason[];
  readonly latchReasons: readonly LatchReason[];
  /** Owner codes of the conditions behind the risk state, worst first. */
  readonly riskCauses: readonly OwnerCode[];
}

/**
 * Owner codes of a restriction, in the order of its reasons, without repeats. A latch or a risk
 * state is shown by what is behind it; its own code stands only when nothing is known behind it.
 */
export function ownerCodesOf(causes: OwnerCauses): OwnerCode[] {
  const codes = new Set<OwnerCode>();
  for (const reason of causes.modeReasons) {
    const behind = codesBehind(reason, causes);
    for (const code of behind.length > 0 ? behind : [modeReasonRows[reason].owner]) codes.add(code);
  }
  return [...codes];
}

function codesBehind(reason: ModeReason, causes: OwnerCauses): readonly OwnerCode[] {
  if (reason === 'REDUCEONLY_OPEN_PERMISSION_LATCHED') {
    return causes.latchReasons.map((latch) => latchReasonRows[latch].owner);
  }
  const fromRisk =
    reason === 'KILL_RISKSTATE_KILL' ||
    reason === 'REDUCEONLY_RISKSTATE_MAINTENANCE' ||
    reason === 'REDUCEONLY_RISKSTATE_DEGRADED';
  return fromRisk ? causes.riskCauses : [];
}

const severityRank = { critical: 0, warning: 1, info: 2 } as const;

/**
 * The code to show first: the gravest, then manifest order of the reasons. `idle` (a `STATE_*`
 * code) is the answer when nothing restricts trading.
 */
export function primaryOwnerCode(causes: OwnerCauses, idle: OwnerCode = 'STATE_IDLE'): OwnerCode {
  let primary: OwnerCode | undefined;
  for (const code of ownerCodesOf(causes)) {
    if (
      primary === undefined ||
      severityRank[ownerCodeRows[code].severity] < severityRank[ownerCodeRows[primary].severity]
    ) {
      primary = code;
    }
  }
  return primary ?? idle;
}

/** Names of the inputs a guard must have: always, or because their source is configured. */
export function criticalInputs(configured: ReadonlySet<GuardInputName>): GuardInputName[] {
  return guardInputNames.filter((name) => {
    const { critical } = guardInputRow(name);
    return critical === 'always' || (critical === 'when_configured' && configured.has(name));
  });
}

/** The reason that stands for a tier whose floor holds by itself. */
export function restoreRequired(tier: RestrictedTier): ModeReason {
  return tier === 'Kill'
    ? 'KILL_OPERATOR_RESTORE_REQUIRED'
    : 'REDUCEONLY_OPERATOR_RESTORE_REQUIRED';
}
