/** What a virtual node knows of itself: nothing that differs from run to run. */
import type { Host, LoopDelay, Memory } from '../../../streams/ports/index.ts';
import type { Incarnation } from './incarnation.ts';
import { VirtualExit } from './virtual-exit.ts';

/** What tests may set about a node's machine. */
export interface HostReadings {
  loopDelay: LoopDelay;
  memory: Memory;
  cpuSeconds: number;
}

export interface NodeHostOptions {
  readonly owner: Incarnation;
  readonly readings: HostReadings;
  readonly bootId: string;
  readonly processStartTicks: (pid: number) => string | undefined;
  readonly onExit: (code: number) => void;
}

export interface NodeHost {
  readonly host: Host;
  /** Asks the node to stop, as the operating system would. */
  signal(name: string): void;
}

/** The host port of one incarnation. */
export function nodeHost(options: NodeHostOptions): NodeHost {
  const { owner, readings } = options;
  const listeners = new Set<(signal: string, count: number) => void>();
  let signalCount = 0;
  const host: Host = {
    pid: owner.pid,
    processStartTicks: options.processStartTicks,
    bootId: options.bootId,
    hostname: owner.name,
    nodeVersion: 'virtual',
    platform: 'virtual',
    loopDelay: () => readings.loopDelay,
    memory: () => readings.memory,
    cpuSeconds: () => readings.cpuSeconds,
    onStopSignal(fn) {
      listeners.add(fn);
      return () => void listeners.delete(fn);
    },
    exit(code) {
      options.onExit(code);
      throw new VirtualExit(code);
    },
  };
  return {
    host,
    signal(name) {
      signalCount += 1;
      for (const fn of Array.from(listeners)) fn(name, signalCount);
    },
  };
}
