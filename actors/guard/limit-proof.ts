/**
 * The trip test of the start: every limit of the guard is shown the worst that can be observed, and
 * has to trip on it. A limit that no observation can reach protects nothing, and is named. Dry: it
 * runs the evaluator and the detectors themselves, on inputs of its own.
 */
import { initialTransition } from 'xstate';
import { evidenceChainMachine, evidenceCounters } from '../../machines/evidence-chain.ts';
import { pureTransition } from '../../machines/pure-transition.ts';
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import { beyondMoney, type LimitProof, longUs } from '../../streams/facts/policy/limit-proof.ts';
import {
  type GuardInputName,
  guardInputNames,
  type ModeReason,
} from '../../streams/facts/reason-codes/index.ts';
import { evaluateInputs, evaluatorLimits } from './evaluate.ts';
import { GuardInputs } from './inputs.ts';
import { BasisDetector } from './monitors/basis.ts';
import { BunkerDetector } from './monitors/bunker.ts';
import { isInstrumentCacheOld } from './monitors/caches.ts';
import { CortexDetector, type CortexReading } from './monitors/cortex.ts';
import { diskVerdict } from './monitors/disk-use.ts';
import { evidenceLimits } from './monitors/evidence.ts';
import { exchangeVerdict } from './monitors/exchange-health.ts';
import { FailureWindow } from './monitors/failure-window.ts';
import { exhausted } from './monitors/margin-use.ts';
import { isZombie } from './monitors/market-liveness.ts';
import { SelfImpactDetector } from './monitors/self-impact.ts';
import { VolSurface } from './monitors/vol-surface/surface.ts';
import { isWatchdogSilent } from './monitors/watchdog.ts';
import { reasonBit } from './reason-masks.ts';

const never = Number.NEGATIVE_INFINITY;

/** One input at its worst, everything else missing: does the reason stand? */
function stands(
  policy: GuardPolicy,
  input: GuardInputName,
  value: unknown,
  atUs: number,
  reason: ModeReason,
): boolean {
  const inputs = new GuardInputs();
  inputs.set(input, value, atUs);
  const limits = evaluatorLimits({ policy, critical: guardInputNames, certificateRequired: true });
  const out = { killMask: 0, reduceOnlyMask: 0 };
  evaluateInputs(inputs, limits, 0, out);
  const mask = reason.startsWith('KILL') ? out.killMask : out.reduceOnlyMask;
  return (mask & reasonBit[reason]) !== 0;
}

function levels(policy: GuardPolicy): LimitProof[] {
  const rows: ReadonlyArray<readonly [string, GuardInputName, unknown, number, ModeReason]> = [
    ['mm_util_kill', 'mm_util', exhausted, 0, 'KILL_MARGIN_MM_UTIL_HIGH'],
    ['mm_util_reduceonly', 'mm_util', exhausted, 0, 'REDUCEONLY_MARGIN_MM_UTIL_HIGH'],
    ['disk_kill_pct', 'disk_used_pct', 1, 0, 'KILL_DISK_WATERMARK_KILL'],
    ['watchdog_kill_s', 'watchdog_heartbeat', true, -longUs, 'KILL_WATCHDOG_HEARTBEAT_STALE'],
    ['max_policy_age_s', 'policy', true, -longUs, 'REDUCEONLY_POLICY_STALE'],
    ['fee_cache_hard_s', 'fee_cache', true, -longUs, 'REDUCEONLY_FEE_MODEL_HARD_STALE'],
    ['f1_cert_freshness_window_s', 'certificate', 'PASS', -longUs, 'REDUCEONLY_F1_CERT_INVALID'],
  ];
  const proofs = rows.map(([limit, input, value, atUs, reason]) => ({
    limit,
    trips: stands(policy, input, value, atUs, reason),
  }));
  if (policy.max_daily_loss_usd === null) return proofs; // Not set: it is listed as missing.
  const reason = 'KILL_DAILY_LOSS_LIMIT';
  const trips = stands(policy, 'day_loss_usd', beyondMoney, 0, reason);
  return [...proofs, { limit: 'max_daily_loss_usd', trips }];
}

function marketLimits(policy: GuardPolicy): LimitProof[] {
  const calm: CortexReading = {
    spreadBpsFloat: 0,
    depthUsdFloat: beyondMoney,
    volatilityFloat: null,
  };
  const cortex = (change: Partial<CortexReading>, atUs: number) => {
    const detector = new CortexDetector(policy);
    detector.observe({ ...calm, ...change }, 0);
    return detector.observe({ ...calm, ...change }, atUs).level;
  };
  const jump = new CortexDetector(policy);
  jump.observe({ ...calm, volatilityFloat: 1 }, 0);
  const basis = (atUs: number) => {
    const detector = new BasisDetector(policy);
    const far = { markFloat: beyondMoney, lastFloat: 1, indexFloat: 1, ageMs: 0 };
    detector.observe(far, 0);
    return detector.observe(far, atUs).level;
  };
  const old = { markFloat: 1, lastFloat: 1, indexFloat: 1, ageMs: longUs };
  const wide = { spreadBpsFloat: Number.POSITIVE_INFINITY };
  const thin = { depthUsdFloat: 0 };
  return [
    { limit: 'spread_max_bps', trips: cortex(wide, 0) !== 'None' },
    { limit: 'spread_kill_bps', trips: cortex(wide, longUs) === 'ForceKill' },
    { limit: 'depth_min', trips: cortex(thin, 0) !== 'None' },
    { limit: 'depth_kill_min', trips: cortex(thin, longUs) === 'ForceKill' },
    {
      limit: 'dvol_jump_pct',
      trips: jump.observe({ ...calm, volatilityFloat: 100 }, 1).level === 'ForceReduceOnly',
    },
    { limit: 'basis_reduceonly_bps', trips: basis(longUs) !== 'None' },
    { limit: 'basis_kill_bps', trips: basis(longUs) === 'ForceKill' },
    {
      limit: 'basis_price_max_age_ms',
      trips: new BasisDetector(policy).observe(old, 0).level === 'ForceReduceOnly',
    },
  ];
}

