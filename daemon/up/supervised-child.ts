/**
 * One child process that is kept alive: restarted with a growing pause when it dies, given up when
 * it dies too often, and not restarted at all when starting again would fail the same way.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { CancelTimer, Child, ChildSpec, Ports } from '../../streams/ports/index.ts';
import { type FailedMessage, isFailed, isReady, type ReadyMessage } from './child-messages.ts';

export interface SupervisedChildOptions {
  readonly ports: Pick<Ports, 'clock' | 'processes'>;
  readonly name: string;
  /** Asked for before every start. */
  readonly spec: () => ChildSpec;
  /** A child that is not ready by then is killed and counts as dead. */
  readonly readyTimeoutMs: number;
  readonly onReady: (message: ReadyMessage) => void;
  readonly onNote: (line: string) => void;
  /** It will not come back; everything has to stop, with this exit code. */
  readonly onGivenUp: (error: HoldfastError, exitCode: number) => void;
}

/** More deaths than this within the window, and a restart will not help. */
export const deathsMax = 5;
export const deathWindowUs = 60_000_000;
const pauseMsFirst = 300;
const pauseMsMax = 10_000;
/** Exit codes after which the same start fails again: usage, configuration, damaged data, refused. */
const hopeless: ReadonlySet<number> = new Set([2, 3, 4, 8]);
/** The first and last exit code that names a cause; 1 is a bug and may not happen again. */
const namedExitCodes = { first: 2, last: 8 } as const;

export class SupervisedChild {
  readonly #options: SupervisedChildOptions;
  #child: Child | undefined;
  #deaths: number[] = [];
  #wasReady = false;
  #stopping = false;
  #lastLine = '';
  #failure: FailedMessage | undefined;
  #cancelTimer: CancelTimer = () => undefined;
  #onGone: () => void = () => undefined;

  constructor(options: SupervisedChildOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { ports, spec, name, onNote, readyTimeoutMs } = this.#options;
    this.#failure = undefined;
    this.#lastLine = '';
    const child = ports.processes.spawn(spec(), {
      onStdout: (line) => onNote(`${name}: ${line}`),
      onStderr: (line) => {
        this.#lastLine = line;
        onNote(`${name}: ${line}`);
      },
      onMessage: (message) => this.#onMessage(message),
      onExit: (code, signal) => this.#gone(code, signal),
    });
    this.#child = child;
    this.#cancelTimer = ports.clock.after(readyTimeoutMs, () => {
      onNote(`${name}: not ready within ${readyTimeoutMs} ms, killed`);
      child.signal('SIGKILL');
    });
  }

  /** Asks it to stop; kills it after `graceMs`. Resolves when it is gone. Asking again is fine. */
  stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#cancelTimer();
    const child = this.#child;
    if (child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const { ports, name, onNote } = this.#options;
      const cancelKill = ports.clock.after(graceMs, () => {
        onNote(`${name}: did not stop within ${graceMs} ms, killed`);
        child.signal('SIGKILL');
      });
      const others = this.#onGone;
      this.#onGone = () => {
        cancelKill();
        others();
        resolve();
      };
      child.signal('SIGTERM');
    });
  }

  killNow(): void {
    this.#stopping = true;
    this.#cancelTimer();
    this.#child?.signal('SIGKILL');
  }

  #onMessage(message: unknown): void {
    if (isFailed(message)) this.#failure = message;
    if (!isReady(message)) return;
    this.#cancelTimer();
    this.#wasReady = true;
    this.#options.onReady(message);
  }

  #gone(code: number | null, signal: string | null): void {
    this.#cancelTimer();
    this.#child = undefined;
    this.#onGone();
    if (this.#stopping) return;
    const { ports, name, onNote } = this.#options;
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const nowUs = ports.clock.monotonicUs();
    this.#deaths = [...this.#deaths.filter((at) => nowUs - at < deathWindowUs), nowUs];
    if (this.#isHopeless(code)) this.#giveUp(code, `the ${name} ended with ${how}`);
    else if (this.#deaths.length > deathsMax) {
      this.#giveUp(code, `the ${name} died ${this.#deaths.length} times within a minute (${how})`);
    } else {
      const pauseMs = Math.min(pauseMsMax, pauseMsFirst * 2 ** (this.#deaths.length - 1));
      const why = this.#failure === undefined ? '' : ` (${this.#failure.message})`;
      onNote(`${name}: ended with ${how}${why}; starting again in ${pauseMs} ms`);
      this.#cancelTimer = ports.clock.after(pauseMs, () => this.start());
    }
  }

  /** A named cause at the very first start is the user's to mend: a taken port stays taken. */
  #isHopeless(code: number | null): boolean {
    if (code === null) return false;
    if (hopeless.has(code)) return true;
    return !this.#wasReady && code >= namedExitCodes.first && code <= namedExitCodes.last;
  }

  #giveUp(code: number | null, what: string): void {
    const failure = this.#failure;
    const lastWords = this.#lastLine === '' ? '' : `; its last words: ${this.#lastLine}`;
    const error =
      failure === undefined
        ? new HoldfastError('INTERNAL', `${what} and is not started again${lastWords}`)
        : new HoldfastError(failure.code, failure.message);
    const named = code !== null && code >= namedExitCodes.first && code <= namedExitCodes.last;
    this.#options.onGivenUp(error, named ? code : error.exitCode);
  }
}
