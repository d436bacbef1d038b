/** What a supervised child tells the one who started it, over its channel. */
import { asHoldfastError, type ErrorCode, errorCodes } from '../../streams/facts/errors.ts';

/** Said once, when it can be used. */
export interface ReadyMessage {
  readonly type: 'ready';
  readonly port?: number;
  readonly statusUrl?: string;
  readonly controlUrl?: string;
  readonly runId?: string;
}

/** The last words of a child that could not start, or could not go on. */
export interface FailedMessage {
  readonly type: 'failed';
  readonly code: ErrorCode;
  readonly message: string;
}

function hasType(message: unknown, type: string): boolean {
  return (
    typeof message === 'object' && message !== null && 'type' in message && message.type === type
  );
}

export function isReady(message: unknown): message is ReadyMessage {
  return hasType(message, 'ready');
}

export function isFailed(message: unknown): message is FailedMessage {
  if (!hasType(message, 'failed')) return false;
  const { code, message: text } = message as Partial<FailedMessage>;
  return typeof text === 'string' && typeof code === 'string' && Object.hasOwn(errorCodes, code);
}

export function failedMessage(thrown: unknown): FailedMessage {
  const { code, message } = asHoldfastError(thrown);
  return { type: 'failed', code, message };
}
