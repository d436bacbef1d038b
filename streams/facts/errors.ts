/**
 * Every error of the house. A code is listed here once, with its meaning, whether trying again can
 * help, and the exit code a process ends with when the error ends it. Docs are generated from it.
 */
interface ErrorCodeRow {
  readonly meaning: string;
  readonly retryable: boolean;
  readonly exitCode: number;
}

function row(exitCode: number, retryable: boolean, meaning: string): ErrorCodeRow {
  return { exitCode, retryable, meaning };
}

/** What a process says with the code it ends with. `status` adds its own two. */
export const exitCodes: Readonly<Record<number, string>> = {
  0: 'done; `status`: Active',
  1: 'a bug',
  2: 'usage',
  3: 'configuration',
  4: 'data damaged',
  5: 'a resource is missing or taken',
  6: 'the venue or the network',
  7: 'the evidence store',
  8: 'refused',
  10: '`status`: ReduceOnly',
  11: '`status`: Kill',
  130: 'interrupted',
};

/** Each code, its meaning, whether the same again can help, and the exit code it ends a process with. */
export const errorCodes = {
  INTERNAL: row(1, false, 'a broken invariant: a bug of ours, dispatch is closed'),
  USAGE: row(2, false, 'the command line was not understood'),
  CONFIG_INVALID: row(
    3,
    false,
    'the profile has problems; each is listed with path and expected form',
  ),
  CONFIG_NOT_FOUND: row(3, false, 'no such profile or policy file'),
  SECRET_MISSING: row(3, false, 'a required secret is not in the environment'),
  SCHEMA_INVALID: row(4, false, 'data from outside does not have the documented form'),
  JOURNAL_DAMAGED: row(
    4,
    false,
    'the journal is damaged inside; see the offset and the repair command',
  ),
  JOURNAL_LOCKED: row(5, true, 'another process writes this journal'),
  JOURNAL_WRITE_FAILED: row(
    5,
    false,
    'a journal write or sync failed: never retried, dispatch closed',
  ),
  JOURNAL_QUEUE_FULL: row(5, true, 'the bounded queue in front of the journal is full'),
  JOURNAL_CLOSED: row(5, false, 'the journal does not accept records any more'),
  DISK_FULL: row(5, true, 'no space left for this write'),
  PORT_IN_USE: row(5, true, 'another process listens on this address'),
  NETWORK_UNREACHABLE: row(6, true, 'no connection could be made'),
  NETWORK_TIMEOUT: row(6, true, 'no answer within the deadline'),
  CIRCUIT_OPEN: row(6, true, 'it failed too often and is left alone for a while'),
  NETWORK_CLOSED: row(6, true, 'the connection ended before an answer came'),
  PAYLOAD_TOO_LARGE: row(6, false, 'a message is larger than its stated bound'),
  VENUE_PROTOCOL: row(6, false, 'the venue sent what its protocol does not allow'),
  VENUE_AUTH: row(6, false, 'the venue refused the key, or granted other scopes than needed'),
  VENUE_REFUSED: row(6, false, 'the venue definitely refused the request: nothing happened'),
  VENUE_BUSY: row(6, true, 'the venue asks to try later: nothing happened'),
  VENUE_UNKNOWN_OUTCOME: row(
    6,
    false,
    'the request may have reached the engine: reconcile before anything else',
  ),
  VENUE_SESSION_DOWN: row(6, true, 'no authenticated session with the venue'),
  VENUE_SESSION_TERMINATED: row(6, true, 'the venue ended the session because of the request rate'),
  VENUE_METHOD_FORBIDDEN: row(1, false, 'an order method was used outside the dispatch chokepoint'),
  STORE_UNAVAILABLE: row(7, true, 'the evidence store does not answer'),
  STORE_REJECTED: row(7, false, 'the evidence store refused rows or a migration'),
  STORE_ENGINE_MISSING: row(
    7,
    false,
    'the optional embedded engine is not installed on this platform',
  ),
  WORLD_NOT_FOUND: row(4, false, 'no such sealed world'),
  WORLD_NOT_SEALED: row(4, false, 'the world was never sealed, or its seal failed'),
  WORLD_DAMAGED: row(4, false, 'a file of the world does not match its digest'),
  WORLD_INDEX_MISSING: row(
    4,
    false,
    'a position expires in a world that recorded no index to settle it at',
  ),
  WORLD_EXISTS: row(8, false, 'sealed data is immutable: the world exists already'),
  IMPORT_INVALID: row(4, false, 'the recording is not in the stated format'),
  DISPATCH_CLOSED: row(8, false, 'the chokepoint is closed'),
  STAGE_FORBIDDEN: row(8, false, 'the stage of this profile forbids it'),
  UNAUTHORIZED: row(8, false, 'no valid token'),
  FORBIDDEN: row(8, false, 'the token has too small a role, or Host or Origin is not allowed'),
  CONFLICT: row(
    8,
    false,
    'the same key came with another body, or what the command names is not so',
  ),
  REQUEST_STALE: row(8, false, 'the request is stamped more than five minutes off'),
  REQUEST_INVALID: row(8, false, 'the request body or query is not valid'),
  NOT_FOUND: row(8, false, 'no such thing'),
  METHOD_NOT_ALLOWED: row(8, false, 'this method is not allowed here'),
  RATE_LIMITED: row(8, true, 'too many requests with this token'),
  NOT_BUILT: row(8, false, 'specified, but not built yet'),
  INTERRUPTED: row(130, true, 'stopped by a signal before the work was done'),
} as const satisfies Record<string, ErrorCodeRow>;

export type ErrorCode = keyof typeof errorCodes;

export interface HoldfastErrorOptions {
  readonly traceId?: string;
  readonly cause?: unknown;
  /** Safe to show: no secret, no payload. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class: a code, and a message that says what happened and what to do. */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly traceId: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: HoldfastErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = 'HoldfastError';
    this.code = code;
    this.traceId = options.traceId;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  get exitCode(): number {
    return errorCodes[this.code].exitCode;
  }
}

/** Whatever was thrown, as a `HoldfastError`; what is not one is a bug and becomes INTERNAL. */
export function asHoldfastError(thrown: unknown): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HoldfastError('INTERNAL', message, { cause: thrown });
}

/** For the end of a switch over a union: a case that was forgotten does not compile. */
export function assertNever(value: never): never {
  throw new HoldfastError('INTERNAL', `unhandled case: ${JSON.stringify(value)}`);
}

/** A broken invariant stops the process through the fatal door; it is never logged and passed. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new HoldfastError('INTERNAL', message);
}
