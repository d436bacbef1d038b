/**
 * Attach to live streams. Journal-backed streams are polled from the journal itself, each client
 * with a cursor of its own, in slices: the hot path does not know that anybody watches.
 */
import { z } from 'zod';
import { decodeEnvelope } from '../../../streams/facts/envelope.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type {
  CancelTimer,
  OutboundHttpResponse,
  Ports,
  SocketAcceptance,
  SocketRequest,
} from '../../../streams/ports/index.ts';
import type { Route, RouteContext } from '../routes.ts';
import { LiveClient, type LiveSink } from './client.ts';
import { eventStreamSink, socketSink } from './sinks.ts';
import {
  type JournalStreamName,
  type LiveFilter,
  type LiveStreamRow,
  liveStreamRows,
  passes,
  severeEnough,
  severities,
} from './streams.ts';

export interface LiveRecord {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Reads on from where it stands; an empty batch means the live end. */
export interface LiveCursor {
  next(recordsMax: number): readonly LiveRecord[];
  close(): void;
}

export interface LiveSource {
  /** `from` undefined starts at the live end. */
  open(stream: JournalStreamName, from: number | undefined): LiveCursor;
  /** Log lines as JSON text with their level; returns the unsubscribe function. */
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
const clientsMax = 64;
const heartbeatMs = 15_000;

const attachQuerySchema = z.strictObject({
  from: z.coerce.number().int().nonnegative().optional(),
  instrument: z.string().max(64).optional(),
  runner: z.string().max(64).optional(),
  trace_id: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  severity: z.enum(severities).optional(),
});
type AttachQuery = z.infer<typeof attachQuerySchema>;

const streamListSchema = z.strictObject({
  streams: z.array(
    z.strictObject({ name: z.string(), journal: z.string().nullable(), about: z.string() }),
  ),
});

interface Attached {
  readonly row: LiveStreamRow;
  readonly filter: LiveFilter;
  readonly client: LiveClient;
  readonly cursor: LiveCursor | undefined;
}

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
      clock.every(heartbeatMs, () => {
        for (const { client } of this.#attached) client.heartbeat();
      }),
    ];
    this.#untapLog = options.source.tapLog((level, text) => this.#onLog(level, text));
  }

  get clients(): number {
    return this.#attached.size;
  }

  acceptSocket(request: SocketRequest): SocketAcceptance {
    const name = /^\/api\/v1\/streams\/([a-z]+)$/.exec(request.path)?.[1] ?? '';
    const row = rowOf(name);
    const query = queryOf(request.query);
    this.#refuseWhenFull();
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

  eventStream({ params, query, request }: RouteContext): OutboundHttpResponse {
    const row = rowOf(params.name ?? '');
    this.#refuseWhenFull();
    const resumeAfter = Number(request.headers['last-event-id'] ?? Number.NaN);
    const asked = query as AttachQuery;
    const from = Number.isSafeInteger(resumeAfter) ? resumeAfter + 1 : asked.from;
    return {
      status: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
      },
      stream: (stream) => {
        stream.write('retry: 2000\n\n');
        const attached = this.#attach(row, { ...asked, from }, eventStreamSink(stream));
        stream.onClose(() => this.#detach(attached));
      },
    };
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#untapLog();
    for (const attached of [...this.#attached]) {
      attached.client.close('the daemon stops');
      this.#detach(attached);
    }
  }

  #refuseWhenFull(): void {
    if (this.#attached.size >= clientsMax) {
      throw new HoldfastError('RATE_LIMITED', `there are ${clientsMax} attached clients already`);
    }
  }

  #attach(row: LiveStreamRow, query: AttachQuery, sink: LiveSink): Attached {
    const filter: LiveFilter = {
      instrument: query.instrument,
      runner: query.runner,
      traceId: query.trace_id,
      severity: query.severity,
    };
    const cursor =
      row.journal === null ? undefined : this.#options.source.open(row.journal, query.from);
    const attached: Attached = { row, filter, client: new LiveClient(sink), cursor };
    this.#attached.add(attached);
    this.#count();
    return attached;
  }

  #detach(attached: Attached | undefined): void {
    if (attached === undefined || !this.#attached.delete(attached)) return;
    attached.cursor?.close();
    this.#count();
  }

  #count(): void {
    this.#options.ports.telemetry.metrics.gauge('holdfast_attach_clients').set(this.#attached.size);
  }

  #poll(): void {
    const nowUs = this.#options.ports.clock.monotonicUs();
    for (const attached of this.#attached) {
      if (!attached.client.isOpen) this.#detach(attached);
      else if (attached.cursor !== undefined) this.#pump(attached, attached.cursor, nowUs);
    }
  }

  #pump({ row, filter, client }: Attached, cursor: LiveCursor, nowUs: number): void {
    for (const { offset, bytes } of cursor.next(sliceRecordsMax)) {
      const fact = decodeEnvelope(bytes);
      if (!row.includes(fact.event_type) || !passes(filter, fact)) continue;
      client.offer({ offset, text: Buffer.from(bytes).toString('utf8') }, nowUs);
    }
  }

  #onLog(level: string, text: string): void {
    const nowUs = this.#options.ports.clock.monotonicUs();
    for (const { row, filter, client } of this.#attached) {
      if (row.journal !== null || !severeEnough(filter.severity, level)) continue;
      if (filter.traceId !== undefined && !text.includes(filter.traceId)) continue;
      client.offer({ offset: null, text }, nowUs);
    }
  }
}

function rowOf(name: string): LiveStreamRow {
  const row = liveStreamRows.find((candidate) => candidate.name === name);
  if (row !== undefined) return row;
  const names = liveStreamRows.map((candidate) => candidate.name).join(', ');
  throw new HoldfastError('NOT_FOUND', `no stream ${JSON.stringify(name)}; there are: ${names}`);
}

function queryOf(query: Readonly<Record<string, string>>): AttachQuery {
  const result = attachQuerySchema.safeParse(query);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new HoldfastError('REQUEST_INVALID', `the query is not valid: ${problems.join('; ')}`);
}

/** The routes of the status port that list and attach. WebSocket upgrades use `acceptSocket`. */
export function liveRoutes(live: LiveStreams): Route[] {
  return [
    {
      kind: 'json',
      method: 'GET',
      path: '/api/v1/streams',
      summary: 'The live streams there are.',
      response: streamListSchema,
      answer: () => ({
        value: {
          streams: liveStreamRows.map(({ name, journal, about }) => ({ name, journal, about })),
        },
      }),
    },
    {
      kind: 'raw',
      method: 'GET',
      path: '/api/v1/streams/:name',
      summary:
        'Attach by server-sent events, or by WebSocket upgrade. `from` replays from an offset and joins live.',
      query: attachQuerySchema,
      contentType: 'text/event-stream',
      answer: (context) => live.eventStream(context),
    },
  ];
}
