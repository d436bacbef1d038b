/**
 * The daemon's end of the store process: spawn, wait until ready, restart with back-off, kill when
 * it hangs, tell how it is. The store may die or be killed at any instant: what it had not
 * confirmed is still in the journal. Nothing here can stop trading; evidence lag is for the guard.
 */
import { backoffMs } from '../../actors/evidence/store/index.ts';
import type { Breakers } from '../../actors/supervision/index.ts';
import type { ErrorCode } from '../../streams/facts/errors.ts';
import type { CancelTimer, Child, Ports, Secret } from '../../streams/ports/index.ts';
import { hideSecret } from '../ports/production/index.ts';
import type { StoreEndpoint } from './client.ts';
import { storeMetrics } from './metrics.ts';
import {
  type FromStore,
  readFromStore,
  type StoreHealth,
  type StoreProcessConfig,
  storeSecretNames,
} from './protocol.ts';

/** From spawn to `ready`; opening a large store after a crash takes a few seconds. */
const readyDeadlineMs = 60_000;
/** No word for this long: the process hangs (or was stopped) and is killed. */
const silenceLimitMs = 10_000;
/** The engine has not answered its probe for this long: longer than the longest allowed read. */
const probeLimitMs = 45_000;
const watchIntervalMs = 500;
const backoff = { firstMs: 250, maxMs: 60_000 };
/** Up this long, a start counts as a success: back-off and breaker begin anew. */
const stableMs = 60_000;
/** SIGTERM first; an engine with a query in flight does not exit by itself. */
const stopGraceMs = 5_000;
const randomBytesPerPassword = 24;
/** The engine works on this pool; with Node's default of 4, four reads would stop all file access. */
const threadPoolSize = '16';

/** Trying again cannot help: the engine is missing, or the schema or configuration is refused. */
const finalCodes: ReadonlySet<ErrorCode> = new Set([
  'STORE_ENGINE_MISSING',
  'STORE_REJECTED',
  'CONFIG_INVALID',
  'SECRET_MISSING',
]);

export type StoreState = 'starting' | 'ready' | 'waiting' | 'unavailable' | 'stopped';

export interface StoreView {
  readonly state: StoreState;
  /** Why it is not ready, in words for people; null when it is. */
  readonly reason: string | null;
  readonly code: ErrorCode | null;
  readonly pid: number | null;
  readonly restarts: number;
  readonly schemaVersion: number | null;
  /** Of the last start, spawn to ready. */
  readonly startMs: number | null;
  /** The last word of the process; null before the first. */
  readonly health: StoreHealth | null;
}

export interface SuperviseOptions {
  readonly ports: Pick<Ports, 'clock' | 'processes' | 'random' | 'telemetry'>;
  /** Path of the compiled `daemon/store/main.js`. */
  readonly modulePath: string;
  readonly config: StoreProcessConfig;
  /** In front of every start after too many deaths. */
  readonly breakers: Breakers<'store'>;
  /** Password of a server by URL. Not used for the embedded store. */
  readonly serverPassword?: Secret;
}

/** Starts at once; never throws and never rejects: a store that cannot run is a state. */
export class StoreSupervisor {
  readonly #options: SuperviseOptions;
  readonly #passwords: { readonly writer: Secret; readonly reader: Secret };
  readonly #listeners = new Set<(view: StoreView) => void>();
  readonly #metrics: ReturnType<typeof storeMetrics>;
  #state: StoreState = 'starting';
  #child: Child | undefined;
  #url: string | undefined;
  #health: StoreHealth | undefined;
  #error: { code: ErrorCode; message: string } | undefined;
  #restarts = 0;
  #failuresInRow = 0;
  #spawnedUs = 0;
  #readyUs: number | undefined;
  #schemaVersion: number | undefined;
  #heardUs = 0;
  #stopWatching: CancelTimer = () => undefined;
  #cancelRestart: CancelTimer = () => undefined;
  #cancelStable: CancelTimer = () => undefined;
  #onGone: (() => void) | undefined;

  constructor(options: SuperviseOptions) {
    this.#options = options;
    const draw = (): Secret => hideSecret(options.ports.random.hex(randomBytesPerPassword));
    this.#passwords = { writer: options.serverPassword ?? draw(), reader: draw() };
    this.#metrics = storeMetrics(options.ports.telemetry.metrics);
    this.#stopWatching = options.ports.clock.every(watchIntervalMs, () => this.#watch());
    this.#spawn();
  }

  get view(): StoreView {
    return {
      state: this.#state,
      reason: this.#state === 'ready' ? null : (this.#error?.message ?? this.#state),
      code: this.#state === 'ready' ? null : (this.#error?.code ?? null),
      pid: this.#child?.pid ?? null,
      restarts: this.#restarts,
      schemaVersion: this.#schemaVersion ?? null,
      startMs: this.#readyUs === undefined ? null : (this.#readyUs - this.#spawnedUs) / 1_000,
      health: this.#health ?? null,
    };
  }

