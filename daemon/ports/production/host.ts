/** What this process knows of itself and of the machine. Reads `/proc` where it exists. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Host, LoopDelay } from '../../../streams/ports/index.ts';

/** Node's monitor samples on a timer of this period, and counts the period itself as delay. */
const defaultResolutionMs = 5;
const nsPerMs = 1e6;
/** Field 22 of `/proc/<pid>/stat`, counted after the command name, which may hold spaces. */
const startTicksIndex = 19;

export interface HostOptions {
  readonly loopDelayResolutionMs?: number;
  /** Runs before `exit`: the last chance to flush. Must not throw. */
  readonly beforeExit?: () => void;
}

/** The machine. Sampling of the loop delay starts at once and does not keep the process alive. */
export function productionHost(options: HostOptions = {}): Host {
  return {
    pid: process.pid,
    processStartTicks,
    bootId: readBootId(),
    hostname: hostname(),
    nodeVersion: process.version,
    platform: process.platform,
    loopDelay: loopDelayReader(options.loopDelayResolutionMs ?? defaultResolutionMs),
    memory() {
      const usage = process.memoryUsage();
      return { rssBytes: usage.rss, heapUsedBytes: usage.heapUsed };
    },
    cpuSeconds() {
      const usage = process.cpuUsage();
      return (usage.user + usage.system) / 1e6;
    },
    onStopSignal,
    exit(code) {
      options.beforeExit?.();
      process.exit(code);
    },
  };
}

function loopDelayReader(resolutionMs: number): (reset?: boolean) => LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const delayMs = (ns: number): number => Math.max(0, ns / nsPerMs - resolutionMs);
  return (reset = false) => {
    const empty = histogram.count === 0;
    const delay = {
      p50Ms: empty ? 0 : delayMs(histogram.percentile(50)),
      p99Ms: empty ? 0 : delayMs(histogram.percentile(99)),
      maxMs: empty ? 0 : delayMs(histogram.max),
    };
    if (reset) histogram.reset();
    return delay;
  };
}

function processStartTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[startTicksIndex];
  } catch {
    return undefined;
  }
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

function onStopSignal(fn: (signal: string, count: number) => void): () => void {
  let count = 0;
  const listener = (signal: NodeJS.Signals): void => {
    count += 1;
    fn(signal, count);
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}
