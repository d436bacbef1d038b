/**
 * Inputs in, standing reasons out: the whole precedence of the trading mode as one pure pass.
 *
 * Called on every tick and again before every dispatch, so it reads flat arrays and writes two
 * bit masks; it allocates nothing. Ages trip strictly (`age > max`), levels at `>=`. Whatever is
 * missing or unparseable trips.
 */

import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import {
  type GuardInputName,
  guardInputRow,
  type ModeReason,
} from '../../streams/facts/reason-codes/index.ts';
import { inputIndex as at, type GuardInputs, stateOf } from './inputs.ts';
import { reasonBit } from './reason-masks.ts';

/** Reasons that stand, both tiers. */
export interface StandingReasons {
  killMask: number;
  reduceOnlyMask: number;
}

/** One critical input, prepared. `maxAgeUs` Infinity: silence is no fault, absence is. */
export interface CriticalInput {
  readonly name: GuardInputName;
  readonly index: number;
  readonly maxAgeUs: number;
  /** What stands while it is missing, besides `REDUCEONLY_INPUT_MISSING_OR_STALE`. */
  readonly impliesMask: number;
}

/** Policy in the units the evaluator compares with. */
export interface EvaluatorLimits {
  readonly critical: readonly CriticalInput[];
  readonly watchdogKillUs: number;
  readonly feeHardUs: number;
  readonly policyMaxAgeUs: number;
  readonly certificateMaxAgeUs: number;
  readonly certificateRequired: boolean;
  readonly watchdogWatched: boolean;
  readonly feesWatched: boolean;
  readonly mmUtilKill: number;
  readonly mmUtilReduceOnly: number;
  readonly diskKill: number;
  /** Infinity: no limit set (the capability that needs it is blocked elsewhere). */
  readonly maxDailyLossUsd: number;
}

const usPerUnit = { ms: 1_000, s: 1_000_000 } as const;

/** A duration parameter of the policy, in µs; its unit is the end of its name. */
export function parameterUs(policy: GuardPolicy, parameter: string): number {
  const value = (policy as Readonly<Record<string, unknown>>)[parameter];
  if (typeof value !== 'number') return 0; // Nothing is fresh enough for a limit nobody knows.
  return value * (parameter.endsWith('_ms') ? usPerUnit.ms : usPerUnit.s);
}

function criticalInput(policy: GuardPolicy, name: GuardInputName): CriticalInput {
  const { maxAge, staleImplies } = guardInputRow(name);
  const limited = maxAge !== undefined && maxAge.ownReason === undefined;
  const implied = (staleImplies ?? []) as readonly ModeReason[];
  return {
    name,
    index: at[name],
    maxAgeUs: limited ? parameterUs(policy, maxAge.parameter) : Number.POSITIVE_INFINITY,
    impliesMask: implied.reduce((mask, reason) => mask | reasonBit[reason], 0),
  };
}

export interface LimitsOptions {
  readonly policy: GuardPolicy;
  readonly critical: readonly GuardInputName[];
  readonly certificateRequired: boolean;
}

/** Prepares the limits; call it again when the policy changes. */
export function evaluatorLimits(options: LimitsOptions): EvaluatorLimits {
  const { policy, critical } = options;
  return {
    critical: critical.map((name) => criticalInput(policy, name)),
    watchdogKillUs: parameterUs(policy, 'watchdog_kill_s'),
    feeHardUs: parameterUs(policy, 'fee_cache_hard_s'),
    policyMaxAgeUs: parameterUs(policy, 'max_policy_age_s'),
    certificateMaxAgeUs: parameterUs(policy, 'f1_cert_freshness_window_s'),
    certificateRequired: options.certificateRequired,
    watchdogWatched: critical.includes('watchdog_heartbeat'),
    feesWatched: critical.includes('fee_cache'),
    mmUtilKill: policy.mm_util_kill,
    mmUtilReduceOnly: policy.mm_util_reduceonly,
    diskKill: policy.disk_kill_pct,
    maxDailyLossUsd: policy.max_daily_loss_usd ?? Number.POSITIVE_INFINITY,
  };
}

const riskHealthy = stateOf('risk_state', 'Healthy');
const riskMaintenance = stateOf('risk_state', 'Maintenance');
const riskKill = stateOf('risk_state', 'Kill');
const overrideNone = stateOf('safety_override', 'None');
const overrideKill = stateOf('safety_override', 'ForceKill');
const scopeTooWide = stateOf('key_scope', 'too_wide');
const evidenceGreen = stateOf('evidence_chain', 'GREEN');
const certificatePass = stateOf('certificate', 'PASS');
const sessionTerminated = stateOf('venue_session', 'terminated');

