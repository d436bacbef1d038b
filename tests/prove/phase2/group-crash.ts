/**
 * An atomic group whose daemon is killed at every step of its life: the shipped daemon in a process
 * of its own, SIGKILL inside the operation. It starts again without strategies, so nothing but the
 * group executor can mend what is left; then the venue must hold the whole pair or nothing, and the
 * ledger the same, and no group may be left unfinished.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groupStates, isGroupOver, type OrderGroupState } from '../../../machines/order-group.ts';
import { until } from '../../fixtures/system/commands-run.ts';
import { sleepMs } from '../restart-loop/clock.ts';
import type { CrashPoint } from '../restart-loop/plan.ts';
import { pairs } from './trial-policy.ts';
import { type Held, type TrialSystem, withTrial } from './trial-system.ts';

export interface GroupStep {
  readonly name: string;
  readonly point: CrashPoint;
  readonly side: 'before' | 'after';
  readonly nth: number;
  /** Leg B and both its rescues are refused: the group breaks. */
  readonly refused: boolean;
}

/** Orders of a broken group, in turn: leg A, leg B, two rescues of B, the close of A. */
export const groupSteps: readonly GroupStep[] = [
  { name: 'recorded, nothing sent', point: 'send', side: 'before', nth: 1, refused: false },
  { name: 'first leg sent', point: 'send', side: 'after', nth: 1, refused: false },
  { name: 'both legs sent', point: 'send', side: 'after', nth: 2, refused: false },
  { name: 'first answer', point: 'answer', side: 'after', nth: 1, refused: false },
  { name: 'second answer', point: 'answer', side: 'after', nth: 2, refused: false },
  { name: 'third answer', point: 'answer', side: 'after', nth: 3, refused: false },
  {
    name: 'leg B refused, before the rescue',
    point: 'send',
    side: 'before',
    nth: 3,
    refused: true,
  },
  { name: 'first rescue sent', point: 'send', side: 'after', nth: 3, refused: true },
  { name: 'second rescue sent', point: 'send', side: 'after', nth: 4, refused: true },
  { name: 'before the close', point: 'send', side: 'before', nth: 5, refused: true },
  { name: 'close sent', point: 'send', side: 'after', nth: 5, refused: true },
];

export interface GroupCrash {
  readonly step: string;
  /** How the process ended. */
  readonly ending: string;
  /** Where the ledger had the group when the process died, and where it ended. */
  readonly diedIn: string;
  readonly endedIn: string;
  /** At the venue, after the death and at the end. */
  readonly left: Held['positions'];
  readonly held: Held['positions'];
  /** From the new start until whole or flat at the venue. */
  readonly containedMs: number;
  readonly duplicates: number;
  readonly ok: boolean;
}

const strikeWithinMs = 15_000;
const settleWithinMs = 60_000;

/** The pair stands in its ratio: as much sold of one as bought of the other, or nothing of either. */
function isWhole({ positions }: Held): boolean {
  const [bought, sold] = [positions['BTC-PERPETUAL'] ?? 0, positions['ETH-PERPETUAL'] ?? 0];
  return bought + sold === 0 && bought >= 0;
}

/** The last state of each group in the ledger. */
function statesOf(system: TrialSystem): Map<string, OrderGroupState> {
  const states = new Map<string, OrderGroupState>();
  for (const { event_type, payload } of system.facts('ledger')) {
    if (event_type !== 'group.transition') continue;
    const to = groupStates.find((state) => state === payload.to);
    if (to !== undefined) states.set(String(payload.group_id), to);
  }
  return states;
}

const lastOf = (states: ReadonlyMap<string, OrderGroupState>): string =>
  [...states.values()].at(-1) ?? 'none';

async function crash(system: TrialSystem, { refused }: GroupStep): Promise<void> {
  await system.untilActive();
  await system.untilHeld(({ exposureUsd }) => exposureUsd > 0, 'a pair');
  await system.untilHeld(({ exposureUsd }) => exposureUsd === 0, 'the pair to be closed');
  // From flat the next orders are those of an opening.
  if (refused) await system.trip('reject', { code: 10041, method: 'private/sell', count: 3 });
  await system.daemon.arm();
  await Promise.race([sleepMs(strikeWithinMs), system.daemon.closed]);
  if (system.daemon.isAlive) throw new Error('the daemon lived through it');
}

async function tryStep(system: TrialSystem, step: GroupStep): Promise<GroupCrash> {
  await crash(system, step);
  const { ending } = system.daemon;
  const left = (await system.held()).positions;
  const diedIn = lastOf(statesOf(system));
  await system.venue.endFaults();
  const startedMs = performance.now();
  system.silence();
  system.startDaemon();
  const held = await until(
    async () => {
      const now = await system.held();
      const isOver = [...statesOf(system).values()].every(isGroupOver);
      const status = await system.status();
      return isOver && isWhole(now) && status?.trading_mode === 'Active' ? now : undefined;
    },
    'the group to be contained',
    settleWithinMs,
    () => `${JSON.stringify(left)} ${[...statesOf(system).values()].slice(-2).join()}`,
  );
  const containedMs = Math.round(performance.now() - startedMs);
  const status = await system.status();
  const booked = (status?.positions ?? []).filter(({ amount }) => Number(amount) !== 0);
  const ledger = Object.fromEntries(booked.map((row) => [row.instrument, Number(row.amount)]));
  const isEqual = Object.keys({ ...ledger, ...held.positions }).every(
    (name) => (ledger[name] ?? 0) === (held.positions[name] ?? 0),
  );
  const duplicates = status?.orders.duplicate_dispatch_count ?? Number.NaN;
  return {
    step: step.name,
    ending,
    diedIn,
    endedIn: lastOf(statesOf(system)),
    left,
    held: held.positions,
    containedMs,
    duplicates,
    ok: ending === 'SIGKILL' && isEqual && duplicates === 0,
  };
}

/** Rejects when the step could not be reached, or left something behind. */
export async function crashGroup(step: GroupStep, seed = '1'): Promise<GroupCrash> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-group-'));
  const { point, side, nth } = step;
  const options = {
    seed,
    strategies: [pairs(500, 1_500)],
    guard: { reason_clear_stable_s: 0.05 },
    plan: { kind: 'point', point, side, nth } as const,
  };
  try {
    let result: GroupCrash | undefined;
    await withTrial(directory, options, async (system) => {
      result = await tryStep(system, step);
    });
    if (result === undefined) throw new Error(`${step.name} came to nothing`);
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
