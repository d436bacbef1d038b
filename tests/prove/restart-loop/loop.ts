/** The restart loop: so many kills over several lanes at once, and what they proved together. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sinceMs } from './clock.ts';
import { Lane } from './lane.ts';
import type { CycleReport, LaneReport } from './report.ts';

export interface LoopOptions {
  readonly kills: number;
  readonly lanes: number;
  readonly seed: string;
  readonly onCycle?: (report: CycleReport, done: number) => void;
  /** True: no more kills, prove what was done so far. */
  readonly isEnough?: () => boolean;
}

export interface LoopReport {
  readonly seed: string;
  readonly kills: number;
  readonly hasStrace: boolean;
  readonly durationMs: number;
  readonly lanes: readonly LaneReport[];
}

/** Whether system calls can be traced here: `strace` is there and may attach. */
export function straceWorks(): boolean {
  try {
    execFileSync('strace', ['-f', '-o', '/dev/null', '-e', 'trace=fdatasync', 'true'], {
      stdio: 'ignore',
      timeout: 5_000,
    });
    return process.getuid?.() === 0; // Attaching to a sibling needs the privilege.
  } catch {
    return false;
  }
}

/** Rejects with the first thing that was wrong; files of the run are kept then, and named. */
export async function restartLoop(options: LoopOptions): Promise<LoopReport> {
  const { kills, seed } = options;
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-restarts-'));
  const startedMs = sinceMs();
  const hasStrace = straceWorks();
  let next = 0;
  let done = 0;
  let failed = false;
  const lanes = Array.from({ length: options.lanes }, (_, lane) => {
    const own = join(directory, `lane-${lane}`);
    mkdirSync(own);
    return new Lane({
      lane,
      seed,
      directory: own,
      hasStrace,
      nextCycle: () => {
        if (failed || next >= kills || options.isEnough?.() === true) return undefined;
        next += 1;
        return next;
      },
      onCycle: (report) => {
        done += 1;
        options.onCycle?.(report, done);
      },
    });
  });
  const outcomes = await Promise.allSettled(
    lanes.map((lane) =>
      lane.run().catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [String(outcome.reason)] : [],
  );
  if (errors.length > 0)
    throw new Error(`${errors.join('\n')}\nseed ${seed}, files in ${directory}`);
  rmSync(directory, { recursive: true, force: true });
  const reports = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  );
  return { seed, kills, hasStrace, durationMs: sinceMs() - startedMs, lanes: reports };
}
