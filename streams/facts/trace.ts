/**
 * W3C trace ids: 32 hex digits that join logs, facts, metrics and API answers. What begins with us
 * (a command, a start) draws one from the `Random` port: `random.hex(16)`.
 */
import { sha256Hex } from './hash.ts';

/** The trace id of something derived: the same origin has the same trace in every run. */
export function traceIdOf(origin: string): string {
  return sha256Hex(origin).slice(0, 32);
}
