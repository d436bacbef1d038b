/** The long run of simulated histories, on record: base 0 from its first seed on, in pieces, so that an end before the last loses one piece. */
import { availableParallelism } from 'node:os';
import { runCampaign } from '../simulation/run-campaign.ts';

const pieceSeeds = 1_000;

/** True when no invariant was broken and no history differed from itself. */
export async function proveSeeds(seeds: number, write: boolean): Promise<boolean> {
  const workers = Math.min(4, availableParallelism());
  const request = { base: 0n, minutes: Number.POSITIVE_INFINITY, workers, write };
  if (!write) return (await runCampaign({ ...request, seeds, grow: false })) === 0;
  let status = 0;
  for (let played = 0; played < seeds; played += pieceSeeds) {
    const piece = Math.min(pieceSeeds, seeds - played);
    // What it returns counts what the pieces before it found as well.
    status = await runCampaign({ ...request, seeds: piece, grow: played > 0 });
  }
  return status === 0;
}
