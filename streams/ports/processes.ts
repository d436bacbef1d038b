/** Child processes: the store, the simulated venue, the watchdog. */
export interface ChildHandlers {
  onStdout?(line: string): void;
  onStderr?(line: string): void;
  onMessage?(message: unknown): void;
  /** The child is gone; called exactly once. */
  onExit(code: number | null, signal: string | null): void;
}

export interface ChildSpec {
  /** Module to run with this same Node, as a file path. */
  readonly modulePath: string;
  readonly args: readonly string[];
  /** Added to a minimal environment; nothing else is inherited. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Child {
  readonly pid: number;
  send(message: unknown): boolean;
  signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGINT'): void;
}

export interface Processes {
  /** Starts a child with an IPC channel. Failure to start is `onExit(null, …)`. */
  spawn(spec: ChildSpec, handlers: ChildHandlers): Child;
}

export interface ThreadHandlers {
  onMessage(message: unknown): void;
  /** The thread ended; `error` says why when it did not end by itself. Called exactly once. */
  onExit(error?: Error): void;
}

export interface Thread {
  post(message: unknown): void;
  terminate(): Promise<void>;
}

export interface Threads {
  spawn(modulePath: string, input: unknown, handlers: ThreadHandlers): Thread;
}
