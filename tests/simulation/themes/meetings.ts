/** Every fault in every moment: each waits for what it is to meet, which is made to happen. */
import type { Random } from '../../../streams/ports/index.ts';
import { type Draw, families, pick } from '../draws.ts';
import { moments, type PlanEntry, type Trading } from '../plan.ts';
import { generous } from '../setups.ts';
import { busy, type Directed, times, venue } from './theme.ts';

const silentWatchdog: Draw = (_random, atS) => ({ kind: 'watchdog', atS, forS: 3 });
const draws: readonly Draw[] = [...families.flat(), silentWatchdog];

function meeting(random: Random, atS: number): PlanEntry[] {
  const meets = pick(random, moments);
  const fault = { ...pick(random, draws)(random, atS), meets };
  const unanswered = (method: string) => venue(atS, 'reply_lost', { count: 2, method }, 10);
  if (meets === 'in_doubt') return [unanswered('private/buy'), unanswered('private/sell'), fault];
  if (meets !== 'down') return [fault];
  const port = 'disk' as const;
  return [{ kind: 'crash', atS, how: 'process', port, side: 'before', call: 1, downS: 3 }, fault];
}

export function meetings(random: Random, trading: Trading): Directed {
  const everyS = 7;
  return {
    faultS: 40,
    trading: { ...trading, ...busy, reductions: 0.2, cancels: 0.05, rests: 0.5 },
    setup: { ...generous(), watchdog: true },
    entries: [
      // Orders that rest are filled in part.
      venue(0, 'partial_fill', { pieces: 1, share: 0.3 }, 40),
      ...times(5, (index) => meeting(random, 6 + index * everyS)).flat(),
    ],
  };
}
