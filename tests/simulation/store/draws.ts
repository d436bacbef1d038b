/** Which histories have the evidence store beside the daemon, and what happens to it there. */
import { seededRandom } from '../../../daemon/ports/virtual/index.ts';
import type { Random } from '../../../streams/ports/index.ts';
import { type Draw, duration, pick } from '../draws.ts';
import type { Plan, StoreEntry } from '../plan.ts';

/** Share of histories: with its store, and the one who judges it, one costs half as much again. */
const share = 1 / 10;
const entriesMax = 5;
/** The longest is beyond what a client waits for. */
const slowMs = [40, 700, 6_000, 70_000] as const;

function fault(
  what: StoreEntry['what'],
  amount: (random: Random) => number,
  forMaxS: number,
): Draw {
  return (random, atS) => ({
    kind: 'store',
    atS,
    what,
    amount: amount(random),
    forS: duration(random, forMaxS),
  });
}

const some = (random: Random): number => 1 + random.integer(8);

const crash: Draw = (random, atS) => ({
  kind: 'store_crash',
  atS,
  port: pick(random, ['disk', 'wire', 'clock']),
  side: pick(random, ['before', 'after']),
  call: 1 + random.integer(pick(random, [5, 60, 300])),
});

export const storeDraws: readonly Draw[] = [
  fault('down', () => 1, 40),
  fault('slow', (random) => pick(random, slowMs), 20),
  fault('full', () => 1, 30),
  fault('answer_lost', some, 20),
  fault('partial_insert', some, 20),
  fault('wrong_schema', (random) => 1 + random.integer(2), 30),
  fault('wrong_type', (random) => pick(random, [1, 3, 17]), 8),
  crash,
  crash,
];

/** The plan, with the store where its seed has one. By dice of its own: nothing else of the plan moves. */
export function withStore(plan: Plan): Plan {
  const random = seededRandom(`plan/${plan.seed}/store`);
  if (random.next() >= share) return plan;
  const { quiet = [], faultS } = plan;
  const loudS = quiet.reduce((leftS, { forS }) => leftS - forS, faultS);
  const wanted = random.integer(entriesMax + 1);
  const own = Array.from({ length: wanted }, () => {
    let atS = Math.round(random.next() * loudS * 10) / 10;
    // Nothing that is planned begins in a quiet stretch.
    for (const stretch of quiet) if (atS >= stretch.atS) atS += stretch.forS;
    return pick(random, storeDraws)(random, atS);
  });
  const entries = [...plan.entries, ...own].sort((a, b) => a.atS - b.atS);
  return { ...plan, store: true, entries };
}
