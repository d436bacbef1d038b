/** Trials of the watchdog's process: the daemon falls silent, and the watchdog does. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { mainModule, plainEnvironment } from '../../fixtures/system/profile-files.ts';
import type { Check } from '../page.ts';
import type { FaultTrial } from './trial.ts';
import { crosser, quotes } from './trial-policy.ts';
import type { TrialOptions, TrialSystem } from './trial-system.ts';

const silenceMs = 3_000;
/** From the silence to the venue's own word, on a busy machine. */
const actsWithinMs = 6_000;

function watched(required: boolean): TrialOptions {
  return {
    strategies: [crosser, quotes('ETH-PERPETUAL')],
    guard: { loop_stall_ms: 2_000 },
    wiring: { watchdog: { interval_ms: 200, silence_ms: silenceMs, required } },
  };
}

/** The profile as a watchdog can read it: the strategies of a trial exist in the daemon's process only. */
function watchdogProfile(system: TrialSystem): string {
  const text = readFileSync(join(system.directory, 'profile.yaml'), 'utf8');
  const profile = parse(text) as { policy: object };
  const path = join(system.directory, 'watchdog.yaml');
  writeFileSync(path, stringify({ ...profile, policy: { ...profile.policy, strategies: [] } }));
  return path;
}

/** `holdfast watchdog` beside the daemon; resolves once it says something. */
async function startWatchdog(system: TrialSystem): Promise<number> {
  const address = system.venue.address;
  const profile = watchdogProfile(system);
  const child = spawn(process.execPath, [mainModule, 'watchdog', '--profile', profile], {
    cwd: system.directory,
    env: plainEnvironment({
      HOLDFAST_WIRING__VENUE__WS_URL: `ws://${address}/ws/api/v2`,
      HOLDFAST_WIRING__VENUE__HTTP_URL: `http://${address}`,
    }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  system.owns(child);
  await new Promise((resolve, reject) => {
    child.stderr.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`the watchdog ended with ${code}`)));
  });
  child.stderr.resume();
  return child.pid ?? 0;
}

function daemonSilent(): FaultTrial {
  const checks: Check[] = [];
  return {
    id: 'daemon-silent',
    title: 'daemon stands still, the watchdog acts',
    strikes: `the daemon is stopped until the watchdog (silence ${silenceMs} ms) has cleared the venue, and goes on`,
    options: watched(false),
    expected: {
      mode: 'ReduceOnly',
      codes: ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE'],
      withinMs: 15_000,
      ends: 'itself',
    },
    prepare: async (system) => void (await startWatchdog(system)),
    strike: async (system) => {
      system.daemon.signal('SIGSTOP');
      const startMs = performance.now();
      const none = ({ openLabels }: { openLabels: readonly string[] }): boolean =>
        openLabels.length === 0;
      await system.untilHeld(none, 'orders cancelled by the watchdog', 20_000);
      const tookMs = Math.round(performance.now() - startMs);
      checks.push({
        name: 'orders at rest while the daemon stands still, at the venue',
        expected: `0, after the silence and within ${silenceMs + actsWithinMs} ms`,
        observed: `0 after ${tookMs} ms`,
        ok: tookMs >= silenceMs - 500 && tookMs <= silenceMs + actsWithinMs,
      });
      system.daemon.signal('SIGCONT');
    },
    judge: () => checks,
  };
}

function watchdogSilent(): FaultTrial {
  let pid = 0;
  return {
    id: 'watchdog-silent',
    title: 'watchdog stands still',
    strikes: 'the process of a watchdog the daemon requires is stopped, and goes on',
    options: watched(true),
    expected: {
      mode: 'ReduceOnly',
      codes: ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE', 'RISK_EMERGENCY_CLOSE_ACTIVE'],
      withinMs: 7_000,
      ends: 'itself',
    },
    prepare: async (system) => {
      pid = await startWatchdog(system);
    },
    strike: async () => void process.kill(pid, 'SIGSTOP'),
    lift: async () => void process.kill(pid, 'SIGCONT'),
  };
}

export const watchdogTrials: readonly FaultTrial[] = [daemonSilent(), watchdogSilent()];
