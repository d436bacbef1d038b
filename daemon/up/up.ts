/**
 * `holdfast up`: the whole system on loopback, with one command. Starts the simulated venue (when
 * the profile wants one) and the daemon, keeps both alive, shows a live line, and stops in order:
 * daemon first, so that it can settle with a venue that still answers.
 */
import { resolve } from 'node:path';
import type { HoldfastError } from '../../streams/facts/errors.ts';
import { loadFor } from '../cli/config-check.ts';
import { type CommandEnvironment, paint, printError } from '../cli/terminal.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { ReadyMessage } from './child-messages.ts';
import { daemonSpec, venueSecretOf, venueSpec, watchdogSpec } from './child-specs.ts';
import { LiveLine } from './live-line.ts';
import { SupervisedChild } from './supervised-child.ts';

const liveLineMs = 1_000;
const readyTimeoutMs = 30_000;
const venueGraceMs = 3_000;
const watchdogGraceMs = 1_000;
/** Long enough for the venue to write its state, too short to be called waiting. */
const venueMomentMs = 1_000;
/** What the supervisor adds to the daemon's own deadline before it kills it. */
const daemonGraceMs = 1_000;
/** Exit code of a stop that did not wait. */
const interruptedExitCode = 130;

export interface UpOptions {
  readonly profile: string;
  /** Ends by itself after this many seconds: for trials and tests. */
  readonly forSeconds?: number;
}

/** What `up` tells: a line for people, the same as one JSON document for programs. */
type Fields = Readonly<Record<string, unknown>>;

class System {
  readonly #environment: CommandEnvironment;
  readonly #config: LoadedConfig;
  readonly #secret: string | undefined;
  #venue: SupervisedChild | undefined;
  #daemon: SupervisedChild | undefined;
  #watchdog: SupervisedChild | undefined;
  #liveLine: LiveLine | undefined;
  #stopped = false;
  /** The second signal came: nothing is waited for any more. */
  #atOnce = false;
  #finish: (exitCode: number) => void = () => undefined;

  constructor(environment: CommandEnvironment, config: LoadedConfig) {
    this.#environment = environment;
    this.#config = config;
    this.#secret = venueSecretOf(environment, config);
  }

