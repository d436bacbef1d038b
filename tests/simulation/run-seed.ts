/** One seed from plan to result, with everything that may go wrong turned into a violation. */
import { isVirtualExit } from '../../daemon/ports/virtual/index.ts';
import { playHistory } from './history.ts';
import type { HistoryOptions, HistoryResult } from './history-result.ts';
import type { Plan } from './plan.ts';
import { planOf } from './plan-of.ts';

const strays: string[] = [];
let isListening = false;

/** A promise nobody waits for is lost work of the daemon, unless its node died in that very call. */
function listen(): void {
  if (isListening) return;
  isListening = true;
  process.on('unhandledRejection', (reason) => {
    if (isVirtualExit(reason)) return;
    strays.push(reason instanceof Error ? (reason.stack ?? reason.message) : String(reason));
  });
}

/** Plays a plan; never rejects. */
export async function runPlan(plan: Plan, options: HistoryOptions = {}): Promise<HistoryResult> {
  listen();
  strays.length = 0;
  let result: HistoryResult;
  try {
    result = await playHistory(plan, options);
  } catch (thrown) {
    const message = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    const violation = { invariant: 'no-throw', message, atUs: 0 };
    result = { ...nothing(plan.seed), violations: [violation] };
  }
  const [stray] = strays;
  if (stray === undefined) return result;
  const violation = { invariant: 'no-throw', message: `nobody waited for: ${stray}`, atUs: 0 };
  return { ...result, violations: [...result.violations, violation] };
}

export function runSeed(seed: string, options: HistoryOptions = {}): Promise<HistoryResult> {
  return runPlan(planOf(seed), options);
}

function nothing(seed: string): HistoryResult {
  return {
    seed,
    violations: [],
    reached: new Map(),
    daemonHash: '',
    traceHash: '',
    simulatedS: 0,
    marketEvents: 0,
    orders: 0,
    lives: 0,
    timeline: [],
  };
}
