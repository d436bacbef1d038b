/**
 * One child process that is kept alive: restarted with a growing pause when it dies, given up when
 * it dies too often, and not restarted at all when its exit code says that trying again is useless.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { CancelTimer, Child, ChildSpec, Ports } from '../../streams/ports/index.ts';

export interface SupervisedChildOptions {
  readonly ports: Pick<Ports, 'clock' | 'processes'>;
  readonly name: string;
  readonly spec: ChildSpec;
  /** A child that is not ready by then is killed and counts as dead. */
  readonly readyTimeoutMs: number;
  readonly onReady: (message: ReadyMessage) => void;
  readonly onNote: (line: string) => void;
  /** It will not come back; everything has to stop. */
  readonly onGivenUp: (error: HoldfastError) => void;
}

/** What every child says once, when it can be used. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly port?: number;
  readonly statusUrl?: string;
  readonly controlUrl?: string;
  readonly runId?: string;
}

/** More deaths than this within the window, and a restart will not help. */
const deathsMax = 5;
const deathWindowUs = 60_000_000;
const pauseMsFirst = 300;
const pauseMsMax = 10_000;
/** Exit codes after which the same start fails again: usage, configuration, damaged data, refused. */
const hopeless = new Set([2, 3, 4, 8]);

export function isReady(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready'
  );
}

export class SupervisedChild {
  readonly #options: SupervisedChildOptions;
  #child: Child | undefined;
  #deaths: number[] = [];
  #stopping = false;
  #lastNote = '';
  #cancelTimer: CancelTimer = () => undefined;
  #onGone: () => void = () => undefined;

  constructor(options: SupervisedChildOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  get restarts(): number {
    return this.#deaths.length;
  }

  start(): void {
    const { ports, spec, name, onNote, onReady, readyTimeoutMs } = this.#options;
    const child = ports.processes.spawn(spec, {
      onStdout: (line) => onNote(`${name}: ${line}`),
      onStderr: (line) => {
        this.#lastNote = line;
        onNote(`${name}: ${line}`);
      },
      onMessage: (message) => {
        if (!isReady(message)) return;
        this.#cancelTimer();
        onReady(message);
      },
      onExit: (code, signal) => this.#gone(code, signal),
    });
    this.#child = child;
    this.#cancelTimer = ports.clock.after(readyTimeoutMs, () => {
      onNote(`${name}: not ready within ${readyTimeoutMs} ms, killed`);
      child.signal('SIGKILL');
    });
  }

  /** Asks it to stop; kills it after `graceMs`. Resolves when it is gone. */
  stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelTimer();
    const child = this.#child;
    if (child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const cancelKill = this.#options.ports.clock.after(graceMs, () => child.signal('SIGKILL'));
      this.#onGone = () => {
        cancelKill();
        resolve();
      };
      child.signal('SIGTERM');
    });
  }

  killNow(): void {
    this.#stopping = true;
    this.#child?.signal('SIGKILL');
  }

  #gone(code: number | null, signal: string | null): void {
    this.#cancelTimer();
    this.#child = undefined;
    this.#onGone();
    if (this.#stopping) return;
    const { ports, name, onNote, onGivenUp } = this.#options;
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const nowUs = ports.clock.monotonicUs();
    this.#deaths = [...this.#deaths.filter((at) => nowUs - at < deathWindowUs), nowUs];
    const useless = code !== null && hopeless.has(code);
    if (useless || this.#deaths.length > deathsMax) {
      const why = useless
        ? 'starting it again would fail the same way'
        : `it died ${this.#deaths.length} times within a minute`;
      const last = this.#lastNote === '' ? '' : `; its last words: ${this.#lastNote}`;
      onGivenUp(
        new HoldfastError(
          code === 3 ? 'CONFIG_INVALID' : 'INTERNAL',
          `the ${name} ended with ${how} and ${why}${last}`,
        ),
      );
      return;
    }
    const pauseMs = Math.min(pauseMsMax, pauseMsFirst * 2 ** (this.#deaths.length - 1));
    onNote(`${name}: ended with ${how}; starting again in ${pauseMs} ms`);
    this.#cancelTimer = ports.clock.after(pauseMs, () => this.start());
  }
}