function networkLimits(policy: GuardPolicy): LimitProof[] {
  const good = { httpP95Ms: 0, streamLagMs: 0, timeoutRatio: 0 };
  const bunker = (change: Partial<typeof good>): boolean => {
    const detector = new BunkerDetector(policy);
    detector.observe(good, 0);
    for (let second = 1; second < 3; second += 1) detector.observe({ ...good, ...change }, second);
    return detector.observe({ ...good, ...change }, 3) === true;
  };
  const well = {
    locked: 'false',
    maintenanceInMs: undefined,
    polledAgeMs: 0,
    clockDriftMs: 0,
    clockDriftErrorMs: 0,
  } as const;
  const exchange = (change: object) => exchangeVerdict({ ...well, ...change }, longUs, policy);
  const fetches = new FailureWindow(
    () => policy.limits_fetch_failures_trip_count,
    () => policy.limits_fetch_failure_window_s,
  );
  for (let one = 0; one < policy.limits_fetch_failures_trip_count; one += 1) fetches.failed(0);
  const silent = { lastEventUs: -longUs, hasExposure: true, lastActivityUs: never };
  return [
    { limit: 'bunker_http_p95_ms', trips: bunker({ httpP95Ms: longUs }) },
    { limit: 'bunker_jitter_threshold_ms', trips: bunker({ streamLagMs: longUs }) },
    { limit: 'bunker_timeout_rate', trips: bunker({ timeoutRatio: 1 }) },
    { limit: 'exchange_health_stale_s', trips: exchange({ polledAgeMs: longUs }).stale },
    { limit: 'time_drift_threshold_ms', trips: exchange({ clockDriftMs: longUs }).drifted },
    { limit: 'limits_fetch_failures_trip_count', trips: fetches.isTripped(0) },
    { limit: 'ws_zombie_silence_ms', trips: isZombie(silent, policy, 0) },
    { limit: 'instrument_cache_ttl_s', trips: isInstrumentCacheOld(longUs, policy) },
  ];
}

/** A full queue from the first moment on: does the chain see it when its window is over? */
function queueTrips(policy: GuardPolicy): boolean {
  const [start] = initialTransition(evidenceChainMachine, { limits: evidenceLimits(policy) });
  const counters = Object.fromEntries(evidenceCounters.map((name) => [name, 0]));
  const seen = [0, longUs].reduce((chain, nowUs) => {
    const observation = { nowUs, countersReadUs: nowUs, counters, queueRatio: 1 };
    return pureTransition(evidenceChainMachine, chain, { type: 'evidence.observed', observation });
  }, start);
  return seen.context.causes.includes('queue_saturated');
}

function otherLimits(policy: GuardPolicy): LimitProof[] {
  const disk = diskVerdict(1, { pauseArchives: false, degraded: false }, policy);
  const alone = new SelfImpactDetector(policy);
  alone.ownTrade('own', 'buy', beyondMoney, 0);
  alone.publicTrade('other', beyondMoney * 1_000, 0);
  const share = new SelfImpactDetector({
    ...policy,
    self_trade_notional_trip_usd: Number.POSITIVE_INFINITY,
  });
  share.ownTrade('own', 'buy', beyondMoney, 0);
  const proofs = [
    { limit: 'evidence_queue_trip_pct', trips: queueTrips(policy) },
    { limit: 'watchdog_reduce_only_s', trips: isWatchdogSilent(longUs, policy) },
    { limit: 'self_trade_fraction_trip', trips: share.judge(1) === 'impact' },
    { limit: 'disk_pause_archives_pct', trips: disk.pauseArchives },
    { limit: 'disk_degraded_pct', trips: disk.degraded },
    { limit: 'self_trade_notional_trip_usd', trips: alone.judge(1) === 'impact' },
  ];
  if (!policy.svi_guard_enabled) return proofs;
  const smile = {
    expiryUs: 1,
    years: 1,
    thin: false,
    quotes: [-1, 1].map((k) => ({ k, volatility: 0.3 })),
  };
  const flat = { a: 0.1, b: 0, rho: 0, m: 0, sigma: 1 };
  const refusal = new VolSurface(policy).judge(smile, flat, beyondMoney, 0);
  const surface = new VolSurface(policy);
  const ks = [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3];
  const calm = { ...smile, quotes: ks.map((k) => ({ k, volatility: 0.3 })) };
  surface.offer(calm, 0);
  // From 30 to 400 % of volatility at once.
  const jumped = surface.judge(calm, { ...flat, a: 16 }, 0, 1);
  return [
    ...proofs,
    { limit: 'svi_rmse_max', trips: refusal === 'rmse' },
    { limit: 'svi_drift_max', trips: jumped === 'drift' },
  ];
}

/** Every limit of the policy, each with its verdict. */
export function proveLimits(policy: GuardPolicy): LimitProof[] {
  return [
    ...levels(policy),
    ...marketLimits(policy),
    ...networkLimits(policy),
    ...otherLimits(policy),
  ];
}
