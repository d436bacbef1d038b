/**
 * The control port: authenticated commands, each one recorded. Commands that make things safer are
 * never rate limited and depend on nothing but the guard: not on store, bus, page or venue.
 */
import { z } from 'zod';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import type {
  HttpServer,
  InboundHttpRequest,
  OutboundHttpResponse,
  Ports,
} from '../../streams/ports/index.ts';
import { IdempotencyTable } from './idempotency.ts';
import { listen } from './listen.ts';
import { openApiDocument } from './openapi.ts';
import { answerRoute, findRoute, type JsonRoute, type Route } from './routes.ts';
import { type Role, requireRole, type TokenTable } from './tokens.ts';

export const commandAnswerSchema = z.strictObject({
  trading_mode: z.enum(['Active', 'ReduceOnly', 'Kill']),
  mode_reasons: z.array(z.string()),
  /** What the command did, for people. */
  outcome: z.string(),
  /** The fact that records the command. */
  fact_id: z.string().nullable(),
  trace_id: z.string(),
});
export type CommandAnswer = z.infer<typeof commandAnswerSchema>;

export interface CommandContext {
  readonly role: Role;
  readonly traceId: string;
  readonly idempotencyKey: string;
  readonly cause: string;
}

/** What the port can command. Each call takes effect before it returns. */
export interface Commands {
  emergencyReduceOnly(context: CommandContext): CommandAnswer;
  kill(context: CommandContext): CommandAnswer;
  restore(tier: 'ReduceOnly' | 'Kill', context: CommandContext): CommandAnswer;
  reconcile(context: CommandContext): CommandAnswer;
  /** Records a command that was refused, and why. */
  refused(command: string, role: Role | null, error: HoldfastError, traceId: string): void;
}

export interface ControlServerOptions {
  readonly ports: Ports;
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly statusPort: () => number;
  readonly contractVersion: string;
  readonly tokens: TokenTable;
  readonly commands: Commands;
}

/** A request stamped further off than this is a replay or a broken clock. */
const stampToleranceMs = 300_000;
/** Per role and minute; commands that tighten are not counted. */
const loosenPerMinuteMax = 30;

const causeBody = z.strictObject({ cause: z.string().min(1).max(500).default('by hand') });
const restoreBody = z.strictObject({
  tier: z.enum(['ReduceOnly', 'Kill']),
  reason: z.string().min(1).max(500),
});

interface CommandRow {
  readonly path: string;
  readonly summary: string;
  readonly role: Role;
  /** Tightening is always admitted; loosening must be stamped and is rate limited. */
  readonly effect: 'tightens' | 'loosens';
  readonly body: z.ZodType;
  readonly run: (commands: Commands, body: unknown, context: CommandContext) => CommandAnswer;
}

const commandRows: readonly CommandRow[] = [
  {
    path: '/api/v1/emergency/reduce_only',
    summary: 'At least ReduceOnly within one tick; cancels orders that are not reduce-only.',
    role: 'supervisor',
    effect: 'tightens',
    body: causeBody,
    run: (commands, _body, context) => commands.emergencyReduceOnly(context),
  },
  {
    path: '/api/v1/emergency/kill',
    summary: 'Kill: no order any more, open orders cancelled; an owner restores.',
    role: 'supervisor',
    effect: 'tightens',
    body: causeBody,
    run: (commands, _body, context) => commands.kill(context),
  },
  {
    path: '/api/v1/control/reconcile',
    summary: 'Reconcile with the venue now.',
    role: 'supervisor',
    effect: 'tightens',
    body: causeBody,
    run: (commands, _body, context) => commands.reconcile(context),
  },
  {
    path: '/api/v1/control/restore',
    summary: 'Lowers the operator floor of a tier; refused while a reason of that tier stands.',
    role: 'owner',
    effect: 'loosens',
    body: restoreBody,
    run: (commands, body, context) =>
      commands.restore((body as z.infer<typeof restoreBody>).tier, context),
  },
];

function causeOf(body: unknown): string {
  const { cause, reason } = body as { cause?: string; reason?: string };
  return cause ?? reason ?? 'by hand';
}

