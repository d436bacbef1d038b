/**
 * How long it takes until it is safe, measured on real processes: an operator's kill until the venue
 * shows no open order, a breach until the mode fact, the first failure of a group until it is
 * contained. Every sample is a real event; times are those of the facts, on the clock of one machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../fixtures/system/commands-run.ts';
import type { StoredFact } from '../../fixtures/system/journal-facts.ts';
import { sleepMs } from '../restart-loop/clock.ts';
import { crosser, pairs, quotes } from './trial-policy.ts';
import { type TrialOptions, type TrialSystem, withTrial } from './trial-system.ts';
import { atMsOf } from './watching.ts';

export interface Latency {
  readonly name: string;
  readonly targetMs: number;
  readonly samplesMs: readonly number[];
  /** What a sample is. */
  readonly from: string;
  readonly to: string;
}

/** Open orders at the venue before each kill, at least. */
const ordersMin = 3;
const factWithinMs = 20_000;
/** A pair is opened more often than this. */
const breakWithinMs = 4_000;
const triesMax = 10;
const restorePauseMs = 500;
/** A control port takes only so many commands a minute that loosen. */
const killsPerLife = 20;

async function inDirectory<T>(
  options: TrialOptions,
  work: (system: TrialSystem) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-latency-'));
  try {
    let result: T | undefined;
    await withTrial(directory, options, async (system) => {
      result = await work(system);
    });
    return result as T;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The first fact of the control stream from `offset` on that matches. */
function awaitFact(
  system: TrialSystem,
  offset: number,
  matches: (fact: StoredFact) => boolean,
  what: string,
): Promise<StoredFact> {
  return until(() => system.facts('control', offset).find(matches), what, factWithinMs);
}

function endOf(system: TrialSystem): number {
  return (system.facts('control').at(-1)?.offset ?? -1) + 1;
}

const isMode =
  (mode: string) =>
  ({ event_type, payload }: StoredFact): boolean =>
    event_type === 'mode.changed' && payload.new_mode === mode;

interface KillSample {
  readonly modeMs: number;
  readonly clearedMs: number;
}

/** Lifts the Kill; waits out what still stands. */
async function restored(system: TrialSystem): Promise<void> {
  const endMs = performance.now() + factWithinMs;
  for (;;) {
    const { status, text } = await system.restore('Kill');
    if (status === 200) return;
    if (performance.now() > endMs) throw new Error(`restore was answered ${status}: ${text}`);
    await sleepMs(restorePauseMs);
  }
}

async function killOnce(system: TrialSystem): Promise<KillSample> {
  await system.untilActive();
  await system.untilHeld(({ openLabels }) => openLabels.length >= ordersMin, 'orders at rest');
  const offset = endOf(system);
  const atMs = Date.now();
  const { status, text } = await system.command('emergency/kill', { cause: 'a measurement' });
  if (status !== 200) throw new Error(`kill was answered ${status}: ${text}`);
  const mode = await awaitFact(system, offset, isMode('Kill'), 'the mode fact');
  const cleared = await awaitFact(
    system,
    offset,
    ({ event_type }) => event_type === 'orders.cleared',
    'the orders to be cleared',
  );
  if (cleared.payload.outcome !== 'confirmed' || cleared.payload.venue_open !== 0)
    throw new Error(`not confirmed: ${JSON.stringify(cleared.payload)}`);
  const { openLabels } = await system.held();
  if (openLabels.length > 0) throw new Error(`confirmed, and open: ${openLabels.join()}`);
  await restored(system);
  return { modeMs: atMsOf(mode) - atMs, clearedMs: atMsOf(cleared) - atMs };
}

/** The link is closed by the venue: what the daemon hears first is the close itself. */
async function breachOnce(system: TrialSystem): Promise<number> {
  await system.untilActive();
  const offset = endOf(system);
  const atMs = Date.now();
  await system.trip('session_kill');
  return atMsOf(await awaitFact(system, offset, isMode('ReduceOnly'), 'the mode fact')) - atMs;
}

/** Undefined when the refusals hit something else than the opening of a pair. */
async function tryToBreak(system: TrialSystem): Promise<number | undefined> {
  await system.untilActive();
  const offset = (system.facts('audit').at(-1)?.offset ?? -1) + 1;
  // From flat, only an opening sells; its rescues are refused as well.
  await system.untilHeld(({ exposureUsd }) => exposureUsd === 0, 'the pair to be closed');
  await system.trip('reject', { code: 10041, method: 'private/sell', count: 3 });
  const isNaked = ({ event_type }: StoredFact): boolean => event_type === 'group.naked';
  const endMs = performance.now() + breakWithinMs;
  let naked: StoredFact | undefined;
  while (naked === undefined && performance.now() < endMs) {
    await sleepMs(50);
    naked = system.facts('audit', offset).find(isNaked);
  }
  await system.venue.endFaults();
  if (naked === undefined) return undefined;
  const { ms_to_neutral } = naked.payload as { ms_to_neutral: number | null };
  if (ms_to_neutral === null) throw new Error('a group was left with exposure');
  return ms_to_neutral;
}

async function breakGroupOnce(system: TrialSystem): Promise<number> {
  for (let tries = 0; tries < triesMax; tries += 1) {
    const neutralMs = await tryToBreak(system);
    if (neutralMs !== undefined) return neutralMs;
  }
  throw new Error(`no group broke in ${triesMax} tries`);
}

async function repeated<T>(times: number, title: string, once: () => Promise<T>): Promise<T[]> {
  const samples: T[] = [];
  for (let at = 0; at < times; at += 1) {
    samples.push(await once());
    if ((at + 1) % 20 === 0) console.error(`latencies  ${title}  ${at + 1}/${times}`);
    await sleepMs(50);
  }
  return samples;
}

export interface LatencyPlan {
  readonly kills: number;
  readonly breaches: number;
  readonly groups: number;
}

/** Group after group is broken here: the breaker against that would end the measurement. */
const withoutChurn = { churn_flattens_max: 1_000 };
const quick = { reason_clear_stable_s: 0.05 };

/** Runs every measurement, one after the other. */
export async function measureLatencies({
  kills,
  breaches,
  groups,
}: LatencyPlan): Promise<Latency[]> {
  const resting = {
    guard: quick,
    strategies: [quotes('ETH-PERPETUAL', 60), crosser],
  };
  const killed: KillSample[] = [];
  while (killed.length < kills) {
    const times = Math.min(killsPerLife, kills - killed.length);
    const once = (system: TrialSystem) => repeated(times, 'kill', () => killOnce(system));
    killed.push(...(await inDirectory(resting, once)));
  }
  const broken = await inDirectory(resting, (system) =>
    repeated(breaches, 'breach', () => breachOnce(system)),
  );
  const contained = await inDirectory(
    { guard: quick, execution: withoutChurn, strategies: [pairs(300, 700)] },
    (system) => repeated(groups, 'group', () => breakGroupOnce(system)),
  );
  return [
    {
      name: 'kill command → zero open orders',
      targetMs: 250,
      samplesMs: killed.map(({ clearedMs }) => clearedMs),
      from: 'before the request of `emergency/kill` leaves its client',
      to: '`orders.cleared`: the venue, asked over HTTP, shows no open order',
    },
    {
      name: 'kill command → mode fact',
      targetMs: 50,
      samplesMs: killed.map(({ modeMs }) => modeMs),
      from: 'before the request leaves its client',
      to: '`mode.changed` to Kill',
    },
    {
      name: 'breach (the venue ends the session) → mode fact',
      targetMs: 50,
      samplesMs: broken,
      from: 'before the venue is told to end the session',
      to: '`mode.changed` to ReduceOnly',
    },
    {
      name: 'first failure of a group → contained',
      targetMs: 1_000,
      samplesMs: contained,
      from: 'the first failed leg is known',
      to: '`group.naked`: neutral again, after two refused rescues and a close',
    },
  ];
}
