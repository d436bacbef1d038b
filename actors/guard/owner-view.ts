/**
 * What a non-engineer is told: one primary code, its fixed message, since when, and for each
 * active code what clears it, with the current value beside the target. No free text.
 */
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import {
  clearsBy,
  type GuardInputName,
  isModeReason,
  type LatchReason,
  latchConditions,
  latchReasonRows,
  type ModeReason,
  modeReasonRow,
  type OwnerCode,
  ownerCodeOf,
  ownerCodeRow,
  primaryOwnerCode,
  type Severity,
  type UnblockCondition,
} from '../../streams/facts/reason-codes/index.ts';
import type { Guard } from './guard-types.ts';
import { inputIndex } from './inputs.ts';

export interface OwnerViewEntry {
  readonly code: OwnerCode;
  readonly reason: ModeReason | LatchReason;
  readonly severity: Severity;
  readonly message: string;
  readonly clears: 'AUTO' | 'MANUAL';
  /** `mm_util below 0.85`; the condition in words of the manifest. */
  readonly condition: string;
  readonly current: string | number | boolean | null;
  readonly target: string | number | boolean | null;
  /** Epoch µs; null: unknown. */
  readonly sinceUs: number | null;
}

export interface OwnerView {
  readonly primaryCode: OwnerCode;
  readonly message: string;
  readonly severity: Severity;
  readonly sinceUs: number | null;
  readonly codes: readonly OwnerViewEntry[];
}

type Source = Pick<Guard, 'snapshot' | 'input' | 'since'>;

function targetOf(
  condition: UnblockCondition,
  policy: GuardPolicy,
): string | number | boolean | null {
  const { target } = condition;
  if (typeof target !== 'object') return target;
  const value = (policy as Readonly<Record<string, unknown>>)[target.parameter];
  return typeof value === 'number' ? value : null;
}

function currentOf(guard: Source, condition: UnblockCondition): string | number | boolean | null {
  const { input } = condition;
  if (input === 'operator_floor') return guard.snapshot.floor;
  if (input === 'risk_state') return guard.snapshot.riskState;
  if (!Object.hasOwn(inputIndex, input)) return null;
  const { value, atUs } = guard.input(input as GuardInputName);
  if (condition.is !== 'age_at_most') return value;
  if (atUs === null) return null;
  return Math.round((guard.snapshot.computedAtMonotonicUs - atUs) / 1_000) / 1_000;
}

function conditionText(condition: UnblockCondition, target: OwnerViewEntry['target']): string {
  const subject = condition.is === 'age_at_most' ? `${condition.input} age s` : condition.input;
  const verb = { below: 'below', equal: 'is', not: 'is not', age_at_most: 'at most' }[condition.is];
  return `${subject} ${verb} ${String(target)}`;
}

function reasonEntry(guard: Source, reason: ModeReason, policy: GuardPolicy): OwnerViewEntry {
  const { unblock } = modeReasonRow(reason);
  const target = targetOf(unblock, policy);
  const code = ownerCodeOf(reason) ?? 'EXEC_UNMAPPED_REASON_CODE';
  return {
    code,
    reason,
    ...ownerCodeRow(code),
    clears: clearsBy(reason),
    condition: conditionText(unblock, target),
    current: currentOf(guard, unblock),
    target,
    sinceUs: guard.since(reason) ?? null,
  };
}

/** While something at the venue waits for an operator to take it over, no proof is possible. */
function latchEntry(guard: Source, reason: LatchReason, adoptable: number): OwnerViewEntry {
  const code = latchReasonRows[reason].owner;
  const clears = adoptable > 0 ? 'MANUAL' : 'AUTO';
  return {
    code,
    reason,
    ...ownerCodeRow(code),
    clears,
    condition: latchConditions[clears],
    current: adoptable > 0 ? adoptable : true,
    target: adoptable > 0 ? 0 : false,
    sinceUs: guard.since(reason) ?? null,
  };
}

/**
 * `idle`: the code shown when nothing restricts trading (`STATE_PAPER_MODE`, …). `adoptable`: what the
 * venue shows without an intent and an operator may take over.
 */
export function ownerViewOf(
  guard: Source,
  policy: GuardPolicy,
  idle: OwnerCode,
  adoptable = 0,
): OwnerView {
  const { snapshot } = guard;
  const { reasons, latchReasons, riskCauses } = snapshot;
  const causes = { modeReasons: reasons, latchReasons, riskCauses };
  const primaryCode = primaryOwnerCode(causes, idle);
  const codes = reasons.flatMap((reason) =>
    reason === 'REDUCEONLY_OPEN_PERMISSION_LATCHED'
      ? latchReasons.map((latch) => latchEntry(guard, latch, adoptable))
      : riskEntries(guard, reason, policy, riskCauses),
  );
  const first = codes.find(({ code }) => code === primaryCode);
  return {
    primaryCode,
    ...ownerCodeRow(primaryCode),
    sinceUs: first?.sinceUs ?? null,
    codes,
  };
}

/** A risk state is shown once for each cause behind it. */
function riskEntries(
  guard: Source,
  reason: ModeReason,
  policy: GuardPolicy,
  riskCauses: readonly OwnerCode[],
): OwnerViewEntry[] {
  const entry = reasonEntry(guard, reason, policy);
  const fromRisk = isModeReason(reason) && modeReasonRow(reason).unblock.input === 'risk_state';
  if (!fromRisk || riskCauses.length === 0) return [entry];
  return riskCauses.map((code) => ({ ...entry, code, ...ownerCodeRow(code) }));
}
