/**
 * The whole system, started the way a user starts it, in a temporary directory on free loopback
 * ports. Everything a drill does to it goes through the command line and the status port.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { type StatusV1, statusSchema } from '../../daemon/http/status-schema.ts';

const packageRoot = fileURLToPath(new URL('../../..', import.meta.url));
const mainModule = join(packageRoot, 'dist/daemon/main.js');
const pollMs = 100;
/** Far more than a start and a drill print. */
const printedCharsMax = 200_000;
/** Longer than the stop deadline of the profile and the grace of its supervisor together. */
const stopDeadlineMs = 30_000;

export interface CommandResult {
  /** As a person would type it. */
  readonly command: string;
  readonly exitCode: number | null;
  /** What was printed: the JSON document of the answer or of the error. */
  readonly answer: Record<string, unknown>;
  readonly durationMs: number;
}

/** What the drill changes in the shipped policy, and nothing else. */
export type GuardOverrides = Readonly<Record<string, number>>;

interface Shipped {
  wiring: Record<string, Record<string, unknown>>;
  policy: { launch_policy: string };
}

/** Only what Node needs: no HOLDFAST_ variable of the caller may change the drill. */
function plainEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, ...extra };
}

/** Writes a profile and a launch policy: the shipped ones with `guard` set, on free ports or the usual. */
export function writeDrillProfile(
  directory: string,
  guard: GuardOverrides,
  addresses: 'free' | 'usual' = 'free',
): string {
  const read = (path: string): unknown =>
    parse(readFileSync(join(packageRoot, 'daemon', path), 'utf8')) as unknown;
  const policy = read('policies/paper.yaml') as { guard: Record<string, unknown> };
  Object.assign(policy.guard, guard);
  const profile = read('profiles/local.yaml') as Shipped;
  profile.policy.launch_policy = 'policy.yaml';
  if (addresses === 'free') {
    profile.wiring.status = { port: 0 };
    profile.wiring.control = { port: 0 };
    profile.wiring.simulated_venue = { ...profile.wiring.simulated_venue, port: 0 };
  }
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'policy.yaml'), stringify(policy));
  const path = join(directory, 'drill.yaml');
  writeFileSync(path, stringify(profile));
  return path;
}

/** The seed of the market in a profile file. */
export function seedOf(profilePath: string): number {
  const { wiring } = parse(readFileSync(profilePath, 'utf8')) as Shipped;
  return Number(wiring.simulated_venue?.seed);
}

export class DrilledSystem {
  readonly directory: string;
  readonly #profilePath: string;
  readonly #mode: 'up' | 'daemon';
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #printed = '';

  /** `daemon`: no venue of its own; the environment says where one is. */
  constructor(
    directory: string,
    profilePath: string,
    mode: 'up' | 'daemon' = 'up',
    environment: Readonly<Record<string, string>> = {},
  ) {
    this.directory = directory;
    this.#profilePath = profilePath;
    this.#mode = mode;
    this.#environment = environment;
  }

  /** What `holdfast up` printed, up to a bound. */
  get printed(): string {
    return this.#printed;
  }

  get dataDirectory(): string {
    return join(this.directory, '.holdfast');
  }

  /** Starts it and resolves when its status port answers. */
  async start(): Promise<StatusV1> {
    const child = spawn(
      process.execPath,
      [mainModule, this.#mode, '--profile', this.#profilePath],
      { cwd: this.directory, env: plainEnvironment(this.#environment) },
    );
    child.stdout.resume();
    child.stderr.on('data', (chunk: Buffer) => {
      this.#printed = `${this.#printed}${chunk.toString('utf8')}`.slice(0, printedCharsMax);
    });
    this.#child = child;
    return this.until(() => true, 'the status port to answer', 30_000);
  }

  /** Runs one command of the CLI against it and answers what stdout said. */
  async print(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [mainModule, ...args], {
      cwd: this.directory,
      env: plainEnvironment(environment),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { exitCode, text };
  }

  /** Runs one command of the CLI against it, with `--json`. */
  async command(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<CommandResult> {
    const startedMs = performance.now();
    const { exitCode, text } = await this.print([...args, '--json'], environment);
    const quoted = args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg));
    return {
      command: `holdfast ${quoted.join(' ')}`,
      exitCode,
      answer: jsonOf(text),
      durationMs: Math.round(performance.now() - startedMs),
    };
  }

  /** The status, or undefined while nothing answers. */
  async status(): Promise<StatusV1 | undefined> {
    const path = join(this.dataDirectory, 'endpoints.json');
    if (!existsSync(path)) return undefined;
    try {
      const { status_url } = JSON.parse(readFileSync(path, 'utf8')) as { status_url: string };
      const response = await fetch(`${status_url}/api/v1/status`);
      return statusSchema.parse(await response.json());
    } catch {
      return undefined; // starting or stopping: the caller polls against a deadline
    }
  }

  /** Polls until the condition holds; throws with the last words of the system when it never does. */
  async until(
    holds: (status: StatusV1) => boolean,
    what: string,
    deadlineMs: number,
  ): Promise<StatusV1> {
    const endMs = performance.now() + deadlineMs;
    while (performance.now() < endMs) {
      const status = await this.status();
      if (status !== undefined && holds(status)) return status;
      if (this.#child?.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new Error(
      `never happened within ${deadlineMs} ms: ${what}\n${this.#printed.slice(-4_000)}`,
    );
  }

  /** Ctrl-C. Resolves with the exit code; kills what does not stop and answers null. */
  stop(): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return Promise.resolve(null);
    return new Promise((resolve) => {
      const kill = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
      child.on('exit', (exitCode) => {
        clearTimeout(kill);
        resolve(exitCode);
      });
      child.kill('SIGINT');
    });
  }
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text };
  }
}
