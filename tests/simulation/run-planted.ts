/** `npm run simulate -- --planted`: every planted bug must be caught within the budget of seeds. */
import { campaign, type SeedReport } from './campaign.ts';
import { seedAt } from './plan-of.ts';
import { plantedBugs } from './planted/bugs.ts';
import type { PlantedBug } from './planted/planted-bug.ts';
import { caughtBefore, keep } from './planted/table.ts';

export interface PlantedRequest {
  readonly workers: number;
  readonly only: string | undefined;
  /** Only those that were caught before. */
  readonly recorded: boolean;
  readonly write: boolean;
}

/** Seeds a bug may hide from. */
const budget = 400;
/** Bugs are hunted with seeds of their own: what the clean campaign saw is not what finds them. */
const base = 7n;

interface Caught {
  readonly bug: PlantedBug;
  /** Seeds played up to the catch; undefined: it got away. */
  readonly seeds: number | undefined;
  readonly invariant: string;
  readonly seed: string;
}

/** Plays seeds against one broken variant until an invariant breaks. */
async function hunt(bug: PlantedBug, workers: number, seedsMax: number): Promise<Caught> {
  let given = 0;
  let played = 0;
  let caught: SeedReport | undefined;
  let caughtAfter = 0;
  await campaign({
    workers,
    bug: bug.name,
    batch: 2,
    isOver: () => caught !== undefined,
    next: () => {
      if (caught !== undefined || given >= seedsMax) return undefined;
      given += 1;
      return seedAt(base, given - 1);
    },
    onReport: (report) => {
      played += 1;
      // A variant that cannot even run has proved nothing: its text may not be where it was.
      if (report.violations.some(({ invariant }) => invariant === 'no-hang'))
        throw new Error(`${bug.name} does not run: see what its process printed`);
      if (report.violations.length === 0 || caught !== undefined) return;
      caught = report;
      caughtAfter = played;
    },
  });
  const [violation] = caught?.violations ?? [];
  return {
    bug,
    seeds: caught === undefined ? undefined : caughtAfter,
    invariant: violation?.invariant ?? '',
    seed: caught?.seed ?? '',
  };
}

/** Ends with 1 when one got away. */
export async function runPlanted(request: PlantedRequest): Promise<number> {
  const { workers, only, recorded, write } = request;
  const known = caughtBefore();
  const wanted = plantedBugs.filter(
    ({ name }) => (only === undefined || name === only) && (!recorded || known.has(name)),
  );
  const results: Caught[] = [];
  for (const bug of wanted) {
    const caught = await hunt(bug, workers, budget);
    results.push(caught);
    if (write)
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
        ? `MISSED in ${budget} seeds`
        : `${caught.invariant} after ${caught.seeds} seeds (${caught.seed})`;
    console.log(`${bug.name.padEnd(34)} ${how}`);
  }
  const missed = results.filter(({ seeds }) => seeds === undefined);
  console.log(`${results.length - missed.length} of ${results.length} planted bugs caught`);
  return missed.length > 0 || wanted.length === 0 ? 1 : 0;
}
