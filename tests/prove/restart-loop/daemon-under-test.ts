/** One life of the shipped daemon in a process of its own: started by a plan, ended by SIGKILL. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StatusV1, statusSchema } from '../../../daemon/http/status-schema.ts';
import { ask } from '../../fixtures/system/ask.ts';
import { mainModule, plainEnvironment } from '../../fixtures/system/profile-files.ts';
import type { Plan } from './plan.ts';

const preload = (name: string): string =>
  fileURLToPath(new URL(`./${name}.js`, import.meta.url)).toString();

export interface DaemonOptions {
  readonly directory: string;
  readonly profile: string;
  readonly venueAddress: string;
  /** Loads the strategy that rests orders. */
  readonly quotes: boolean;
  readonly plan: Plan | undefined;
  /** Further modules loaded into the process first, by path. */
  readonly preloads?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** What the plan asks of the process itself. */
function crashOf(plan: Plan | undefined): string | undefined {
  if (plan?.kind === 'point') return `${plan.point}:${plan.side}:${plan.nth}:armed`;
  if (plan?.kind === 'recovery-point') return `${plan.point}:${plan.side}:${plan.nth}:start`;
  return undefined;
}

export class DaemonUnderTest {
  readonly #child: ChildProcess;
  readonly #plan: Plan | undefined;
  readonly #closed: Promise<void>;
  #strace: ChildProcess | undefined;
  #statusUrl = '';
  #said = '';
  #alive = true;

  constructor(options: DaemonOptions) {
    const { directory, profile, venueAddress, quotes, plan } = options;
    const crash = crashOf(plan);
    const preloads = [
      ...(options.preloads ?? []),
      ...(quotes ? [preload('resting-quotes')] : []),
      ...(crash === undefined ? [] : [preload('crash-points')]),
    ];
    const log = openSync(join(directory, 'daemon.stderr'), 'a');
    this.#plan = plan;
    this.#child = spawn(
      process.execPath,
      [
        ...preloads.flatMap((path) => ['--import', path]),
        mainModule,
        'daemon',
        '--profile',
        profile,
      ],
      {
        cwd: directory,
        env: plainEnvironment({
          HOLDFAST_WIRING__VENUE__WS_URL: `ws://${venueAddress}/ws/api/v2`,
          HOLDFAST_WIRING__VENUE__HTTP_URL: `http://${venueAddress}`,
          ...(crash === undefined ? {} : { HOLDFAST_TEST_CRASH: crash }),
          ...options.environment,
        }),
        stdio: ['ignore', log, 'pipe'],
      },
    );
    closeSync(log);
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#hear(chunk.toString('utf8')));
    this.#closed = new Promise((resolve) => {
      this.#child.on('close', () => {
        this.#alive = false;
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get closed(): Promise<void> {
    return this.#closed;
  }

  /** How it ended: the signal, or the exit code. */
  get ending(): string {
    return this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
  }

  /** The last it printed. */
  get said(): string {
    return this.#said;
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-2_000);
    this.#statusUrl ||= /ready: (\S+)/.exec(this.#said)?.[1] ?? '';
  }

  /** Undefined while nothing answers, and when it died. */
  async status(): Promise<StatusV1 | undefined> {
    if (!this.#alive || this.#statusUrl === '') return undefined;
    try {
      return statusSchema.parse((await ask(this.#statusUrl)).json);
    } catch (error) {
      if (this.#alive && !isNetwork(error)) throw error;
      return undefined;
    }
  }

  /** From now on the plan's point counts; or `strace` is attached, which resolves when it is. */
  async arm(): Promise<void> {
    const pid = this.#child.pid ?? 0;
    if (this.#plan?.kind === 'point') this.#child.kill('SIGUSR2');
    if (this.#plan?.kind !== 'system-call') return;
    const { call, nth } = this.#plan;
    const strace = spawn(
      'strace',
      [
        '-f',
        '-p',
        String(pid),
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:signal=SIGKILL:when=${nth}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#strace = strace;
    await new Promise<void>((resolve) => {
      strace.stderr.once('data', () => resolve());
      strace.once('close', () => resolve());
    });
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  kill(): void {
    if (this.#alive) this.#child.kill('SIGKILL');
  }

  /** Asks it to stop in order; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    await this.#closed;
    return this.#child.exitCode;
  }

  /** Ends whatever is left of it. */
  async end(): Promise<void> {
    this.kill();
    await this.#closed;
    if (this.#strace !== undefined && this.#strace.exitCode === null) this.#strace.kill('SIGKILL');
  }
}

function isNetwork(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return /^E[A-Z]+$/.test(String(code)) || /no answer|hang up/.test(String(message));
}
