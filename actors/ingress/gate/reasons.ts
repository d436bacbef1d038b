/** What the gate answers, and why it sets something aside. Codes, never free text. */
import { quarantineReasons } from '../../../streams/venues/deribit/codec/quarantine.ts';

/**
 * `ADMIT`: new, will be in `traffic` · `DUPLICATE`: the same identity with the same payload was
 * admitted before, a no-op · `QUARANTINE`: set aside with a reason.
 */
export type GateVerdict = 'ADMIT' | 'DUPLICATE' | 'QUARANTINE';

export const gateReasons = [
  ...quarantineReasons,
  /** The same identity came with another payload: nothing is ever overwritten. */
  'identity_conflict',
  /** Older than the identities still remembered: it cannot be told from a duplicate. */
  'identity_too_old',
  /** The gate is RED: the content was fine, but nothing can be recorded. */
  'intake_refused',
] as const;
export type GateReason = (typeof gateReasons)[number];

/**
 * Whether an event may update views. A duplicate may (every view is idempotent, and a repeated
 * snapshot mends a book); so may what was refused only because recording is impossible, since
 * prices are needed to reduce risk. What is itself doubtful may not.
 */
export function viewMayApply(verdict: GateVerdict, reason: GateReason | ''): boolean {
  return verdict !== 'QUARANTINE' || reason === 'intake_refused';
}