  /** Where and as whom to read; undefined while the store is not ready. */
  get readEndpoint(): StoreEndpoint | undefined {
    if (this.#state !== 'ready' || this.#url === undefined) return undefined;
    const { engine, database } = this.#options.config;
    const server = engine.kind === 'server';
    return {
      url: this.#url,
      database,
      user: server ? engine.user : 'reader',
      password: server ? this.#passwords.writer : this.#passwords.reader,
    };
  }

  /** Called on every change of state and on every word of the process. */
  onChange(fn: (view: StoreView) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  /** Ends the process, gently and then not. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopWatching();
    this.#cancelRestart();
    this.#cancelStable();
    const child = this.#child;
    this.#become('stopped');
    if (child === undefined) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#options.ports.clock.after(stopGraceMs, () => child.signal('SIGKILL'));
      this.#onGone = () => {
        cancel();
        resolve();
      };
      child.signal('SIGTERM');
    });
  }

  #spawn(): void {
    const { ports, modulePath, config } = this.#options;
    const log = ports.telemetry.log;
    this.#error = undefined;
    this.#readyUs = undefined;
    this.#spawnedUs = this.#heardUs = ports.clock.monotonicUs();
    this.#child = ports.processes.spawn(
      {
        modulePath,
        args: [JSON.stringify(config)],
        environment: {
          [storeSecretNames.writer]: this.#passwords.writer.reveal(),
          [storeSecretNames.reader]: this.#passwords.reader.reveal(),
          UV_THREADPOOL_SIZE: threadPoolSize,
        },
      },
      {
        onStdout: (line) => log.info('store.output', { line }),
        onStderr: (line) => log.info('store.output', { line }),
        onMessage: (message) => this.#heard(readFromStore(message)),
        onExit: (code, signal) => this.#gone(code, signal),
      },
    );
    this.#become('starting');
  }

  #heard(message: FromStore | undefined): void {
    if (message === undefined || this.#state === 'stopped') return;
    this.#heardUs = this.#options.ports.clock.monotonicUs();
    if (message.kind === 'failed') this.#error = message;
    if (message.kind === 'health') {
      this.#metrics(message, this.#health);
      this.#health = message;
    }
    if (message.kind === 'ready') {
      this.#url = message.url;
      this.#schemaVersion = message.schemaVersion;
      this.#readyUs = this.#heardUs;
      this.#state = 'ready';
      this.#cancelStable();
      const { ports, breakers } = this.#options;
      this.#cancelStable = ports.clock.after(stableMs, () => breakers.succeeded('store'));
    }
    this.#tell();
  }

  #watch(): void {
    if (this.#state !== 'starting' && this.#state !== 'ready') return;
    const nowUs = this.#options.ports.clock.monotonicUs();
    const silentMs = (nowUs - this.#heardUs) / 1_000;
    const limitMs = this.#state === 'starting' ? readyDeadlineMs : silenceLimitMs;
    const probeAgeMs = this.#state === 'ready' ? (this.#health?.probeAgeMs ?? 0) : 0;
    // A server that does not answer is not this process hanging: killing would help nobody.
    const probeHangs = this.#options.config.engine.kind === 'embedded' && probeAgeMs > probeLimitMs;
    if (silentMs <= limitMs && !probeHangs) return;
    this.#options.ports.telemetry.log.error('store.hangs', { silentMs, probeAgeMs });
    this.#heardUs = nowUs;
    this.#child?.signal('SIGKILL');
  }

  #gone(code: number | null, signal: string | null): void {
    const { clock, telemetry } = this.#options.ports;
    this.#cancelStable();
    this.#child = undefined;
    this.#url = undefined;
    this.#metrics(undefined, this.#health);
    this.#health = undefined;
    if (this.#state === 'stopped') {
      this.#onGone?.();
      return;
    }
    const upMs = this.#readyUs === undefined ? 0 : (clock.monotonicUs() - this.#readyUs) / 1_000;
    this.#failuresInRow = upMs >= stableMs ? 1 : this.#failuresInRow + 1;
    this.#error ??= {
      code: 'STORE_UNAVAILABLE',
      message: `the store process ended (${signal ?? `exit code ${code}`}); evidence waits in the journal`,
    };
    telemetry.log.error('store.gone', { code, signal, error: this.#error.message });
    if (finalCodes.has(this.#error.code)) {
      this.#become('unavailable');
      return;
    }
    this.#options.breakers.failed('store', this.#error.code);
    this.#restartLater();
    this.#become('waiting');
  }

  /** Back-off while the breaker is closed; open, its pause; the start after that is its probe. */
  #restartLater(): void {
    const { ports, breakers } = this.#options;
    const ownMs = backoffMs(backoff, this.#failuresInRow, ports.random);
    const waitMs = breakers.view('store').probeInMs ?? ownMs;
    this.#cancelRestart = ports.clock.after(waitMs, () => {
      if (!breakers.mayCall('store')) {
        this.#restartLater();
        return;
      }
      breakers.began('store');
      this.#restarts += 1;
      this.#spawn();
    });
  }

  #become(state: StoreState): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    const { view } = this;
    for (const listener of this.#listeners) listener(view);
  }
}
