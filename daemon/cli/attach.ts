/** `holdfast attach`: prints a live stream until it is stopped. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Socket } from '../../streams/ports/index.ts';
import { bearer, type DaemonOptions, getJson, statusUrl } from './client.ts';
import { type CommandEnvironment, paint } from './terminal.ts';

export interface AttachOptions extends DaemonOptions {
  readonly from?: string;
  readonly instrument?: string;
  readonly runner?: string;
  readonly traceId?: string;
  readonly severity?: string;
  /** Ends after this many items; absent goes on for ever. */
  readonly limit?: number;
}

const openTimeoutMs = 3_000;
const maxMessageBytes = 4_194_304;
const normalClosure = 1000;
const networkExitCode = 6;

interface StreamMessage {
  readonly type: 'item' | 'dropped' | 'closed';
  readonly offset?: number | null;
  /** A fact, or a log line. */
  readonly data?: {
    readonly event_type?: string;
    readonly level?: string;
    readonly ts_utc?: string;
    readonly payload?: unknown;
  };
  readonly count?: number;
  readonly reason?: string;
}

function attachPath(stream: string, options: AttachOptions): string {
  const query = new URLSearchParams();
  const asked = {
    from: options.from,
    instrument: options.instrument,
    runner: options.runner,
    trace_id: options.traceId,
    severity: options.severity,
  };
  for (const [name, value] of Object.entries(asked)) {
    if (value !== undefined) query.set(name, value);
  }
  const suffix = query.size === 0 ? '' : `?${query.toString()}`;
  return `/api/v1/streams/${encodeURIComponent(stream)}${suffix}`;
}

function line({ offset, data = {} }: StreamMessage): string {
  const type = data.event_type ?? data.level ?? '';
  const time = (data.ts_utc ?? '').slice(11, 23);
  const text = JSON.stringify(data.payload ?? data);
  return `${paint.dim(`${offset ?? '-'} ${time}`)} ${paint.cyan(type)} ${text}`;
}

/** Why the upgrade failed, as the daemon says it: a refused upgrade hides its answer. */
async function whyNot(
  environment: CommandEnvironment,
  base: string,
  path: string,
  reason: string,
): Promise<unknown> {
  try {
    // Who is refused as a WebSocket is refused over HTTP, and there the answer can be read.
    await getJson(environment, base, path);
  } catch (error) {
    const refused = error instanceof HoldfastError && !error.code.startsWith('NETWORK_');
    if (refused && error.code !== 'SCHEMA_INVALID') return error;
  }
  const message = `cannot attach at ${base}: ${reason}; start a daemon with \`npm start\`, or name another with --url`;
  return new HoldfastError('NETWORK_UNREACHABLE', message);
}

class Attachment {
  readonly #environment: CommandEnvironment;
  readonly #options: AttachOptions;
  readonly #stream: string;
  readonly #base: string;
  readonly #path: string;
  #items = 0;
  #opened = false;
  #settled = false;

  constructor(environment: CommandEnvironment, stream: string, options: AttachOptions) {
    this.#environment = environment;
    this.#options = options;
    this.#stream = stream;
    this.#base = statusUrl(environment, options);
    this.#path = attachPath(stream, options);
  }

  run(): Promise<number> {
    const { ports, terminal, json } = this.#environment;
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void): void => {
        if (this.#settled) return;
        this.#settled = true;
        unsubscribe();
        finish();
      };
      const end = (why: string): void => {
        socket.close(normalClosure, why);
        settle(() => resolve(0));
      };
      const unsubscribe = ports.host.onStopSignal((_signal, count) => {
        if (count > 1) socket.terminate();
        end('stopped');
      });
      const socket: Socket = ports.sockets.connect(
        `${this.#base.replace(/^http/, 'ws')}${this.#path}`,
        { openTimeoutMs, maxMessageBytes, headers: bearer(this.#environment) },
        {
          onOpen: () => {
            this.#opened = true;
            if (!json) terminal.note(paint.dim(`attached to ${this.#stream}; Ctrl-C stops`));
          },
          onMessage: (data) => {
            if (!this.#settled && this.#show(data)) end('limit reached');
          },
          onClose: (code, reason) =>
            settle(() => {
              if (this.#opened) resolve(code === normalClosure ? 0 : networkExitCode);
              else
                void whyNot(
                  this.#environment,
                  this.#base,
                  this.#path,
                  reason || `code ${code}`,
                ).then(reject);
            }),
        },
      );
    });
  }

  /** Returns whether the limit is reached. */
  #show(data: Buffer): boolean {
    const { terminal, json } = this.#environment;
    const text = data.toString('utf8');
    const message = JSON.parse(text) as StreamMessage;
    if (json) terminal.out(text);
    if (message.type === 'dropped') {
      terminal.note(paint.yellow(`… ${message.count} items dropped: this reader is too slow`));
      return false;
    }
    if (message.type === 'closed') {
      terminal.note(`closed: ${message.reason}`);
      return false;
    }
    if (!json) terminal.out(line(message));
    this.#items += 1;
    return this.#items === this.#options.limit;
  }
}

/** Resolves with the exit code when the stream ends, the limit is reached, or the user stops it. */
export function attachCommand(
  environment: CommandEnvironment,
  stream: string,
  options: AttachOptions,
): Promise<number> {
  return new Attachment(environment, stream, options).run();
}
