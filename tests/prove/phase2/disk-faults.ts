/** Trials of the disk under the journal: full, failing, slow. */
import { spawn } from 'node:child_process';
import type { Check } from '../page.ts';
import { clearedByVenue, restarted } from './restarts.ts';
import type { SmallDisk } from './small-disk.ts';
import type { FaultTrial } from './trial.ts';
import { crosser, quotes } from './trial-policy.ts';
import type { TrialOptions, TrialSystem } from './trial-system.ts';

const flow: TrialOptions = { strategies: [crosser, quotes('ETH-PERPETUAL')] };

/** Attaches `strace` to the daemon; resolves once it counts. Returns how to detach it. */
async function straced(system: TrialSystem, inject: string): Promise<() => void> {
  const call = inject.split(':')[0] ?? '';
  const pid = String(system.daemon.pid);
  const strace = spawn(
    'strace',
    ['-f', '-p', pid, '-e', `trace=${call}`, '-e', `inject=${inject}`],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  await new Promise<void>((resolve, reject) => {
    strace.stderr.once('data', () => resolve());
    strace.once('error', reject);
    strace.once('close', () => resolve());
  });
  return () => void strace.kill('SIGINT');
}

function failedSync(): FaultTrial {
  const checks: Check[] = [];
  return {
    id: 'failed-sync',
    title: 'failed sync',
    strikes: '`fdatasync` answers EIO once; then a restart',
    options: flow,
    expected: restarted,
    strike: async (system) => {
      const startMs = performance.now();
      const detach = await straced(system, 'fdatasync:error=EIO:when=1');
      await system.daemon.closed;
      detach();
      const tookMs = Math.round(performance.now() - startMs);
      const { ending } = system.daemon;
      checks.push({
        name: 'the process ends by itself, without another try',
        expected: 'exit code, not 0',
        observed: `${ending} after ${tookMs} ms`,
        ok: /^exit code [1-9]/.test(ending),
      });
      checks.push(await clearedByVenue(system));
      system.startDaemon();
    },
    judge: () => checks,
  };
}

function slowDisk(): FaultTrial {
  let detach = (): void => undefined;
  return {
    id: 'slow-disk',
    title: 'slow disk',
    strikes: 'each `fdatasync` takes 2.5 s',
    options: { ...flow, guard: { loop_stall_ms: 2_000 } },
    expected: {
      mode: 'ReduceOnly',
      codes: ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE'],
      withinMs: 15_000,
      ends: 'itself',
    },
    strike: async (system) => {
      detach = await straced(system, 'fdatasync:delay_enter=2500000:when=1..3');
    },
    lift: async () => detach(),
  };
}

function diskAt(
  share: number,
  word: string,
  expected: FaultTrial['expected'],
): (mounted: () => SmallDisk) => FaultTrial {
  return (mounted) => ({
    id: `disk-${word.replaceAll(' ', '-')}`,
    title: `disk full: ${word}`,
    strikes: `the file system of the journal is filled to ${share * 100} %`,
    options: flow,
    onSmallDisk: true,
    expected,
    strike: async (_system, stands) => {
      mounted().fill(share);
      stands();
    },
    lift: async () => mounted().clear(),
  });
}

/** `mounted`: the file system of the trial that runs. */
export function diskTrials(mounted: () => SmallDisk): readonly FaultTrial[] {
  return [
    diskAt(0.87, 'degraded mark', {
      mode: 'ReduceOnly',
      codes: ['REDUCEONLY_RISKSTATE_DEGRADED', 'OPS_DISK_WATERMARK_HIGH'],
      withinMs: 4_000,
      ends: 'itself',
    })(mounted),
    diskAt(0.93, 'kill mark', {
      mode: 'Kill',
      codes: ['KILL_DISK_WATERMARK_KILL', 'OPS_DISK_WATERMARK_HIGH'],
      withinMs: 4_000,
      ends: 'operator',
    })(mounted),
    diskAt(1, 'not a byte left', {
      mode: 'Kill',
      codes: ['KILL_DISK_WATERMARK_KILL', 'OPS_DISK_WATERMARK_HIGH'],
      withinMs: 4_000,
      ends: 'operator',
    })(mounted),
    failedSync(),
    slowDisk(),
  ];
}
