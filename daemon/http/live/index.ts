/**
 * Attach to live streams. Journal-backed streams are polled from the journal itself, each client
 * with a cursor of its own, in slices within a budget of time: the hot path does not know that
 * anybody watches, and nothing a client does or meets can stop the daemon.
 */
import { asHoldfastError, HoldfastError } from '../../../streams/facts/errors.ts';
import { isoFromUs } from '../../../streams/facts/time.ts';
import type {
  CancelTimer,
  OutboundHttpResponse,
  Ports,
  SocketAcceptance,
  SocketRequest,
} from '../../../streams/ports/index.ts';
import type { RouteContext } from '../routes.ts';
import { type AttachQuery, attachQueryOf, filterOf, streamNamed } from './attach-query.ts';
import { Attached, type LiveCursor } from './attached.ts';
import { LiveClient, type LiveSink } from './client.ts';
import { eventStreamSink, socketSink } from './sinks.ts';
import type { JournalStreamName, LiveStreamRow } from './streams.ts';

export type { LiveCursor } from './attached.ts';
export { LiveRecord } from './live-record.ts';
export { liveRoutes } from './live-routes.ts';

export interface LiveSource {
  /** `from` undefined starts at the live end. */
  open(stream: JournalStreamName, from: number | undefined): LiveCursor;
  /** Offset the next durable record of the stream gets. */
  end(stream: JournalStreamName): number;
  /** Log lines as JSON objects in text, with their level; returns the unsubscribe function. */
  tapLog(listener: (level: string, text: string) => void): () => void;
}

export interface LiveStreamsOptions {
  readonly ports: Ports;
  readonly source: LiveSource;
}

/** How often cursors are polled: people watch, they do not trade on it. */
const pollMs = 25;
/** Records a client gets in one slice, so that catching up on history never holds the loop. */
const sliceRecordsMax = 200;
/** Time all clients together may take of one poll: an eighth of the loop, below its p99 target. */
const pollBudgetUs = 3_000;
/** Attached at the same time; more are asked to come back later. */
export const clientsMax = 64;
const heartbeatMs = 15_000;
/** From an orderly end to the end of a connection whose peer does not read. */
const cutGraceMs = 2_000;

export class LiveStreams {
  readonly #options: LiveStreamsOptions;
  readonly #attached = new Set<Attached>();
  readonly #timers: CancelTimer[];
  readonly #untapLog: () => void;

