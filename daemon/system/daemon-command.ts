/**
 * `holdfast daemon`: one daemon in the foreground. Opens journal, rooms, store and ports in order,
 * says that it is ready, and stops in order on a signal; a second signal stops at once and is safe.
 */
import { join, resolve } from 'node:path';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { CancelTimer, HttpServer, Ports } from '../../streams/ports/index.ts';
import { loadFor } from '../cli/config-check.ts';
import { removeEndpoints, writeEndpoints } from '../cli/endpoints.ts';
import type { CommandEnvironment } from '../cli/terminal.ts';
import type { LoadedConfig } from '../config/load.ts';
import { startControlServer } from '../http/control-server.ts';
import { LiveStreams } from '../http/live/index.ts';
import { baseUrl, type Listening } from '../http/origin.ts';
import { startStatusServer } from '../http/status-server.ts';
import { parentProcessLink, productionPorts } from '../ports/production/index.ts';
import { StoreSupervisor } from '../store/supervise.ts';
import { createSystem, type System } from '../system.ts';
import { systemCommands } from './commands.ts';
import { controlTokens } from './control-tokens.ts';
import { ErrorRing } from './error-ring.ts';
import { buildIdOf, contractVersion, liveScenario, newRunId } from './identity.ts';
import { liveSource } from './live-source.ts';
import { LogTee } from './log-tee.ts';
import { sampleMetrics } from './metrics-sampler.ts';
import { operationsSource } from './operations-source.ts';
import { rememberedCommands } from './remembered-commands.ts';
import { statusSource } from './status-source.ts';
import { storeConfigOf } from './store-config.ts';

interface Running {
  readonly system: System;
  readonly store: StoreSupervisor | undefined;
  readonly live: LiveStreams;
  readonly status: HttpServer;
  readonly control: HttpServer;
}

const portGraceMs = 500;

function urlsOf({ profile }: LoadedConfig): { ws: string; http: string } {
  const { ws_url, http_url } = profile.wiring.venue;
  if (ws_url === undefined || http_url === undefined) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      'the daemon alone needs wiring.venue.ws_url and http_url: start everything with `holdfast up`, or set HOLDFAST_WIRING__VENUE__WS_URL and HOLDFAST_WIRING__VENUE__HTTP_URL',
    );
  }
  return { ws: ws_url, http: http_url };
}

function secretOf(ports: Ports, { profile }: LoadedConfig) {
  const { client_secret_env } = profile.wiring.venue;
  const secret = ports.secrets.get(client_secret_env);
  if (secret !== undefined) return secret;
  throw new HoldfastError(
    'SECRET_MISSING',
    `set ${client_secret_env} (or ${client_secret_env}_FILE) to the secret of the venue key`,
  );
}

class Daemon {
  readonly #environment: CommandEnvironment;
  readonly #config: LoadedConfig;
  readonly #ports: Ports;
  readonly #tee = new LogTee();
  readonly #errors: ErrorRing;
  readonly #dataDirectory: string;
  #stopSampling: CancelTimer = () => undefined;
  #startedUs = 0;
  /** How to undo what a start has opened so far. */
  readonly #opened: Array<() => Promise<void> | void | undefined> = [];
  #running: Running | undefined;
  /** Settles when the start is over, well or badly: a stop waits for it, or it would miss what opens later. */
  #starting: Promise<void> = Promise.resolve();
  #exitCode: number | undefined;
  #finish: (exitCode: number) => void = () => undefined;

  constructor(environment: CommandEnvironment, config: LoadedConfig) {
    const { log, data_directory } = config.profile.wiring;
    this.#environment = environment;
    this.#config = config;
    this.#dataDirectory = resolve(data_directory);
    environment.ports.disk.makeDirectory(this.#dataDirectory);
    this.#errors = new ErrorRing(environment.ports.clock);
    const destination =
      log.destination === 'stderr' ? 'stderr' : join(this.#dataDirectory, log.destination);
    this.#ports = productionPorts({
      log: {
        level: log.level,
        destination,
        onLine: (level, event, fields) => {
          this.#errors.note(level, event, fields);
          this.#tee.write(level, event, fields);
        },
      },
    });
  }

