/**
 * One fault against the real processes: what was expected, what was seen. A trial waits until the
 * daemon is Active and the account is exposed, strikes, watches journal, status and venue, lifts
 * the fault, and waits for the end. What differs from the expected is a failed check.
 */
import type { StatusV1 } from '../../../daemon/http/status-schema.ts';
import type { Check } from '../page.ts';
import { sleepMs } from '../restart-loop/clock.ts';
import type { Held, TrialOptions, TrialSystem } from './trial-system.ts';
import {
  ended,
  opensWhileRestricted,
  type Seen,
  statusTextOf,
  transitionsOf,
  watch,
} from './watching.ts';

/** What the fault must lead to. */
export interface Expectation {
  /** The tightest mode; `Active`: the fault must not restrict. */
  readonly mode: StatusV1['trading_mode'];
  /** Mode, latch and owner codes that must be told. */
  readonly codes: readonly string[];
  /** From the strike to the mode fact. */
  readonly withinMs: number;
  /** `itself`: Active again without anybody; `operator`: stays until restored. */
  readonly ends: 'itself' | 'operator';
}

export interface FaultTrial {
  readonly id: string;
  /** As in the list of faults. */
  readonly title: string;
  /** What is done, for a reader. */
  readonly strikes: string;
  readonly options: TrialOptions;
  readonly expected: Expectation;
  /** Its strategies rest no orders. */
  readonly noneAtRest?: true;
  /** The data directory stands on a small file system of its own. */
  readonly onSmallDisk?: true;
  /** The strike sets the daemon's wall clock, and with it the times of its facts, that far ahead. */
  readonly clockStepMs?: number;
  /** Before anything is waited for. */
  readonly prepare?: (system: TrialSystem) => Promise<void>;
  /** `stands`: the fault is there from now on; not called: from the beginning of the strike. */
  readonly strike: (system: TrialSystem, stands: () => void) => Promise<void>;
  /** Default: every fault of the venue ends. */
  readonly lift?: (system: TrialSystem) => Promise<void>;
  /** Further checks, at the end. */
  readonly judge?: (
    system: TrialSystem,
    seen: Seen,
  ) => Promise<readonly Check[]> | readonly Check[];
}

export interface Transition {
  /** Since the strike, ms. */
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly reasons: readonly string[];
}

export interface TrialReport {
  readonly id: string;
  readonly title: string;
  readonly strikes: string;
  readonly expected: Expectation;
  readonly transitions: readonly Transition[];
  readonly codes: readonly string[];
  readonly containedMs: number | null;
  /** From the strike until Active again. */
  readonly endedMs: number | null;
  readonly exposureUsd: {
    readonly before: number;
    readonly worstRestricted: number;
    readonly after: number;
  };
  readonly opensWhileRestricted: number;
  /** The upper part of `holdfast status` while restricted. */
  readonly statusText: string;
  readonly checks: readonly Check[];
}

const pollMs = 50;
const wordsMax = 400;
/** After the end, for ledger and venue to say the same. */
const agreeWithinMs = 30_000;

function check(
  name: string,
  expected: string,
  observed: string,
  ok = expected === observed,
): Check {
  return { name, expected, observed, ok };
}

/** The ledger's positions, as the status tells them, beside the venue's own. */
async function agreement(system: TrialSystem): Promise<Check> {
  const endMs = performance.now() + agreeWithinMs;
  for (;;) {
    // A venue that stood still answers again when it has caught up.
    const [status, held] = await Promise.all([
      system.status(),
      system.held().catch(() => undefined),
    ]);
    if (held === undefined && performance.now() <= endMs) continue;
    const booked = (status?.positions ?? []).filter(({ amount }) => Number(amount) !== 0);
    const ours = booked.map(({ instrument, amount }) => `${instrument} ${Number(amount)}`);
    const theirs = Object.entries(held?.positions ?? { 'the venue': Number.NaN }).map(
      ([name, amount]) => `${name} ${amount}`,
    );
    const [observed, expected] = [ours.sort().join(', '), theirs.sort().join(', ')];
    if (observed === expected || performance.now() > endMs) {
      return check('positions: ledger as venue', expected || 'flat', observed || 'flat');
    }
    await sleepMs(pollMs);
  }
}