  constructor(options: LiveStreamsOptions) {
    this.#options = options;
    const { clock } = options.ports;
    this.#timers = [
      clock.every(pollMs, () => this.#poll()),
      clock.every(heartbeatMs, () => this.#heartbeat()),
    ];
    this.#untapLog = options.source.tapLog((level, text) => this.#onLog(level, text));
  }

  get clients(): number {
    return this.#attached.size;
  }

  /** Throws NOT_FOUND, REQUEST_INVALID or RATE_LIMITED: the upgrade is refused with it. */
  acceptSocket(request: SocketRequest): SocketAcceptance {
    const name = /^\/api\/v1\/streams\/([^/]+)$/.exec(request.path)?.[1] ?? '';
    const row = streamNamed(name);
    const query = attachQueryOf(request.query);
    this.#check(row, query);
    return {
      kind: 'accepted',
      handlers: (socket) => {
        let attached: Attached | undefined;
        return {
          onOpen: () => {
            attached = this.#attach(row, query, socketSink(socket));
          },
          onMessage: () => undefined,
          onClose: () => this.#detach(attached),
        };
      },
    };
  }

  /** Throws like `acceptSocket`. `Last-Event-ID` goes on after the last item the client has. */
  eventStream({ params, query, request }: RouteContext): OutboundHttpResponse {
    const row = streamNamed(params.name ?? '');
    const lastId = request.headers['last-event-id'];
    const resumed = lastId !== undefined && /^\d{1,15}$/.test(lastId);
    const asked = query as AttachQuery;
    const effective = resumed ? { ...asked, from: Number(lastId) + 1 } : asked;
    this.#check(row, effective);
    return {
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      },
      stream: (stream) => {
        stream.write('retry: 2000\n\n');
        const attached = this.#attach(row, effective, eventStreamSink(stream));
        stream.onClose(() => this.#detach(attached));
      },
    };
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#untapLog();
    for (const attached of this.#attached) this.#end(attached, 'the daemon stops');
  }

  /** What can be refused is refused before the stream is open, as a problem document. */
  #check(row: LiveStreamRow, { from }: AttachQuery): void {
    if (this.#attached.size >= clientsMax) {
      throw new HoldfastError('RATE_LIMITED', `there are ${clientsMax} attached clients already`);
    }
    if (from === undefined) return;
    if (row.journal === null) {
      throw new HoldfastError(
        'REQUEST_INVALID',
        `the stream ${row.name} is live only: no \`from\``,
      );
    }
    const end = this.#options.source.end(row.journal);
    if (from > end) {
      throw new HoldfastError(
        'REQUEST_INVALID',
        `\`from\` is beyond the end of the stream: the next offset is ${end}`,
        { details: { from, next_offset: end } },
      );
    }
    const probe = this.#options.source.open(row.journal, from);
    try {
      probe.next(1);
    } finally {
      probe.close();
    }
  }

  #attach(row: LiveStreamRow, query: AttachQuery, sink: LiveSink): Attached {
    const { metrics } = this.#options.ports.telemetry;
    const sent = metrics.counter('holdfast_attach_messages_total');
    const dropped = metrics.counter('holdfast_attach_dropped_total');
    const attached = new Attached({
      row,
      filter: filterOf(query),
      client: new LiveClient(sink, () => dropped.increment(1, row.name)),
      cursor: row.journal === null ? undefined : this.#options.source.open(row.journal, query.from),
      onSent: () => sent.increment(1, row.name),
    });
    this.#attached.add(attached);
    this.#count();
    return attached;
  }

  #detach(attached: Attached | undefined): void {
    if (attached === undefined || !this.#attached.delete(attached)) return;
    attached.release();
    this.#count();
  }

  /** Says why, lets go, and cuts what is still open a little later. */
  #end(attached: Attached, reason: string): void {
    const { client } = attached;
    client.close(reason);
    this.#detach(attached);
    this.#options.ports.clock.after(cutGraceMs, () => client.cut());
  }

  #count(): void {
    const gauge = this.#options.ports.telemetry.metrics.gauge('holdfast_attach_clients');
    const of = { websocket: 0, sse: 0 };
    for (const { client } of this.#attached) of[client.transport] += 1;
    for (const transport of ['websocket', 'sse'] as const) gauge.set(of[transport], transport);
  }

  /** Whoever was served goes to the end of the line, so that a spent budget is fair. */
  #poll(): void {
    const { clock } = this.#options.ports;
    const nowUs = clock.monotonicUs();
    const line = [...this.#attached];
    for (const attached of line) {
      if (!attached.client.isOpen) this.#end(attached, '');
      else this.#serve(attached, nowUs);
      if (clock.monotonicUs() - nowUs > pollBudgetUs) return;
    }
  }

  #serve(attached: Attached, nowUs: number): void {
    try {
      if (attached.pump(sliceRecordsMax, nowUs) === 0) return;
      this.#attached.delete(attached);
      this.#attached.add(attached);
    } catch (thrown) {
      const { code, message } = asHoldfastError(thrown);
      this.#options.ports.telemetry.log.error('attach.failed', { code, cause: message });
      this.#end(attached, `${code}: ${message}`);
    }
  }

  #heartbeat(): void {
    const nowUs = this.#options.ports.clock.monotonicUs();
    for (const { client } of this.#attached) client.heartbeat(nowUs);
  }

  #onLog(level: string, text: string): void {
    if (this.#attached.size === 0) return;
    const { clock } = this.#options.ports;
    const stamped = `{"ts_utc":"${isoFromUs(clock.nowUs())}",${text.slice(1)}`;
    const nowUs = clock.monotonicUs();
    for (const attached of this.#attached) attached.onLog(level, stamped, nowUs);
  }
}
