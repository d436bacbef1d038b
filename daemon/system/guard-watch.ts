/**
 * Connects the guard to what it watches: every input that can be known in this profile is fed here.
 * Monitors read the policy in force through, so a reload reaches them at their next look.
 */
import { join } from 'node:path';
import {
  type EvidenceMonitor,
  maintenanceInMs,
  watchDiskUse,
  watchEvidence,
  watchExchangeHealth,
  watchExecutionState,
  watchMarginUse,
  watchMarketLiveness,
  watchWatchdog,
} from '../../actors/guard/index.ts';
import type { Gate } from '../../actors/ingress/index.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import type { Journal } from '../../streams/journal/index.ts';
import type { CancelTimer } from '../../streams/ports/index.ts';
import type { System } from '../system.ts';
import type { AccountFigures } from './account-figures.ts';
import { DayLoss, totalPnlUsdFloat } from './day-loss.ts';
import { type OutsideWatchOptions, watchOutside } from './outside-watch.ts';
import { positionLimitReached } from './position-limit.ts';

export interface GuardWatchOptions extends OutsideWatchOptions {
  readonly executionPolicy: () => ExecutionPolicy;
  readonly gate: Gate;
  /** Without its beat the guard restricts, then kills. */
  readonly watchdogRequired: boolean;
  readonly journal: Journal;
  readonly dataDirectory: string;
  /** Told of every reading of the account. */
  readonly accountFigures: AccountFigures;
  readonly counts: {
    readonly lastActivityUs: number;
    /** Writes that failed since start. */
    readonly writeErrors: { readonly ledger: number; readonly evidence: number };
  };
}

/** Account figures are pushed on change; a quiet account is asked for this often, ms. */
const accountPollMs = 5_000;
/** After a failed read: the input is critical, and a start waits for it. */
const accountRetryMs = 500;
/** While the venue refuses for the rate, polls are this much rarer: the figures age within their limit. */
const refusedSlowdown = 4;

function queueRatio(journal: Journal): number {
  const ratios = (['ledger', 'audit', 'control'] as const).map((name) => {
    const { queueDepth, queueCapacity } = journal.stream(name);
    return queueDepth / queueCapacity;
  });
  return Math.max(...ratios);
}

/** Polls account figures over HTTP; a failed read leaves the input to age and is tried again soon. */
function watchAccounts({
  ports,
  guard,
  venue,
  breakers,
  execution,
  accountFigures,
}: GuardWatchOptions): CancelTimer {
  const feed = watchMarginUse(guard);
  let next: CancelTimer = () => undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const readUs = ports.clock.monotonicUs();
    const isRefused = venue.health().rateRefusals60s > 0;
    let waitMs = isRefused ? accountPollMs * refusedSlowdown : accountPollMs;
    if (!execution.admitsRead()) {
      next = ports.clock.after(accountRetryMs, () => void look());
      return;
    }
    try {
      const accounts = await breakers.call('venue_rest', () => venue.http.accounts());
      accountFigures.note(accounts, readUs);
      feed(accounts, readUs);
    } catch (error) {
      if (!isRefused) waitMs = accountRetryMs;
      ports.telemetry.log.debug('account.read_failed', { cause: String(error) });
    }
    if (!stopped) next = ports.clock.after(waitMs, () => void look());
  };
  void look();
  return () => {
    stopped = true;
    next();
  };
}

export interface GuardWatch {
  readonly evidence: EvidenceMonitor;
  /** The watchdog beat. */
  watchdogHeard(): void;
  stop(): void;
}

/** Starts every monitor of this profile. */
function watchGuard(options: GuardWatchOptions): GuardWatch {
  const { ports, guard, execution, market, gate, journal, counts } = options;
  const { clock, disk } = ports;
  const { loops } = options;
  const limits = options.guardPolicy;
  const dayLoss = new DayLoss({
    ports,
    path: join(options.dataDirectory, 'day.json'),
    pnl: () => totalPnlUsdFloat(execution.positions, market.view),
  });
  const hasExposure = (): boolean =>
    execution.inDoubtCount > 0 || [...execution.positions.all].some((row) => row.signedLots !== 0);
  const evidence = watchEvidence({
    clock: loops.clock('monitor evidence'),
    guard,
    policy: limits,
    read: () => ({
      readUs: clock.monotonicUs(),
      counters: {
        ledger_write_errors: counts.writeErrors.ledger,
        capsule_write_errors: counts.writeErrors.ledger,
        snapshot_write_errors: counts.writeErrors.ledger,
        attribution_write_errors: counts.writeErrors.evidence,
        evidence_queue_overflows: journal.stream('audit').enqueueFailures,
      },
      queueRatio: queueRatio(journal),
    }),
  });
  const watchdog = options.watchdogRequired
    ? watchWatchdog({ clock: loops.clock('monitor watchdog'), guard, limits })
    : undefined;
  const stops = [
    () => watchdog?.stop(),
    () => evidence.stop(),
    watchDiskUse({
      clock: loops.clock('monitor disk use'),
      disk,
      path: options.dataDirectory,
      guard,
      limits,
    }),
    watchMarketLiveness({
      clock: loops.clock('monitor market liveness'),
      guard,
      limits,
      read: () => ({
        lastEventUs: market.view.lastEventMonotonicUs,
        hasExposure: hasExposure(),
        lastActivityUs: counts.lastActivityUs,
      }),
    }),
    watchExecutionState({
      clock: loops.clock('monitor execution state'),
      guard,
      read: () => ({
        inDoubtOrders: execution.inDoubtCount,
        positionLimitReached: positionLimitReached(
          execution.positions,
          market.view,
          options.executionPolicy(),
        ),
        outputQueueFull: gate.health === 'RED',
        dayLossUsdFloat: dayLoss.lossUsdFloat(),
      }),
    }),
    watchExchangeHealth({
      clock: loops.clock('monitor exchange health'),
      guard,
      limits,
      read: () => {
        const health = options.venue.health();
        return {
          locked: health.platform?.locked,
          maintenanceInMs: maintenanceInMs(health.announcements, clock.nowUs()),
          polledAgeMs: Math.max(health.polledAgeMs, health.announcementsAgeMs),
          clockDriftMs: health.clockDriftMs,
          clockDriftErrorMs: health.clockDriftErrorMs,
        };
      },
    }),
    watchAccounts(options),
    watchOutside(options),
  ];
  return {
    evidence,
    watchdogHeard: () => watchdog?.heard(),
    stop: () => {
      for (const stop of stops) stop();
    },
  };
}

/** The monitors of a whole system. */
export function watchSystem(system: System): GuardWatch {
  const { ports, dataDirectory, config } = system.options;
  const { guard, execution, market, gate, venue, journal, counts, feeAge, breakers, loops } =
    system;
  const { surfaceFits } = system;
  return watchGuard({
    ports,
    dataDirectory,
    accountFigures: system.accountFigures,
    guard,
    execution,
    market,
    gate,
    venue,
    journal,
    counts,
    feeAge,
    surfaceFits,
    breakers,
    loops,
    guardPolicy: system.guardPolicy,
    executionPolicy: () => system.policy.execution,
    underlyings: () => system.underlyings,
    watchdogRequired: config.profile.wiring.watchdog.required,
  });
}
