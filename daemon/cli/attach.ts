/** `holdfast attach`: prints a live stream until it is stopped. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import { type DaemonOptions, statusUrl } from './client.ts';
import { type CommandEnvironment, paint } from './terminal.ts';

export interface AttachOptions extends DaemonOptions {
  readonly from?: string;
  readonly instrument?: string;
  readonly runner?: string;
  readonly traceId?: string;
  readonly severity?: string;
  /** Ends after this many items; 0 or absent goes on for ever. */
  readonly limit?: number;
}

const openTimeoutMs = 3_000;
const maxMessageBytes = 4_194_304;

interface StreamMessage {
  readonly type: 'item' | 'dropped' | 'closed';
  readonly offset?: number | null;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly count?: number;
  readonly reason?: string;
}

function attachUrl(base: string, stream: string, options: AttachOptions): string {
  const url = new URL(
    `${base.replace(/^http/, 'ws')}/api/v1/streams/${encodeURIComponent(stream)}`,
  );
  const query = {
    from: options.from,
    instrument: options.instrument,
    runner: options.runner,
    trace_id: options.traceId,
    severity: options.severity,
  };
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  return url.toString();
}

function line({ offset, data = {} }: StreamMessage): string {
  const type = String(data.event_type ?? data.level ?? '');
  const time = String(data.ts_utc ?? data.time ?? '').slice(11, 23);
  const text = JSON.stringify(data.payload ?? data);
  return `${paint.dim(`${offset ?? '-'} ${time}`)} ${paint.cyan(type)} ${text}`;
}

/** Resolves with the exit code when the stream ends, the limit is reached, or the user stops it. */
export function attachCommand(
  environment: CommandEnvironment,
  stream: string,
  options: AttachOptions,
): Promise<number> {
  const { terminal, ports, json } = environment;
  const base = statusUrl(environment, options);
  return new Promise((resolve, reject) => {
    let items = 0;
    let opened = false;
    const unsubscribe = ports.host.onStopSignal(() => {
      socket.close(1000, 'stopped');
      finish(0);
    });
    const finish = (code: number): void => {
      unsubscribe();
      resolve(code);
    };
    const show = (message: StreamMessage): void => {
      if (message.type === 'dropped')
        terminal.note(paint.yellow(`… ${message.count} items dropped: this reader is too slow`));
      else if (message.type === 'closed') terminal.note(`closed: ${message.reason}`);
      else {
        terminal.out(json ? JSON.stringify(message) : line(message));
        items += 1;
        if (options.limit !== undefined && options.limit > 0 && items === options.limit) {
          socket.close(1000, 'limit reached');
          finish(0);
        }
      }
    };
    const socket = ports.sockets.connect(
      attachUrl(base, stream, options),
      { openTimeoutMs, maxMessageBytes },
      {
        onOpen: () => {
          opened = true;
          if (!json) terminal.note(paint.dim(`attached to ${stream}; Ctrl-C stops`));
        },
        onMessage: (data) => show(JSON.parse(data.toString('utf8')) as StreamMessage),
        onClose: (code, reason) => {
          unsubscribe();
          if (opened) resolve(code === 1000 ? 0 : 6);
          else {
            reject(
              new HoldfastError(
                'NETWORK_UNREACHABLE',
                `cannot attach to ${stream} at ${base}: ${reason || `code ${code}`} (is the stream's name right? see ${base}/api/v1/streams)`,
              ),
            );
          }
        },
      },
    );
  });
}
