/**
 * The way in for commands: who is it, may they, is it fresh, was it asked before. A refusal is
 * recorded; a flood of refusals is recorded up to a bound and counted beyond it. Commands that make
 * things safer are never rate limited.
 */
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import type { InboundHttpRequest, OutboundHttpResponse, Ports } from '../../streams/ports/index.ts';
import {
  type CommandAnswer,
  type CommandRow,
  type Commands,
  causeOf,
  commandAnswerSchema,
} from './command-table.ts';
import { IdempotencyTable } from './idempotency.ts';
import { RateWindow } from './rate-window.ts';
import { answerRoute, type JsonRoute, jsonResponse, type RouteMatch } from './routes.ts';
import { type Caller, type Role, requireRole, type TokenTable } from './tokens.ts';

/** A command of the last day, as a restart finds it in `control`. */
export interface RememberedCommand {
  readonly role: Role;
  readonly path: string;
  readonly idempotencyKey: string;
  readonly bodySha256: string;
  /** When it was accepted, epoch µs. */
  readonly atUs: number;
  readonly answer: CommandAnswer;
}

export interface CommandDoorOptions {
  readonly ports: Pick<Ports, 'clock' | 'telemetry'>;
  readonly tokens: TokenTable;
  readonly commands: Commands;
  readonly remembered: readonly RememberedCommand[];
}

/** A request stamped further off than this is a replay or a broken clock. */
const stampToleranceMs = 300_000;
/** Loosening commands of one token; people act a few times an hour. */
const loosenPerMinuteMax = 30;
/** Refusals that become facts; beyond, a stranger could fill the journal. */
const refusalFactsPerMinuteMax = 60;
const windowMs = 60_000;

/** The parts of a command's route that the OpenAPI document shows. */
export function routeShape(row: CommandRow): Omit<JsonRoute, 'answer'> {
  return {
    kind: 'json',
    method: 'POST',
    path: row.path,
    summary: `${row.summary} Role: ${row.role}.`,
    body: row.body,
    response: commandAnswerSchema,
    ...(row.isBuilt ? {} : { notBuilt: true }),
  };
}

export class CommandDoor {
  readonly #options: CommandDoorOptions;
  readonly #idempotency: IdempotencyTable;
  readonly #loosening: RateWindow;
  readonly #refusals: RateWindow;

  constructor(options: CommandDoorOptions) {
    const { clock } = options.ports;
    this.#options = options;
    this.#idempotency = new IdempotencyTable(clock);
    this.#loosening = new RateWindow(clock, windowMs, loosenPerMinuteMax);
    this.#refusals = new RateWindow(clock, windowMs, refusalFactsPerMinuteMax);
    for (const { role, path, idempotencyKey, bodySha256, atUs, answer } of options.remembered) {
      const scope = `${role} ${path}`;
      this.#idempotency.restore(scope, idempotencyKey, bodySha256, atUs, jsonResponse(200, answer));
    }
  }

  /** Authenticates, deduplicates and runs one command; a refusal is recorded and thrown. */
  async run(
    row: CommandRow,
    match: RouteMatch,
    request: InboundHttpRequest,
    traceId: string,
  ): Promise<OutboundHttpResponse> {
    let caller: Caller | undefined;
    try {
      caller = this.#options.tokens.identify(request.headers.authorization);
      requireRole(caller.role, row.role);
      this.#checkStamp(row.effect, request);
      return await this.#once(row, match, request, traceId, caller);
    } catch (error) {
      this.refuse(row.path, caller?.role ?? null, asHoldfastError(error), traceId);
      throw error;
    }
  }

  /** Records a refusal, within the bound. */
  refuse(path: string, role: Role | null, error: HoldfastError, traceId: string): void {
    const { commands, ports } = this.#options;
    ports.telemetry.metrics.counter('holdfast_http_rejected_total').increment(1, error.code);
    if (this.#refusals.admit('all')) commands.refused(path, role, error, traceId);
  }

  #once(
    row: CommandRow,
    match: RouteMatch,
    request: InboundHttpRequest,
    traceId: string,
    { role, tokenId }: Caller,
  ): Promise<OutboundHttpResponse> {
    const idempotencyKey = request.headers['idempotency-key'];
    const bodySha256 = sha256Hex(request.body);
    const answer: JsonRoute['answer'] = async ({ body }) => {
      this.#judgeBody(row, body, request, { role, tokenId });
      const value = await row.run(this.#options.commands, body, {
        role,
        traceId,
        idempotencyKey: idempotencyKey ?? '',
        cause: causeOf(body),
        request: { path: request.path, bodySha256 },
      });
      return { value };
    };
    const route: JsonRoute = { ...routeShape(row), answer };
    return this.#idempotency.once(`${role} ${request.path}`, idempotencyKey, bodySha256, () => {
      this.#admitLoosening(row.effect, tokenId);
      return answerRoute({ route, params: match.params }, request, traceId);
    });
  }

  /** What only the body tells: a policy that loosens passes everything that loosening passes. */
  #judgeBody(row: CommandRow, body: unknown, request: InboundHttpRequest, caller: Caller): void {
    if (row.effectOf?.(this.#options.commands, body) !== 'loosens') return;
    requireRole(caller.role, 'owner');
    this.#checkStamp('loosens', request);
    this.#admitLoosening('loosens', caller.tokenId);
  }

  #checkStamp(effect: CommandRow['effect'], request: InboundHttpRequest): void {
    const stamp = request.headers['x-request-time'];
    if (stamp === undefined) {
      if (effect !== 'loosens') return;
      throw new HoldfastError(
        'REQUEST_STALE',
        'this command needs an `X-Request-Time` header (epoch ms)',
      );
    }
    const offMs = Math.abs(Number(stamp) - this.#options.ports.clock.nowUs() / 1_000);
    if (!/^\d+$/.test(stamp) || offMs > stampToleranceMs) {
      throw new HoldfastError('REQUEST_STALE', 'the request is stamped more than five minutes off');
    }
  }

  #admitLoosening(effect: CommandRow['effect'], tokenId: string): void {
    if (effect !== 'loosens' || this.#loosening.admit(tokenId)) return;
    throw new HoldfastError('RATE_LIMITED', 'too many loosening commands within a minute');
  }
}