  /** Resolves with the exit code when it has stopped. */
  async run(): Promise<number> {
    const finished = new Promise<number>((finish) => {
      this.#finish = finish;
    });
    const unsubscribe = this.#ports.host.onStopSignal((signal, count) => {
      if (count > 1) this.#ports.host.exit(130);
      void this.#stop(signal, 0);
    });
    parentProcessLink()?.onDisconnect(() => void this.#stop('the supervisor is gone', 0));
    this.#starting = this.#startOrUndo();
    await this.#starting;
    const exitCode = await finished;
    unsubscribe();
    return exitCode;
  }

  /** A start that fails half-way leaves no port open, no child running and no journal locked. */
  async #startOrUndo(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      const { code, message } = asHoldfastError(error);
      this.#ports.telemetry.log.fatal('daemon.start_failed', { code, message });
      for (const close of this.#opened.reverse()) await close();
      throw error;
    }
  }

  async #start(): Promise<void> {
    const ports = this.#ports;
    this.#startedUs = ports.clock.monotonicUs();
    const startedUs = this.#startedUs;
    const runId = newRunId(ports);
    const buildId = buildIdOf(ports.disk, this.#environment.packageRoot);
    const system = await createSystem({
      ports,
      config: this.#config,
      runId,
      scenario: liveScenario(this.#config),
      dataDirectory: this.#dataDirectory,
      venueUrls: urlsOf(this.#config),
      clientSecret: secretOf(ports, this.#config),
      onFatal: (error) => this.#die(error),
    });
    this.#opened.push(() => system.stop('the start failed', 0));
    this.#recordStart(system, buildId);
    const store = this.#startStore(system);
    this.#opened.push(() => store?.stop());
    const live = new LiveStreams({ ports, source: liveSource(system.journal, this.#tee) });
    this.#opened.push(() => live.close());
    const view = () => ({ kind: this.#config.profile.wiring.store.kind, view: store?.view });
    const shown = { system, buildId, startedUs, store: view };
    const source = statusSource(shown);
    const operations = operationsSource({ ...shown, errors: this.#errors });
    const tokens = controlTokens(ports, this.#config.profile.name, this.#dataDirectory);
    const status = await startStatusServer({
      ports,
      ...this.#listen('status'),
      contractVersion,
      tokens,
      source,
      operations,
      live,
    });
    this.#opened.push(() => status.close(portGraceMs));
    const control = await startControlServer({
      ports,
      ...this.#listen('control'),
      page: () => this.#listening('status', status),
      contractVersion,
      tokens,
      commands: systemCommands(system),
      heartbeat: () => system.heartbeat(),
      remembered: rememberedCommands(system.journal.stream('control'), ports.clock.nowUs()),
    });
    this.#running = { system, store, live, status, control };
    // Asked to stop meanwhile: what is open is closed now, and nothing trades before that.
    if (this.#exitCode !== undefined) return;
    system.start();
    this.#stopSampling = sampleMetrics(system, buildId);
    this.#announce(system, status, control);
  }

  #listen(name: 'status' | 'control') {
    const { host, port, names, tls_key_file, tls_cert_file } = this.#config.profile.wiring[name];
    const read = (path: string): string => this.#ports.disk.readFile(path).toString('utf8');
    const tls =
      tls_key_file === undefined || tls_cert_file === undefined
        ? {}
        : { tls: { key: read(tls_key_file), cert: read(tls_cert_file) } };
    return { host, port, names, ...tls };
  }

  #listening(name: 'status' | 'control', server: HttpServer): Listening {
    const { host, names, tls_key_file } = this.#config.profile.wiring[name];
    return { host, port: server.port, names, tls: tls_key_file !== undefined };
  }

  #startStore({ breakers }: System): StoreSupervisor | undefined {
    const settings = storeConfigOf(this.#config, this.#ports, this.#dataDirectory);
    if (settings === undefined) return undefined;
    const modulePath = join(this.#environment.packageRoot, 'dist/daemon/store/main.js');
    return new StoreSupervisor({ ports: this.#ports, modulePath, breakers, ...settings });
  }

  #recordStart(system: System, buildId: string): void {
    const { profile, runtimeConfigHash } = this.#config;
    system.records.durable('run.started', {
      stage: profile.stage,
      profile: profile.name,
      build_id: buildId,
      runtime_config_hash: runtimeConfigHash,
      journal_epoch: system.journal.epoch,
      venue: profile.wiring.venue.name,
      account: profile.wiring.venue.account,
    });
  }

  #announce(system: System, status: HttpServer, control: HttpServer): void {
    const statusUrl = baseUrl(this.#listening('status', status));
    const controlUrl = baseUrl(this.#listening('control', control));
    const { runId } = system.options;
    writeEndpoints(this.#ports.disk, this.#dataDirectory, {
      pid: this.#ports.host.pid,
      run_id: runId,
      status_url: statusUrl,
      control_url: controlUrl,
    });
    this.#ports.telemetry.log.info('daemon.ready', { run_id: runId, statusUrl, controlUrl });
    const parent = parentProcessLink();
    if (parent === undefined) this.#environment.terminal.note(`ready: ${statusUrl}/api/v1/status`);
    else parent.send({ type: 'ready', statusUrl, controlUrl, runId });
  }

  async #stop(cause: string, exitCode: number): Promise<void> {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    const { log } = this.#ports.telemetry;
    log.info('daemon.stopping', { cause });
    await this.#starting.catch(() => undefined); // `run` tells why a start failed
    const running = this.#running;
    try {
      if (running !== undefined) await this.#stopRunning(running, cause);
    } catch (error) {
      log.error('daemon.stop_failed', { cause: String(error) });
      this.#exitCode = 1;
    }
    removeEndpoints(this.#ports.disk, this.#dataDirectory);
    log.info('daemon.stopped', { cause, exit_code: this.#exitCode });
    this.#finish(this.#exitCode);
  }

  async #stopRunning(running: Running, cause: string): Promise<void> {
    const { system, store, live, status, control } = running;
    const { stop_deadline_ms } = this.#config.profile.wiring;
    const uptimeS = (this.#ports.clock.monotonicUs() - this.#startedUs) / usPerSecond;
    system.records.soon('run.ended', { cause, uptime_s_float: uptimeS, exit_code: 0 });
    await system.stop(cause, stop_deadline_ms / 2);
    this.#stopSampling();
    live.close();
    await Promise.all([status.close(portGraceMs), control.close(portGraceMs)]);
    await store?.stop();
  }

  /** The fatal door: dispatch is closed already. The first cause wins. */
  #die(error: HoldfastError): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = error.exitCode;
    const { code, message, exitCode } = error;
    this.#ports.telemetry.log.fatal('daemon.fatal', { code, message });
    this.#environment.terminal.note(`${code}  ${message}`);
    this.#ports.host.exit(exitCode);
  }
}

/** Runs until stopped; resolves with the exit code. Rejects with what kept it from starting. */
export function daemonCommand(
  environment: CommandEnvironment,
  options: { readonly profile: string },
): Promise<number> {
  return new Daemon(environment, loadFor(environment, options.profile)).run();
}