/** Kill reasons that stand. Missing values are NaN, which no comparison here is true for. */
function killMaskOf(inputs: GuardInputs, limits: EvaluatorLimits, nowUs: number): number {
  const v = inputs.values;
  let mask = 0;
  if (limits.watchdogWatched) {
    const heardUs = inputs.timesUs[at.watchdog_heartbeat] as number;
    const heard = heardUs !== Number.NEGATIVE_INFINITY; // Never heard: a missing input instead.
    if (heard && nowUs - heardUs > limits.watchdogKillUs) {
      mask |= reasonBit.KILL_WATCHDOG_HEARTBEAT_STALE;
    }
  }
  if (v[at.risk_state] === riskKill) mask |= reasonBit.KILL_RISKSTATE_KILL;
  if ((v[at.mm_util] as number) >= limits.mmUtilKill) mask |= reasonBit.KILL_MARGIN_MM_UTIL_HIGH;
  if (v[at.session_termination] !== 0 || v[at.venue_session] === sessionTerminated) {
    mask |= reasonBit.KILL_RATE_LIMIT_SESSION_TERMINATION;
  }
  if ((v[at.disk_used_pct] as number) >= limits.diskKill)
    mask |= reasonBit.KILL_DISK_WATERMARK_KILL;
  if (v[at.safety_override] === overrideKill) mask |= reasonBit.KILL_CORTEX_FORCE_KILL;
  if ((v[at.day_loss_usd] as number) >= limits.maxDailyLossUsd)
    mask |= reasonBit.KILL_DAILY_LOSS_LIMIT;
  if (v[at.key_scope] === scopeTooWide) mask |= reasonBit.KILL_KEY_SCOPE_INVALID;
  if (v[at.invariant_breach] !== 0) mask |= reasonBit.KILL_INVARIANT_BREACH;
  if (v[at.unmapped_code] !== 0) mask |= reasonBit.KILL_UNMAPPED_REASON_CODE;
  if (v[at.operator_kill] !== 0) mask |= reasonBit.KILL_OPERATOR;
  return mask;
}

/** Reasons whose input is a flag: anything but a plain "no" stands. */
const flagReasons: ReadonlyArray<readonly [index: number, bit: number]> = [
  [at.emergency_reduce_only, reasonBit.REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE],
  [at.latch, reasonBit.REDUCEONLY_OPEN_PERMISSION_LATCHED],
  [at.bunker_mode, reasonBit.REDUCEONLY_BUNKER_MODE_ACTIVE],
  [at.position_limit, reasonBit.REDUCEONLY_POSITION_LIMIT],
  [at.in_doubt_orders, reasonBit.REDUCEONLY_IN_DOUBT_ORDERS],
  [at.backpressure, reasonBit.REDUCEONLY_BACKPRESSURE],
  [at.slo_breach, reasonBit.REDUCEONLY_SLO_BREACH],
  [at.degrade_fail_closed, reasonBit.REDUCEONLY_DEGRADE_FAIL_CLOSED],
  [at.canary_cooldown, reasonBit.REDUCEONLY_CANARY_COOLDOWN],
  [at.incident_cooldown, reasonBit.REDUCEONLY_INCIDENT_COOLDOWN],
  [at.operator_reduce_only, reasonBit.REDUCEONLY_OPERATOR],
];

function missingMaskOf(inputs: GuardInputs, limits: EvaluatorLimits, nowUs: number): number {
  let mask = 0;
  for (const input of limits.critical) {
    const value = inputs.values[input.index] as number;
    const ageUs = nowUs - (inputs.timesUs[input.index] as number);
    if (Number.isNaN(value) || ageUs > input.maxAgeUs) {
      mask |= reasonBit.REDUCEONLY_INPUT_MISSING_OR_STALE | input.impliesMask;
    }
  }
  return mask;
}

function reduceOnlyMaskOf(inputs: GuardInputs, limits: EvaluatorLimits, nowUs: number): number {
  const v = inputs.values;
  const t = inputs.timesUs;
  let mask = missingMaskOf(inputs, limits, nowUs);
  for (const [index, bit] of flagReasons) if ((v[index] as number) > 0) mask |= bit;
  const risk = v[at.risk_state];
  if (risk === riskMaintenance) mask |= reasonBit.REDUCEONLY_RISKSTATE_MAINTENANCE;
  // Unknown is degraded: only a known Healthy is healthy.
  else if (risk !== riskHealthy && risk !== riskKill) {
    mask |= reasonBit.REDUCEONLY_RISKSTATE_DEGRADED;
  }
  if (v[at.evidence_chain] !== evidenceGreen) mask |= reasonBit.REDUCEONLY_EVIDENCE_CHAIN_NOT_GREEN;
  if (v[at.safety_override] !== overrideNone && v[at.safety_override] !== overrideKill) {
    mask |= reasonBit.REDUCEONLY_CORTEX_FORCE_REDUCE_ONLY;
  }
  const certificateAgeUs = nowUs - (t[at.certificate] as number);
  if (
    limits.certificateRequired &&
    (v[at.certificate] !== certificatePass || certificateAgeUs > limits.certificateMaxAgeUs)
  ) {
    mask |= reasonBit.REDUCEONLY_F1_CERT_INVALID;
  }
  if (limits.feesWatched && nowUs - (t[at.fee_cache] as number) > limits.feeHardUs) {
    mask |= reasonBit.REDUCEONLY_FEE_MODEL_HARD_STALE | reasonBit.REDUCEONLY_RISKSTATE_DEGRADED;
  }
  if (nowUs - (t[at.policy] as number) > limits.policyMaxAgeUs) {
    mask |= reasonBit.REDUCEONLY_POLICY_STALE;
  }
  if ((v[at.mm_util] as number) >= limits.mmUtilReduceOnly) {
    mask |= reasonBit.REDUCEONLY_MARGIN_MM_UTIL_HIGH;
  }
  return mask;
}

/** Writes what stands at `nowUs` into `out`. */
export function evaluateInputs(
  inputs: GuardInputs,
  limits: EvaluatorLimits,
  nowUs: number,
  out: StandingReasons,
): void {
  out.killMask = killMaskOf(inputs, limits, nowUs);
  out.reduceOnlyMask = reduceOnlyMaskOf(inputs, limits, nowUs);
}
