/** Known-bad variants of the house. Each is exact text of compiled code and what stands there instead. */
import { journalBugs } from './journal-bugs.ts';
import { orderBugs } from './order-bugs.ts';
import type { PlantedBug } from './planted-bug.ts';
import { proofBugs } from './proof-bugs.ts';
import { storeBugs } from './store-bugs.ts';

export const plantedBugs: readonly PlantedBug[] = [
  ...orderBugs,
  ...proofBugs,
  ...journalBugs,
  ...storeBugs,
];

/** Throws for an unknown name. */
export function plantedBug(name: string): PlantedBug {
  const bug = plantedBugs.find((each) => each.name === name);
  if (bug === undefined) throw new Error(`no planted bug is called ${name}`);
  return bug;
}
