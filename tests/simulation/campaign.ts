/**
 * Many seeds over several processes: what was broken, what was reached, how fast. A process that
 * goes silent is ended by its id and its seed counts as broken.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Violation } from './observe/verdict.ts';

export interface WorkerOrder {
  readonly seeds: readonly string[];
}

export interface SeedReport {
  readonly seed: string;
  readonly violations: readonly Violation[];
  readonly reached: readonly (readonly [string, number])[];
  readonly traceHash: string;
  readonly simulatedS: number;
  readonly marketEvents: number;
  readonly orders: number;
  readonly lives: number;
  readonly cpuS: number;
}

export interface CampaignOptions {
  /** Asked for the next seeds; undefined: there are no more. */
  readonly next: () => string | undefined;
  readonly workers: number;
  /** Name of a planted bug. */
  readonly bug?: string;
  readonly onReport: (report: SeedReport) => void;
  /** True when enough is known: what is still being played is thrown away. */
  readonly isOver?: () => boolean;
  /** Seeds a worker is given at once: enough to keep it busy, few enough to stop soon. */
  readonly batch?: number;
}

const workerPath = fileURLToPath(new URL('./worker.js', import.meta.url));
/** What lives for one event stays in a young generation this large; baseline code from the first call on: 15 % less CPU. */
const execArgv = ['--enable-source-maps', '--max-semi-space-size=64', '--always-sparkplug'];
const defaultBatch = 5;
/** Real milliseconds without a word after which a worker hangs. */
const silenceMs = 180_000;

function spawnWorker(bug: string | undefined): ChildProcess {
  return fork(workerPath, bug === undefined ? [] : [bug], {
    execArgv,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function hung(seed: string, message: string): SeedReport {
  return {
    seed,
    violations: [{ invariant: 'no-hang', message, atUs: 0 }],
    reached: [],
    traceHash: '',
    simulatedS: 0,
    marketEvents: 0,
    orders: 0,
    lives: 0,
    cpuS: 0,
  };
}

function takeBatch({ next, batch = defaultBatch }: CampaignOptions): string[] {
  const seeds: string[] = [];
  while (seeds.length < batch) {
    const seed = next();
    if (seed === undefined) break;
    seeds.push(seed);
  }
  return seeds;
}

/** One worker until there are no more seeds. A worker that dies or hangs is replaced. */
async function lane(options: CampaignOptions, children: Set<ChildProcess>): Promise<void> {
  for (;;) {
    const seeds = takeBatch(options);
    if (seeds.length === 0) return;
    if ((await work(options, seeds, children)) === 'over') return;
  }
}

/** Gives a worker batch after batch; resolves when there is no more work or the worker is gone. */
function work(
  options: CampaignOptions,
  first: readonly string[],
  children: Set<ChildProcess>,
): Promise<'over' | 'gone'> {
  const child = spawnWorker(options.bug);
  children.add(child);
  let waiting = [...first];
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => child.kill('SIGKILL'), silenceMs);
    };
    let isOver = false;
    arm();
    child.on('message', (message: SeedReport | 'done') => {
      arm();
      if (message !== 'done') {
        waiting = waiting.filter((seed) => seed !== message.seed);
        options.onReport(message);
        if (options.isOver?.() === true) for (const each of children) each.kill('SIGKILL');
        return;
      }
      waiting = takeBatch(options);
      if (waiting.length > 0) child.send({ seeds: waiting });
      else {
        isOver = true;
        child.disconnect();
      }
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      children.delete(child);
      const stopped = isOver || options.isOver?.() === true;
      const [seed] = waiting;
      if (!stopped && seed !== undefined)
        options.onReport(hung(seed, `the process ended with ${code ?? signal} or went silent`));
      resolve(stopped ? 'over' : 'gone');
    });
    child.send({ seeds: first });
  });
}

/** Resolves when every seed was played. */
export async function campaign(options: CampaignOptions): Promise<void> {
  const children = new Set<ChildProcess>();
  await Promise.all(Array.from({ length: options.workers }, () => lane(options, children)));
}

/** The same seed in a process of its own: its trace hash. */
export async function freshHash(seed: string): Promise<string> {
  let hash = '';
  let given = false;
  await campaign({
    workers: 1,
    next: () => {
      if (given) return undefined;
      given = true;
      return seed;
    },
    onReport: (report) => {
      hash = report.traceHash;
    },
  });
  return hash;
}
