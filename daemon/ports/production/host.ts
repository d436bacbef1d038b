/** What this process knows of itself and of the machine. Reads `/proc` where it exists. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { createHistogram, performance } from 'node:perf_hooks';
import type { Host, LoopDelay } from '../../../streams/ports/index.ts';

/** How often the loop is asked whether it is late. */
const defaultResolutionMs = 5;
/** A reading covers one to two of these: a start must not be in the answer an hour later. */
const loopDelayWindowMs = 30_000;
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

/**
 * Our own sampler, because Node's monitor forgets its last sample when it is reset and so misses a
 * stall that begins then. What is late at the moment of reading counts too.
 */
function loopDelayReader(resolutionMs: number): (reset?: boolean) => LoopDelay {
  let current = createHistogram();
  let previous = createHistogram();
  let windowEndMs = performance.now() + loopDelayWindowMs;
  let dueMs = performance.now() + resolutionMs;
  const lateNs = (): number => Math.max(1, Math.round((performance.now() - dueMs) * nsPerMs));
  const timer = setInterval(() => {
    current.record(lateNs());
    const nowMs = performance.now();
    if (nowMs >= windowEndMs) {
      previous.reset();
      [previous, current] = [current, previous];
      windowEndMs = nowMs + loopDelayWindowMs;
    }
    dueMs = nowMs + resolutionMs;
  }, resolutionMs);
  timer.unref();
  return (reset = false) => {
    if (lateNs() > resolutionMs * nsPerMs || current.count === 0) current.record(lateNs());
    const both = createHistogram();
    both.add(current);
    both.add(previous);
    const delay = {
      p50Ms: both.percentile(50) / nsPerMs,
      p99Ms: both.percentile(99) / nsPerMs,
      maxMs: both.max / nsPerMs,
    };
    if (reset) {
      current.reset();
      previous.reset();
    }
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
