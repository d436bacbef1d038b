/**
 * Disk watermarks: archives pause first, then Degraded until use is below the pause mark again,
 * then (in the guard) Kill. A disk that cannot be measured is a missing input.
 */
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Disk } from '../../../streams/ports/disk.ts';
import type { Guard } from '../guard-types.ts';

type Limits = Pick<GuardPolicy, 'disk_pause_archives_pct' | 'disk_degraded_pct'>;

export interface DiskVerdict {
  readonly pauseArchives: boolean;
  readonly degraded: boolean;
}

/** Levels trip at `>=`; Degraded ends only below the pause mark. */
export function diskVerdict(used: number, before: DiskVerdict, limits: Limits): DiskVerdict {
  const pauseArchives = used >= limits.disk_pause_archives_pct;
  const degraded = used >= limits.disk_degraded_pct || (before.degraded && pauseArchives);
  return { pauseArchives, degraded };
}

/** Used share of the file system, 0–1; undefined: unknown. */
export function usedShare(space: ReturnType<Disk['space']>): number | undefined {
  if (!(space.totalBytes > 0)) return undefined;
  return 1 - space.freeBytes / space.totalBytes;
}

/** One statfs, microseconds: often enough that a disk that fills at once is seen before the next block, ms. */
const lookMs = 500;

export interface DiskWatch {
  readonly clock: Pick<Clock, 'every'>;
  readonly disk: Pick<Disk, 'space'>;
  /** Any path on the file system of the journal. */
  readonly path: string;
  readonly guard: Pick<Guard, 'set' | 'raise' | 'clear'>;
  readonly limits: Limits;
  readonly onPauseArchives?: (pause: boolean) => void;
}

/** Measures now and on an interval. Returns the stop. */
export function watchDiskUse(watch: DiskWatch): () => void {
  let verdict: DiskVerdict = { pauseArchives: false, degraded: false };
  const look = (): void => {
    const used = measured(watch);
    watch.guard.set('disk_used_pct', used);
    if (used === undefined) return;
    const next = diskVerdict(used, verdict, watch.limits);
    if (next.degraded && !verdict.degraded) {
      watch.guard.raise('disk', { riskState: 'Degraded', owner: 'OPS_DISK_WATERMARK_HIGH' });
    }
    if (!next.degraded && verdict.degraded) watch.guard.clear('disk');
    if (next.pauseArchives !== verdict.pauseArchives) watch.onPauseArchives?.(next.pauseArchives);
    verdict = next;
  };
  look();
  return watch.clock.every(lookMs, look);
}

function measured(watch: DiskWatch): number | undefined {
  try {
    return usedShare(watch.disk.space(watch.path));
  } catch {
    return undefined; // Unmeasured is missing: the guard restricts.
  }
}
