/** The verdict of the key-scope probe: anything but a clean answer leaves the input missing. */
import type { Guard } from '../guard-types.ts';

export interface ScopeAnswer {
  /** Scopes the key has beyond those the profile allows. */
  readonly tooWide: readonly string[];
}

/** Undefined: the venue did not say. */
export function reportKeyScope(guard: Pick<Guard, 'set'>, answer: ScopeAnswer | undefined): void {
  if (answer === undefined) guard.set('key_scope', undefined);
  else guard.set('key_scope', answer.tooWide.length === 0 ? 'ok' : 'too_wide');
}