class CommandDoor {
  readonly #options: ControlServerOptions;
  readonly #idempotency: IdempotencyTable;
  #loosenWindow = { startUs: 0, count: 0 };

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#idempotency = new IdempotencyTable(options.ports.clock);
  }

  /** Authenticates, deduplicates and runs one command; a refusal is recorded. */
  async run(
    row: CommandRow,
    request: InboundHttpRequest,
    traceId: string,
  ): Promise<OutboundHttpResponse> {
    let role: Role | null = null;
    try {
      role = this.#roleOf(request);
      requireRole(role, row.role);
      this.#checkStamp(row, request);
      const key = request.headers['idempotency-key'];
      const scope = `${role} ${row.path}`;
      const route = this.#routeOf(row, role, key ?? '');
      return await this.#idempotency.once(scope, key, request.body, () => {
        this.#countLoosening(row);
        return answerRoute({ route, params: {} }, request, traceId);
      });
    } catch (error) {
      this.#options.commands.refused(row.path, role, asHoldfastError(error), traceId);
      throw error;
    }
  }

  #roleOf(request: InboundHttpRequest): Role {
    if (this.#options.tokens.isEmpty) {
      throw new HoldfastError(
        'UNAUTHORIZED',
        'no token is configured, so every command is refused: set HOLDFAST_TOKEN_SUPERVISOR',
      );
    }
    return this.#options.tokens.roleOf(request.headers.authorization);
  }

  #checkStamp(row: CommandRow, request: InboundHttpRequest): void {
    const stamp = request.headers['x-request-time'];
    if (stamp === undefined) {
      if (row.effect === 'tightens') return;
      throw new HoldfastError(
        'REQUEST_STALE',
        'this command needs an `X-Request-Time` header (epoch ms)',
      );
    }
    const offMs = Math.abs(Number(stamp) - this.#options.ports.clock.nowUs() / 1_000);
    if (!(offMs <= stampToleranceMs)) {
      throw new HoldfastError('REQUEST_STALE', 'the request is stamped more than five minutes off');
    }
  }

  #countLoosening(row: CommandRow): void {
    if (row.effect === 'tightens') return;
    const nowUs = this.#options.ports.clock.monotonicUs();
    if (nowUs - this.#loosenWindow.startUs > 60_000_000)
      this.#loosenWindow = { startUs: nowUs, count: 0 };
    this.#loosenWindow.count += 1;
    if (this.#loosenWindow.count > loosenPerMinuteMax) {
      throw new HoldfastError('RATE_LIMITED', 'too many loosening commands within a minute');
    }
  }

  #routeOf(row: CommandRow, role: Role, idempotencyKey: string): JsonRoute {
    return {
      ...routeShape(row),
      answer: ({ body, traceId }) => ({
        value: row.run(this.#options.commands, body, {
          role,
          traceId,
          idempotencyKey,
          cause: causeOf(body),
        }),
      }),
    };
  }
}

function routeShape(row: CommandRow): Omit<JsonRoute, 'answer'> {
  return {
    kind: 'json',
    method: 'POST',
    path: row.path,
    summary: `${row.summary} Role: ${row.role}.`,
    body: row.body,
    response: commandAnswerSchema,
  };
}

/** Opens the control port. Rejects with PORT_IN_USE. */
export async function startControlServer(options: ControlServerOptions): Promise<HttpServer> {
  const door = new CommandDoor(options);
  const shapes: Route[] = commandRows.map((row) => ({
    ...routeShape(row),
    answer: () => ({ value: null }),
  }));
  const document: Route = {
    kind: 'raw',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    contentType: 'application/json',
    answer: () => ({
      status: 200,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(
        openApiDocument(
          {
            title: 'Holdfast control port',
            version: options.contractVersion,
            description: 'Authenticated commands. Each one is a fact in `control`.',
            secured: true,
          },
          [...shapes, document],
        ),
      ),
    }),
  };
  const routes = [...shapes, document];
  return listen({
    ports: options.ports,
    name: 'control',
    host: options.host,
    port: options.port,
    statusPort: options.statusPort,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    answer: async (request, traceId) => {
      const match = findRoute(routes, request);
      const row = commandRows.find(({ path }) => path === match.route.path);
      return row === undefined
        ? answerRoute(match, request, traceId)
        : door.run(row, request, traceId);
    },
  });
}
