/** Watches a system on trial: what status, journal and venue say while a fault is on, and after. */
import { renderStatus } from '../../../daemon/cli/status.ts';
import type { StatusV1 } from '../../../daemon/http/status-schema.ts';
import type { StoredFact } from '../../fixtures/system/journal-facts.ts';
import { sleepMs } from '../restart-loop/clock.ts';
import type { Expectation, Transition } from './trial.ts';
import type { Held, TrialSystem } from './trial-system.ts';

/** What a trial has seen so far. */
export interface Seen {
  struckAtMs: number;
  readonly clockStepMs: number;
  readonly controlFrom: number;
  readonly ledgerFrom: number;
  readonly codes: Set<string>;
  before: Held;
  worstUsd: number;
  status: StatusV1 | undefined;
  /** When a restricting status was first read. */
  restrictedMs: number | undefined;
  /** Every expected code was told. */
  isTold: boolean;
}

/** Within this of the first restricting status, its text must tell why, ms. */
const textWithinMs = 5_000;
const pollMs = 50;
/** How long the fault goes on once it is contained. */
const holdMs = 1_500;
/** How long an unrestricted daemon is watched. */
const watchMs = 5_000;
/** Beyond the bound, so that a late containment is shown with its time. */
const graceMs = 15_000;
const endWithinMs = 90_000;

export function atMsOf({ emitted_at_utc, ts_utc }: StoredFact): number {
  return Date.parse(emitted_at_utc ?? ts_utc);
}

function codesOf({ mode_reasons, open_permission_reason_codes, owner_view }: StatusV1): string[] {
  const owners = owner_view.codes.map(({ code }) => code);
  return [...mode_reasons, ...open_permission_reason_codes, ...owners, owner_view.primary_code];
}

/** Mode and reasons: what answers "may it trade, why not, since when, what clears it". */
export function statusTextOf(status: StatusV1): string {
  const lines = renderStatus(status).split('\n');
  const empty = lines.indexOf('');
  return lines.slice(0, empty < 0 ? lines.length : empty).join('\n');
}

/** The text of the tightest mode, as it stood when all was told, at most five seconds after the first. */
function keepText(seen: Seen, status: StatusV1): void {
  const nowMs = performance.now();
  seen.restrictedMs ??= nowMs;
  const isTighter = status.trading_mode === 'Kill' && seen.status?.trading_mode !== 'Kill';
  const isEarly = nowMs - seen.restrictedMs <= textWithinMs && !seen.isTold;
  if (seen.status === undefined || isTighter || isEarly) seen.status = status;
}

/** Takes one look at status and venue. */
async function look(system: TrialSystem, seen: Seen): Promise<StatusV1 | undefined> {
  const status = await system.status();
  if (status === undefined || status.trading_mode === 'Active') return status;
  for (const code of codesOf(status)) seen.codes.add(code);
  keepText(seen, status);
  // A venue that stands still tells nothing, and moves nothing either.
  const held = await system.held().catch(() => seen.before);
  seen.worstUsd = Math.max(seen.worstUsd, held.exposureUsd);
  return status;
}

function modesFrom(system: TrialSystem, { controlFrom }: Seen): StoredFact[] {
  return system
    .facts('control', controlFrom)
    .filter(({ event_type }) => event_type === 'mode.changed');
}

function isContained(system: TrialSystem, seen: Seen, expected: Expectation): boolean {
  const facts = system.facts('control', seen.controlFrom);
  for (const { event_type, payload } of facts) {
    const named = { 'mode.changed': payload.mode_reasons, 'latch.changed': payload.reasons }[
      event_type
    ];
    for (const code of (named as string[] | undefined) ?? []) seen.codes.add(code);
  }
  const modes = modesFrom(system, seen).map(({ payload }) => payload.new_mode);
  return modes.includes(expected.mode) && expected.codes.every((code) => seen.codes.has(code));
}

/** Watches until contained, or for as long as an endured fault is watched. */
export async function watch(system: TrialSystem, seen: Seen, expected: Expectation): Promise<void> {
  const limitMs = expected.mode === 'Active' ? watchMs : expected.withinMs + graceMs;
  const endMs = performance.now() + limitMs;
  let contained = false;
  while (performance.now() < endMs && !contained) {
    await look(system, seen);
    contained = expected.mode !== 'Active' && isContained(system, seen, expected);
    seen.isTold = contained;
    await sleepMs(pollMs);
  }
  const holdEndMs = performance.now() + (contained ? holdMs : 0);
  while (performance.now() < holdEndMs) {
    await look(system, seen);
    await sleepMs(pollMs);
  }
}

/** Waits for Active; false when it does not come. */
export async function ended(
  system: TrialSystem,
  seen: Seen,
  expected: Expectation,
): Promise<boolean> {
  const endMs = performance.now() + endWithinMs;
  let restored = false;
  while (performance.now() < endMs) {
    const status = await look(system, seen);
    if (status?.trading_mode === 'Active') return true;
    const isKilled = status?.trading_mode === 'Kill' && expected.ends === 'operator';
    if (isKilled && !restored) restored = (await system.restore('Kill')).status === 200;
    await sleepMs(pollMs * 2);
  }
  return false;
}

/** When a fact was emitted, ms since the strike, on the clock of this machine. */
function sinceStrikeMs(fact: StoredFact, { struckAtMs, clockStepMs }: Seen): number {
  const atMs = atMsOf(fact) - struckAtMs;
  return clockStepMs > 0 && atMs > clockStepMs / 2 ? atMs - clockStepMs : atMs;
}

export function transitionsOf(system: TrialSystem, seen: Seen): Transition[] {
  return modesFrom(system, seen).map((fact) => ({
    atMs: sinceStrikeMs(fact, seen),
    from: String(fact.payload.old_mode),
    to: String(fact.payload.new_mode),
    reasons: fact.payload.mode_reasons as string[],
  }));
}

/** OPEN intents recorded between a restricting mode fact and the next Active one. */
export function opensWhileRestricted(
  system: TrialSystem,
  seen: Seen,
  transitions: readonly Transition[],
): number {
  const opens = system
    .facts('ledger', seen.ledgerFrom)
    .filter(({ event_type, payload }) => event_type === 'order.intent' && payload.class === 'OPEN')
    .map((fact) => sinceStrikeMs(fact, seen));
  return opens.filter((atMs) => {
    const last = transitions.findLast((transition) => transition.atMs < atMs);
    return last !== undefined && last.to !== 'Active';
  }).length;
}
