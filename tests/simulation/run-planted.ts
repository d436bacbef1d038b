/** `npm run simulate -- --planted`: every planted bug must be caught within the budget of seeds. */
import { campaign, type SeedReport } from './campaign.ts';
import { seedAt, showsIn } from './plan-of.ts';
import { plantedBugs } from './planted/bugs.ts';
import { type PlantedBug, shownBy } from './planted/planted-bug.ts';
import { caughtBefore, keep } from './planted/table.ts';

export interface PlantedRequest {
  readonly workers: number;
  readonly only: string | undefined;
  /** Only those that were caught before. */
  readonly recorded: boolean;
  readonly write: boolean;
  /** Seeds a bug may hide from. */
  readonly budget: number;
  /** Histories played at most: a short look, in which a bug that was not caught is not called missed. */
  readonly plays: number;
}

/** Bugs are hunted with seeds of their own: what the clean campaign saw is not what finds them. */
const base = 7n;

interface Caught {
  readonly bug: PlantedBug;
  /** Place of the seed in the campaign, from 1; undefined: it got away. */
  readonly seeds: number | undefined;
  /** Histories played. */
  readonly played: number;
  readonly invariant: string;
  readonly seed: string;
}

/** Numbers of seeds in the order they are played: the one that caught it before, its theme, the rest. */
function orderOf({ name }: PlantedBug, seedsMax: number, before: string | undefined): number[] {
  const numbers = Array.from({ length: seedsMax }, (_, n) => n);
  const theme = shownBy[name];
  const rank = (n: number): number => {
    const seed = seedAt(base, n);
    if (seed === before) return 0;
    return showsIn(theme, seed) ? 1 : 2;
  };
  return numbers
    .map((n) => [rank(n), n] as const)
    .sort(byRank)
    .map(([, n]) => n);
}

function byRank(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}

/** What breaks in the house as it is was not caught by the bug. */
async function mustBeClean(seed: string, name: string): Promise<void> {
  const seeds = [seed];
  await campaign({
    workers: 1,
    next: () => seeds.pop(),
    onReport: ({ violations: [violation] }) => {
      if (violation !== undefined)
        throw new Error(`${seed} breaks ${violation.invariant} without ${name}`);
    },
  });
}

/** Plays seeds against one broken variant until an invariant breaks. */
async function hunt(
  bug: PlantedBug,
  { workers, budget, plays }: Pick<PlantedRequest, 'workers' | 'budget' | 'plays'>,
  before: string | undefined,
): Promise<Caught> {
  const order = orderOf(bug, budget, before);
  const places = new Map(order.map((n) => [seedAt(base, n), n + 1]));
  const seeds = [...places.keys()].slice(0, plays);
  let played = 0;
  let caught: SeedReport | undefined;
  const play = async (left: string[]): Promise<void> => {
    await campaign({
      workers: Math.min(workers, left.length),
      bug: bug.name,
      batch: 2,
      isOver: () => caught !== undefined,
      next: () => (caught === undefined ? left.shift() : undefined),
      onReport: (report) => {
        played += 1;
        // A variant that cannot even run has proved nothing: its text may not be where it was.
        if (report.violations.some(({ invariant }) => invariant === 'no-hang'))
          throw new Error(`${bug.name} does not run: see what its process printed`);
        if (report.violations.length > 0) caught ??= report;
      },
    });
  };
  // What caught it before is played alone: mostly nothing else has to be.
  if (seeds[0] === before) await play(seeds.splice(0, 1));
  if (caught === undefined) await play(seeds);
  if (caught !== undefined) await mustBeClean(caught.seed, bug.name);
  const [violation] = caught?.violations ?? [];
  return {
    bug,
    played,
    seeds: caught === undefined ? undefined : places.get(caught.seed),
    invariant: violation?.invariant ?? '',
    seed: caught?.seed ?? '',
  };
}

/** Ends with 1 when one got away. */
export async function runPlanted(request: PlantedRequest): Promise<number> {
  const { only, recorded, write, budget, plays } = request;
  const known = caughtBefore();
  const wanted = plantedBugs.filter(
    ({ name }) => (only === undefined || name === only) && (!recorded || known.has(name)),
  );
  const results: Caught[] = [];
  const hunted = async (bug: PlantedBug): Promise<void> => {
    const caught = await hunt(bug, request, known.get(bug.name));
    results.push(caught);
    if (write && (caught.seeds !== undefined || plays >= budget))
      keep({
        bug: bug.name,
        command: `npm run simulate -- --bug ${bug.name} --write`,
        budget,
        seeds: caught.seeds ?? null,
        invariant: caught.invariant,
        seed: caught.seed,
      });
    const how =
      caught.seeds === undefined
        ? `MISSED in ${caught.played} of ${budget} seeds`
        : `${caught.invariant} by seed ${caught.seeds} (${caught.seed}), ${caught.played} played`;
    console.log(`${bug.name.padEnd(34)} ${how}`);
  };
  const waiting = [...wanted];
  const lane = async (): Promise<void> => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) await hunted(bug);
  };
  // One seed each: as many at a time as there are workers.
  await Promise.all(Array.from({ length: recorded ? request.workers : 1 }, lane));
  const missed = results.filter(({ seeds }) => seeds === undefined);
  console.log(`${results.length - missed.length} of ${results.length} planted bugs caught`);
  return missed.length > 0 || wanted.length === 0 ? 1 : 0;
}
