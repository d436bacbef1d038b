/** Trials of what can happen to the daemon's own process, its machine and its store. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tailBySocket } from '../../fixtures/system/live-clients.ts';
import type { Check } from '../page.ts';
import { sleepMs } from '../restart-loop/clock.ts';
import type { CrashPoint, Plan } from '../restart-loop/plan.ts';
import { clearedByVenue, restarted } from './restarts.ts';
import { stepMs } from './stepped-clock.ts';
import type { FaultTrial } from './trial.ts';
import { crosser, quotes } from './trial-policy.ts';
import type { TrialOptions, TrialSystem } from './trial-system.ts';

const flow: TrialOptions = { strategies: [crosser, quotes('ETH-PERPETUAL')] };
const endured = { mode: 'Active', codes: [], withinMs: 0, ends: 'itself' } as const;
const nothing = async (): Promise<void> => undefined;

function killedAt(point: CrashPoint, side: 'before' | 'after'): FaultTrial {
  const plan: Plan = { kind: 'point', point, side, nth: 1 };
  const checks: Check[] = [];
  return {
    id: `kill-9-${side}-${point}`,
    title: `kill -9 at a ledger step: ${side} ${point}`,
    strikes: `SIGKILL ${side} the next ${point} of an order; then a restart`,
    options: { ...flow, plan },
    expected: restarted,
    strike: async (system) => {
      await system.daemon.arm();
      await system.daemon.closed;
      checks.push(await clearedByVenue(system));
      system.startDaemon();
    },
    judge: () => checks,
  };
}

const steps: ReadonlyArray<readonly [CrashPoint, 'before' | 'after']> = [
  ['write', 'before'],
  ['sync', 'before'],
  ['sync', 'after'],
  ['send', 'before'],
  ['send', 'after'],
  ['answer', 'before'],
  ['answer', 'after'],
];

const storeChild = (system: TrialSystem): number => {
  const { pid } = system.daemon;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const [store] = children.filter((child) => child !== '');
  if (store === undefined) throw new Error('the daemon has no store');
  return Number(store);
};

function storeTrial(
  id: string,
  title: string,
  strikes: string,
  signal: NodeJS.Signals,
): FaultTrial {
  let pid = 0;
  return {
    id,
    title,
    strikes,
    options: { ...flow, wiring: { store: { kind: 'embedded' } } },
    expected: endured,
    strike: async (system) => {
      await system.untilStatus(({ store }) => store.state === 'ready', 'the store', 60_000);
      pid = storeChild(system);
      process.kill(pid, signal);
    },
    lift: async () => {
      if (signal === 'SIGSTOP') process.kill(pid, 'SIGCONT');
    },
    judge: tradesOn,
  };
}

/** Orders still leave while the fault is on. */
async function tradesOn(system: TrialSystem): Promise<Check[]> {
  const before = (await system.status())?.orders.dispatched ?? 0;
  const after = await system.untilStatus(
    ({ orders }) => orders.dispatched > before,
    'another order',
    20_000,
  );
  const observed = `${after.orders.dispatched - before} more`;
  return [{ name: 'it trades on', expected: 'orders leave', observed, ok: true }];
}

function slowConsumer(): FaultTrial {
  let stop = (): void => undefined;
  return {
    id: 'slow-consumer',
    title: 'slow consumer',
    strikes: 'three clients attach to the market stream and stop reading',
    options: flow,
    expected: endured,
    strike: async (system) => {
      const tails = [1, 2, 3].map(() =>
        tailBySocket(`${system.endpoints().status_url}/api/v1/streams/market`),
      );
      await sleepMs(500);
      for (const tail of tails) tail.pause();
      stop = () => {
        for (const tail of tails) tail.stop();
      };
    },
    lift: async () => stop(),
    judge: tradesOn,
  };
}

const clockStep: FaultTrial = {
  id: 'clock-step',
  title: 'clock step',
  strikes: 'the wall clock of the daemon steps two minutes ahead, and back',
  options: { ...flow, preloads: ['stepped-clock'] },
  clockStepMs: stepMs,
  expected: {
    mode: 'ReduceOnly',
    codes: ['REDUCEONLY_RISKSTATE_DEGRADED', 'DATA_TIME_DRIFT_EXCEEDED'],
    withinMs: 20_000,
    ends: 'itself',
  },
  strike: async (system) => void process.kill(system.daemon.pid, 'SIGUSR2'),
  lift: async (system) => void process.kill(system.daemon.pid, 'SIGUSR2'),
};

