/** What a method is given and what a method is: the row of the method table. */
import { z } from 'zod';
import type { RateFigures, VenueEngine } from '../../streams/venues/simulated/index.ts';
import { invalidParam, unauthorized } from '../../streams/venues/simulated/index.ts';
import type { Announcements } from './announcements.ts';
import type { CostGroup } from './credits.ts';
import type { Customer } from './customer.ts';
import type { DerivedFeed } from './derived-feed.ts';
import type { Faults } from './faults.ts';
import type { Hub } from './hub.ts';
import type { MarketFeed } from './market-feed.ts';
import type { MatchingQueue } from './matching-queue.ts';
import type { OrderRequests } from './order-requests.ts';
import type { Access } from './scopes.ts';
import type { Session } from './session.ts';
import type { Identity, Tokens } from './tokens.ts';
import type { UserFeed } from './user-feed.ts';

/** The parts of the venue that methods work with. */
export interface VenueParts {
  readonly engine: VenueEngine;
  readonly hub: Hub;
  readonly matchingQueue: MatchingQueue;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly announcements: Announcements;
  readonly marketFeed: MarketFeed;
  readonly derivedFeed: DerivedFeed;
  readonly userFeed: UserFeed;
  readonly orderRequests: OrderRequests;
  readonly rates: RateFigures;
  readonly sessions: ReadonlySet<Session>;
  /** Venue time, epoch µs. */
  readonly nowUs: () => number;
  /** Somebody listens to a market: a held recording may start. */
  readonly onMarketSubscribed: () => void;
}

export interface Call {
  readonly venue: VenueParts;
  /** Undefined over HTTP. */
  readonly session: Session | undefined;
  readonly identity: Identity | undefined;
  /** Runs after the reply was handed to the socket. */
  readonly afterReply: (fn: () => void) => void;
}

/** A call whose method needs an account. */
export interface PrivateCall extends Call {
  readonly customer: Customer;
}

/** The call with its customer. Throws 13009 when nobody is authenticated. */
function withCustomer(call: Call): PrivateCall {
  if (call.identity === undefined) throw unauthorized('invalid_token');
  return { ...call, customer: call.identity.customer };
}

export interface MethodRow {
  readonly access: Access;
  readonly cost: CostGroup;
  /** Over HTTP: 10030. */
  readonly socketOnly: boolean;
  /** No reply is sent (logout). */
  readonly silent: boolean;
  readonly shape: Readonly<Record<string, z.ZodType>>;
  readonly run: (call: Call, params: unknown) => unknown;
}

export interface MethodOptions<Shape extends Record<string, z.ZodType>> {
  readonly access?: Access;
  readonly cost?: CostGroup;
  readonly socketOnly?: boolean;
  readonly silent?: boolean;
  readonly params?: Shape;
}

type Run<C, Shape extends Record<string, z.ZodType>> = (
  call: C,
  params: z.infer<z.ZodObject<Shape>>,
) => unknown;

/** Declares a method of an account. */
export function method<Shape extends Record<string, z.ZodType>>(
  options: MethodOptions<Shape>,
  run: Run<PrivateCall, Shape>,
): MethodRow {
  return openMethod(options, (call, params) => run(withCustomer(call), params));
}

/** Declares a method. Unknown parameters are ignored, as the venue does; wrong ones are -32602. */
export function openMethod<Shape extends Record<string, z.ZodType>>(
  options: MethodOptions<Shape>,
  run: Run<Call, Shape>,
): MethodRow {
  const shape = options.params ?? ({} as Shape);
  const schema = z.object(shape);
  return {
    access: options.access ?? 'public',
    cost: options.cost ?? 'default',
    socketOnly: options.socketOnly ?? false,
    silent: options.silent ?? false,
    shape,
    run(call, params) {
      const parsed = schema.safeParse(params);
      if (parsed.success) return run(call, parsed.data);
      const issue = parsed.error.issues[0];
      throw invalidParam(String(issue?.path[0] ?? ''), reasonOf(issue));
    },
  };
}

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'invalid value';
  if (issue.code === 'too_small' && issue.origin === 'number')
    return `value must be >= ${issue.minimum}`;
  if (issue.code === 'too_big') return 'value too long';
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'value required';
  return 'invalid value';
}

/** Query strings carry only text: numbers and booleans are read by what the parameter is. */
export function coerceQuery(
  shape: Readonly<Record<string, z.ZodType>>,
  query: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const params: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(query))
    params[name] = coerce(kindOf(shape[name]), text);
  return params;
}

/** What each parameter is, found once: schemas are declared and never made. */
const kinds = new WeakMap<z.ZodType, string>();

function kindOf(schema: z.ZodType | undefined): string {
  if (schema === undefined) return 'string';
  let kind = kinds.get(schema);
  if (kind === undefined) {
    kind = innermost(schema);
    kinds.set(schema, kind);
  }
  return kind;
}

function innermost(schema: z.ZodType | undefined): string {
  let type: z.core.$ZodType | undefined = schema;
  while (
    type instanceof z.ZodOptional ||
    type instanceof z.ZodDefault ||
    type instanceof z.ZodNullable
  ) {
    type = type._zod.def.innerType;
  }
  return type?._zod.def.type ?? 'string';
}

function coerce(type: string, text: string): unknown {
  if (type === 'number') return text.trim() === '' ? text : Number(text);
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (type === 'array') return text.startsWith('[') ? parseArray(text) : text.split(',');
  return text;
}

function parseArray(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