  /** Resolves with the exit code once everything has stopped. */
  run(forSeconds: number | undefined): Promise<number> {
    const { ports } = this.#environment;
    return new Promise((finish) => {
      const cancels = [
        ports.host.onStopSignal((signal, count) => this.#onSignal(signal, count)),
        ports.clock.every(liveLineMs, () => void this.#liveLine?.show()),
      ];
      if (forSeconds !== undefined) {
        cancels.push(ports.clock.after(forSeconds * 1_000, () => void this.#stop(0)));
      }
      this.#finish = (exitCode) => {
        for (const cancel of cancels) cancel();
        finish(exitCode);
      };
      this.#tellMissing();
      if (this.#config.profile.wiring.simulated_venue.start) this.#startVenue();
      else this.#startDaemon(undefined);
    });
  }

  #tellMissing(): void {
    for (const key of this.#config.missingRequired) {
      this.#tell(
        'config.missing',
        `${paint.yellow('missing')} ${key} in the launch policy: its capability stays blocked (ConfigMissing)`,
        { key },
      );
    }
  }

  #startVenue(): void {
    const { host, source, seed, speed, port } = this.#config.profile.wiring.simulated_venue;
    let boundPort = port;
    this.#venue = new SupervisedChild({
      ports: this.#environment.ports,
      name: 'venue',
      spec: () => venueSpec(this.#environment, this.#config, this.#secret ?? '', boundPort),
      readyTimeoutMs,
      onReady: (message) => {
        boundPort = message.port ?? boundPort;
        const address = `${host}:${boundPort}`;
        const text = `simulated venue at ${address} (${source}, seed ${seed}, speed ${speed})`;
        this.#tell('venue.ready', text, { address, pid: this.#venue?.pid });
        if (this.#daemon === undefined && !this.#stopped) this.#startDaemon(address);
      },
      onNote: (line) => this.#tell('venue.note', line, { line }),
      onGivenUp: (error, exitCode) => this.#giveUp(error, exitCode),
    });
    this.#venue.start();
  }

  #startDaemon(venueAddress: string | undefined): void {
    this.#daemon = new SupervisedChild({
      ports: this.#environment.ports,
      name: 'daemon',
      spec: () => daemonSpec(this.#environment, this.#config, this.#secret, venueAddress),
      readyTimeoutMs,
      onReady: (message) => {
        this.#onDaemonReady(message);
        this.#startWatchdog(venueAddress);
      },
      onNote: (line) => this.#tell('daemon.note', line, { line }),
      onGivenUp: (error, exitCode) => this.#giveUp(error, exitCode),
    });
    this.#daemon.start();
  }

  /** Started once, when there is a daemon to watch; without it the system runs, and says so. */
  #startWatchdog(venueAddress: string | undefined): void {
    if (this.#watchdog !== undefined || this.#stopped) return;
    if (!this.#config.profile.wiring.watchdog.start) return;
    this.#watchdog = new SupervisedChild({
      ports: this.#environment.ports,
      name: 'watchdog',
      spec: () => watchdogSpec(this.#environment, this.#config, this.#secret, venueAddress),
      readyTimeoutMs,
      onReady: () => this.#tell('watchdog.ready', 'watchdog ready', { pid: this.#watchdog?.pid }),
      onNote: (line) => this.#tell('watchdog.note', line, { line }),
      onGivenUp: ({ message }) =>
        this.#tell('watchdog.given_up', `no watchdog any more: ${message}`, { message }),
    });
    this.#watchdog.start();
  }

  #onDaemonReady({ statusUrl = '', controlUrl = '', runId = 'unknown' }: ReadyMessage): void {
    this.#liveLine = new LiveLine(this.#environment, statusUrl);
    const data = resolve(this.#config.profile.wiring.data_directory);
    const lines = [
      `daemon ready, run ${runId}, data in ${data}`,
      `status  ${paint.underline(`${statusUrl}/api/v1/status`)}   metrics ${statusUrl}/metrics`,
      `control ${controlUrl}   (\`npx holdfast reduce-only\` restricts to reduce-only)`,
      'Ctrl-C stops; `npx holdfast status` shows why it may or may not trade',
    ];
    const pid = this.#daemon?.pid;
    const fields = { run_id: runId, data, status_url: statusUrl, control_url: controlUrl, pid };
    this.#tell('daemon.ready', lines.join('\n'), fields);
  }

  #onSignal(signal: string, count: number): void {
    if (count > 1) {
      this.#tell('stopping', 'second signal: stopping at once', { signal });
      void this.#stopAtOnce();
      return;
    }
    this.#tell('stopping', `${signal}: stopping (once more stops at once)`, { signal });
    void this.#stop(0);
  }

  /** The daemon's state is on disk at any instant; the venue gets a moment to write down its own. */
  async #stopAtOnce(): Promise<void> {
    this.#atOnce = true;
    this.#stopped = true;
    this.#liveLine?.stop();
    this.#watchdog?.killNow();
    this.#daemon?.killNow();
    await this.#venue?.stop(venueMomentMs);
    this.#finish(interruptedExitCode);
  }

  async #stop(exitCode: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#liveLine?.stop();
    // It would take the silence of a daemon that stops for one that died.
    await this.#watchdog?.stop(watchdogGraceMs);
    const graceMs = this.#config.profile.wiring.stop_deadline_ms + daemonGraceMs;
    await this.#daemon?.stop(graceMs);
    if (this.#atOnce) return;
    await this.#venue?.stop(venueGraceMs);
    if (this.#atOnce) return;
    this.#tell('stopped', 'stopped', { exit_code: exitCode });
    this.#finish(exitCode);
  }

  #giveUp(error: HoldfastError, exitCode: number): void {
    if (this.#stopped) return;
    printError(this.#environment, error);
    void this.#stop(exitCode);
  }

  #tell(event: string, text: string, fields: Fields): void {
    const { terminal, json } = this.#environment;
    if (json) terminal.out(JSON.stringify({ event, ...fields }));
    else terminal.note(text);
  }
}

/** Runs until stopped; resolves with the exit code. Rejects with CONFIG_*. */
export function upCommand(environment: CommandEnvironment, options: UpOptions): Promise<number> {
  const config = loadFor(environment, options.profile);
  environment.ports.disk.makeDirectory(resolve(config.profile.wiring.data_directory));
  return new System(environment, config).run(options.forSeconds);
}