async function repeatedLabels(system: TrialSystem): Promise<Check> {
  const status = await system.status();
  const counts = [status?.orders.duplicate_dispatch_count, status?.orders.illegal_order_attempts];
  return check('duplicates and illegal attempts', '0 and 0', counts.join(' and '));
}

/** Everything before the strike: Active, exposed, with orders at rest. */
async function ready(system: TrialSystem, { noneAtRest }: FaultTrial): Promise<Held> {
  await system.untilActive();
  return system.untilHeld(
    ({ exposureUsd, openLabels }) =>
      exposureUsd > 0 && (openLabels.length > 0 || noneAtRest === true),
    'exposure and orders at rest',
  );
}

/** Of a daemon that is gone: how it ended and what it said, so that the record names the cause. */
function lastWords({ daemon }: TrialSystem): string {
  if (daemon.isAlive) return ': it runs';
  return `: ${daemon.ending} ${daemon.said.slice(-wordsMax).replaceAll('\n', ' ')}`;
}

function modeCheck({ mode }: Expectation, transitions: readonly Transition[]): Check {
  const modes = ['Active', ...transitions.map(({ to }) => to)];
  const tightest = ['Kill', 'ReduceOnly'].find((tier) => modes.includes(tier)) ?? 'Active';
  return check('tightest mode', mode, tightest);
}

/** Runs a trial on a started system. */
export async function tryFault(system: TrialSystem, trial: FaultTrial): Promise<TrialReport> {
  const { expected, strike } = trial;
  await trial.prepare?.(system);
  const before = await ready(system, trial);
  const seen: Seen = {
    controlFrom: (system.facts('control').at(-1)?.offset ?? -1) + 1,
    ledgerFrom: (system.facts('ledger').at(-1)?.offset ?? -1) + 1,
    struckAtMs: Date.now(),
    clockStepMs: trial.clockStepMs ?? 0,
    codes: new Set(),
    before,
    worstUsd: 0,
    status: undefined,
    restrictedMs: undefined,
    isTold: false,
  };
  await strike(system, () => {
    seen.struckAtMs = Date.now();
  });
  await watch(system, seen, expected);
  await (trial.lift ?? ((struck: TrialSystem) => struck.venue.endFaults()))(system);
  const isOver = await ended(system, seen, expected);
  const transitions = transitionsOf(system, seen);
  const restricted = transitions.find(({ to }) => to === expected.mode && to !== 'Active');
  const containedMs = restricted?.atMs ?? null;
  const opens = opensWhileRestricted(system, seen, transitions);
  const missing = expected.codes.filter((code) => !seen.codes.has(code));
  const checks = [
    modeCheck(expected, transitions),
    check(
      'codes',
      expected.codes.join(', ') || 'none',
      missing.length === 0 ? expected.codes.join(', ') || 'none' : `missing ${missing.join(', ')}`,
    ),
    ...(expected.mode === 'Active'
      ? []
      : [
          check(
            'time to containment',
            `≤ ${expected.withinMs} ms`,
            containedMs === null ? 'never' : `${containedMs} ms`,
            containedMs !== null && containedMs <= expected.withinMs,
          ),
        ]),
    check('OPEN recorded while restricted', '0', String(opens)),
    check(
      'ends by',
      expected.ends,
      isOver ? expected.ends : `never within 90 s${lastWords(system)}`,
    ),
    await agreement(system),
    await repeatedLabels(system),
    ...((await trial.judge?.(system, seen)) ?? []),
  ];
  return {
    id: trial.id,
    title: trial.title,
    strikes: trial.strikes,
    expected,
    transitions,
    codes: [...seen.codes],
    containedMs,
    endedMs: isOver ? (transitions.findLast(({ to }) => to === 'Active')?.atMs ?? null) : null,
    exposureUsd: {
      before: seen.before.exposureUsd,
      worstRestricted: seen.worstUsd,
      after: (await system.held()).exposureUsd,
    },
    opensWhileRestricted: opens,
    statusText: seen.status === undefined ? '' : statusTextOf(seen.status),
    checks,
  };
}