const stall: FaultTrial = {
  id: 'event-loop-stall',
  title: 'event-loop stall',
  strikes: 'the process is stopped for 3 s and goes on',
  options: { ...flow, guard: { loop_stall_ms: 2_000 } },
  expected: {
    mode: 'ReduceOnly',
    codes: ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE'],
    withinMs: 4_000,
    ends: 'itself',
  },
  strike: async (system) => {
    system.daemon.signal('SIGSTOP');
    await sleepMs(3_000);
    system.daemon.signal('SIGCONT');
  },
  lift: nothing,
};

const runnerCrash: FaultTrial = {
  id: 'runner-crash-loop',
  title: 'runner crash loop',
  strikes: 'a strategy throws at every event, beside two that work',
  options: {
    strategies: [
      crosser,
      quotes('ETH-PERPETUAL'),
      { id: 'thrower', kind: 'thrower', parameters: { instrument: 'BTC-PERPETUAL' } },
    ],
  },
  expected: endured,
  strike: nothing,
  judge: async (system) => {
    const status = await system.status();
    const runners = status?.runners ?? [];
    const observed = runners.map(({ runner_id, state }) => `${runner_id} ${state}`).join(', ');
    const others = runners.filter(({ runner_id }) => runner_id !== 'thrower');
    const thrower = runners.find(({ runner_id }) => runner_id === 'thrower');
    const ok = thrower?.state !== 'running' && others.every(({ state }) => state === 'running');
    const expected = 'the thrower stopped, the others running';
    return [{ name: 'runners', expected, observed, ok }, ...(await tradesOn(system))];
  },
};

function badConfig(): FaultTrial {
  let good = '';
  return {
    id: 'bad-config',
    title: 'bad config',
    strikes: 'the launch policy is overwritten with a limit that is no number',
    options: { ...flow, guard: { policy_recompute_s: 1, max_policy_age_s: 4 } },
    expected: {
      mode: 'ReduceOnly',
      codes: ['REDUCEONLY_POLICY_STALE', 'GOV_POLICY_STALE'],
      withinMs: 8_000,
      ends: 'itself',
    },
    strike: async (system) => {
      const path = join(system.directory, 'policy.yaml');
      good = readFileSync(path, 'utf8');
      writeFileSync(path, good.replace(/max_position_usd: .*/, 'max_position_usd: much'));
    },
    lift: async (system) => writeFileSync(join(system.directory, 'policy.yaml'), good),
  };
}

const restartLoop: FaultTrial = {
  id: 'restart-loop',
  title: 'restart loop',
  strikes: 'SIGKILL and restart, five times (a thousand: evidence of phase 1)',
  options: flow,
  expected: restarted,
  strike: async (system) => {
    for (let kill = 0; kill < 5; kill += 1) {
      system.daemon.kill();
      await system.daemon.closed;
      system.startDaemon();
      if (kill < 4) await system.untilActive();
    }
  },
};

const venueSilent: FaultTrial = {
  id: 'venue-stopped',
  title: 'venue stands still',
  strikes: 'the process of the venue is stopped: sockets stay, nothing answers',
  options: flow,
  expected: {
    mode: 'ReduceOnly',
    codes: ['WS_DATA_STALE_RECONCILE_REQUIRED'],
    withinMs: 8_000,
    ends: 'itself',
  },
  strike: async (system) => {
    system.venue.signal('SIGSTOP');
  },
  lift: async (system) => system.venue.signal('SIGCONT'),
};

export const processTrials: readonly FaultTrial[] = [
  ...steps.map(([point, side]) => killedAt(point, side)),
  restartLoop,
  clockStep,
  slowConsumer(),
  storeTrial('store-down', 'ClickHouse down', 'the store process is killed', 'SIGKILL'),
  storeTrial('store-slow', 'ClickHouse slow', 'the store process stands still', 'SIGSTOP'),
  stall,
  runnerCrash,
  badConfig(),
  venueSilent,
];
