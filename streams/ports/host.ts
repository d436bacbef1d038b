/** What the process can know about itself and the machine. */
export interface LoopDelay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Memory {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
}

export interface Host {
  readonly pid: number;
  /** Start time of a process in clock ticks since boot; undefined when no such process lives. */
  processStartTicks(pid: number): string | undefined;
  /** Identity of this boot of the machine: a lock from another boot is dead. */
  readonly bootId: string;
  readonly hostname: string;
  readonly nodeVersion: string;
  readonly platform: string;
  /** Event-loop delay of the last 30 to 60 s; since a call that reset it, when that is shorter. */
  loopDelay(reset?: boolean): LoopDelay;
  memory(): Memory;
  /** CPU seconds (user + system) used so far. */
  cpuSeconds(): number;
  /** Runs when the process is asked to stop (SIGINT, SIGTERM); the count starts at 1. */
  onStopSignal(fn: (signal: string, count: number) => void): () => void;
  /** Ends the process now. Nothing after it runs. */
  exit(code: number): never;
}
