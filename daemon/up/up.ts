/**
 * `holdfast up`: the whole system on loopback, with one command. Starts the simulated venue (when
 * the profile wants one) and the daemon, keeps both alive, shows a live line, and stops in order:
 * daemon first, so that it can settle with a venue that still answers.
 */
import { join, resolve } from 'node:path';
import { resolveWorld } from '../../actors/ingress/oracle/index.ts';
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import { loadFor } from '../cli/config-check.ts';
import { type CommandEnvironment, paint, printError } from '../cli/terminal.ts';
import type { LoadedConfig } from '../config/load.ts';
import { showLiveLine } from './live-line.ts';
import { type ReadyMessage, SupervisedChild } from './supervised-child.ts';

const liveLineMs = 1_000;
const readyTimeoutMs = 30_000;
const venueGraceMs = 3_000;

export interface UpOptions {
  readonly profile: string;
  /** Ends by itself after this many seconds: for trials and tests. */
  readonly forSeconds?: number;
}

class System {
  readonly #environment: CommandEnvironment;
  readonly #config: LoadedConfig;
  readonly #secret: string;
  #venue: SupervisedChild | undefined;
  #daemon: SupervisedChild | undefined;
  #statusUrl: string | undefined;
  #stopped = false;
  #finish: (exitCode: number) => void = () => undefined;

  constructor(environment: CommandEnvironment, config: LoadedConfig) {
    this.#environment = environment;
    this.#config = config;
    const { client_secret_env } = config.profile.wiring.venue;
    this.#secret = environment.environment[client_secret_env] ?? environment.ports.random.hex(24);
  }

  /** Resolves with the exit code once everything has stopped. */
  run(forSeconds: number | undefined): Promise<number> {
    const { ports } = this.#environment;
    return new Promise((finish) => {
      const cancels = [
        ports.host.onStopSignal((signal, count) => this.#onSignal(signal, count)),
        ports.clock.every(liveLineMs, () => this.#showLine()),
      ];
      if (forSeconds !== undefined) {
        cancels.push(ports.clock.after(forSeconds * 1_000, () => void this.#stop(0)));
      }
      this.#finish = (exitCode) => {
        for (const cancel of cancels) cancel();
        finish(exitCode);
      };
      if (this.#config.profile.wiring.simulated_venue.start) this.#startVenue();
      else this.#startDaemon(undefined);
    });
  }

  #startVenue(): void {
    const { profile } = this.#config;
    const { simulated_venue: venue, venue: client, data_directory, oracle_root } = profile.wiring;
    const args = [
      ...['--host', venue.host, '--port', String(venue.port), '--seed', String(venue.seed)],
      ...['--speed', String(venue.speed), '--client-id', client.client_id],
      ...[
        '--state',
        resolve(data_directory, 'venue'),
        '--log',
        resolve(data_directory, 'venue.log'),
      ],
      ...(venue.source === 'world'
        ? ['--world', this.#worldDirectory(venue.world ?? '', oracle_root)]
        : []),
    ];
    this.#venue = new SupervisedChild({
      ports: this.#environment.ports,
      name: 'venue',
      spec: {
        modulePath: join(this.#environment.packageRoot, 'dist/daemon/venue/main.js'),
        args,
        environment: { HOLDFAST_VENUE_SECRET: this.#secret },
      },
      readyTimeoutMs,
      onReady: ({ port }) => {
        const at = `${venue.host}:${port ?? venue.port}`;
        this.#note(
          `simulated venue at ${at} (${venue.source}, seed ${venue.seed}, speed ${venue.speed})`,
        );
        if (this.#daemon === undefined) this.#startDaemon(at);
      },
      onNote: (line) => this.#note(line),
      onGivenUp: (error) => void this.#giveUp(error),
    });
    this.#venue.start();
  }

  #worldDirectory(world: string, oracleRoot: string): string {
    return resolve(resolveWorld(this.#environment.ports.disk, resolve(oracleRoot), world));
  }

  #startDaemon(venueAddress: string | undefined): void {
    const { environment, packageRoot, ports } = this.#environment;
    const { client_secret_env } = this.#config.profile.wiring.venue;
    const passedOn = Object.entries(environment).filter(
      ([name, value]) => name.startsWith('HOLDFAST_') && value !== undefined,
    ) as Array<[string, string]>;
    const urls: Record<string, string> =
      venueAddress === undefined
        ? {}
        : {
            HOLDFAST_WIRING__VENUE__WS_URL: `ws://${venueAddress}/ws/api/v2`,
            HOLDFAST_WIRING__VENUE__HTTP_URL: `http://${venueAddress}`,
          };
    this.#daemon = new SupervisedChild({
      ports,
      name: 'daemon',
      spec: {
        modulePath: join(packageRoot, 'dist/daemon/main.js'),
        args: ['daemon', '--profile', this.#config.profilePath],
        environment: {
          ...Object.fromEntries(passedOn),
          ...urls,
          [client_secret_env]: this.#secret,
        },
      },
      readyTimeoutMs,
      onReady: (message) => this.#onDaemonReady(message),
      onNote: (line) => this.#note(line),
      onGivenUp: (error) => void this.#giveUp(error),
    });
    this.#daemon.start();
  }

  #onDaemonReady({ statusUrl, controlUrl, runId }: ReadyMessage): void {
    this.#statusUrl = statusUrl;
    this.#note(
      `daemon ready, run ${runId ?? 'unknown'}, data in ${resolve(this.#config.profile.wiring.data_directory)}`,
    );
    this.#note(
      `status  ${paint.underline(`${statusUrl}/api/v1/status`)}   metrics ${statusUrl}/metrics`,
    );
    this.#note(`control ${controlUrl}   (\`npx holdfast reduce-only\` restricts to reduce-only)`);
    this.#note(`Ctrl-C stops; \`npx holdfast status\` shows why it may or may not trade`);
  }

  #showLine(): void {
    if (this.#statusUrl === undefined || this.#stopped) return;
    void showLiveLine(this.#environment, this.#statusUrl);
  }

  #onSignal(signal: string, count: number): void {
    if (count > 1) {
      this.#note('second signal: stopping at once');
      this.#daemon?.killNow();
      this.#venue?.killNow();
      this.#finish(130);
      return;
    }
    this.#note(`${signal}: stopping (once more stops at once)`);
    void this.#stop(0);
  }

  async #stop(exitCode: number): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    const graceMs = this.#config.profile.wiring.stop_deadline_ms + 1_000;
    await this.#daemon?.stop(graceMs);
    await this.#venue?.stop(venueGraceMs);
    this.#note('stopped');
    this.#finish(exitCode);
  }

  #giveUp(error: HoldfastError): Promise<void> {
    const exitCode = printError(this.#environment, asHoldfastError(error));
    return this.#stop(exitCode);
  }

  #note(line: string): void {
    this.#environment.terminal.note(line);
  }
}

/** Runs until stopped; resolves with the exit code. */
export function upCommand(environment: CommandEnvironment, options: UpOptions): Promise<number> {
  const config = loadFor(environment, options.profile);
  environment.ports.disk.makeDirectory(resolve(config.profile.wiring.data_directory));
  return new System(environment, config).run(options.forSeconds);
}
