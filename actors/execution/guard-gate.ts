/** The little that execution needs of the guard: read its verdict, and tell it what went wrong. */
import type { IntentClass } from '../../streams/facts/intent.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';

export interface GuardView {
  readonly mode: 'Active' | 'ReduceOnly' | 'Kill';
  readonly reasons: readonly string[];
  readonly riskState: string;
  readonly latched: boolean;
  readonly evidence: 'GREEN' | 'NOT_GREEN';
  readonly policyRev: string;
}

/** What execution reports; the guard turns it into conditions. */
export type ExecutionCondition =
  /** Orders whose fate is unknown, now. */
  | { readonly kind: 'in_doubt'; readonly count: number }
  /** A ledger or audit write failed or its queue was full: evidence is not GREEN. */
  | { readonly kind: 'wal_write_error'; readonly cause: string }
  /** Something that must not be: sizing disagreed, a label was ambiguous, a capsule failed. */
  | { readonly kind: 'degraded'; readonly cause: string }
  /** Exposure of a broken group is being closed: from the first close until nothing is left. */
  | { readonly kind: 'containment'; readonly active: boolean }
  /** A position without an intent, a trade without an order: state has to be proved again. */
  | { readonly kind: 'reconcile'; readonly cause: string };

export interface PermissionRequest {
  readonly class: IntentClass;
  /** CLOSE or HEDGE: it is the emergency close, or the bounded hedge, of a containment. */
  readonly containment?: boolean;
  /** CANCEL: the order to cancel is reduce-only. */
  readonly targetReduceOnly?: boolean;
  /** CANCEL: it would take protection from a standing position. */
  readonly riskIncreasing?: boolean;
}

export interface GuardGate {
  /** Recomputed now, from the inputs as they are. */
  evaluate(): GuardView;
  /** Why it may not be dispatched; undefined: it may. The guard is the only authority on this. */
  refusal(view: GuardView, request: PermissionRequest): RejectCode | undefined;
  report(condition: ExecutionCondition): void;
}
