/**
 * The guard as execution sees it: one verdict, one refusal, one place to report what went wrong.
 * It decides nothing of its own: reports become inputs, conditions and latch reasons.
 */
import type { Guard } from './guard-types.ts';
import { type PermitRefusal, type PermitRequest, permitRefusal } from './permits.ts';
import type { GuardSnapshot } from './snapshot.ts';

export type ExecutionReport =
  /** Orders whose fate is unknown, now. */
  | { readonly kind: 'in_doubt'; readonly count: number }
  /** A ledger or audit write failed, or its queue was full. */
  | { readonly kind: 'wal_write_error'; readonly cause: string }
  /** Something that must not be: sizing disagreed, a label was ambiguous. */
  | { readonly kind: 'degraded'; readonly cause: string }
  /** Exposure of a broken group is being closed, or stands. */
  | { readonly kind: 'containment'; readonly active: boolean }
  /** A trade without an order, a position without an intent. */
  | { readonly kind: 'reconcile'; readonly cause: string };

export interface ExecutionGate {
  evaluate(): GuardSnapshot;
  refusal(view: GuardSnapshot, request: PermitRequest): PermitRefusal | undefined;
  report(report: ExecutionReport): void;
}

/** `onEvidenceError`: the evidence monitor's look, so that the error counts at once. */
export function executionGate(guard: Guard, onEvidenceError?: () => void): ExecutionGate {
  return {
    evaluate: () => guard.evaluate(),
    refusal: permitRefusal,
    report(report) {
      switch (report.kind) {
        case 'in_doubt':
          guard.set('in_doubt_orders', report.count);
          return;
        case 'wal_write_error':
          guard.set('evidence_chain', 'NOT_GREEN');
          onEvidenceError?.();
          return;
        case 'degraded':
          guard.raiseUntilProven('execution', {
            riskState: 'Degraded',
            owner: 'EXEC_ORDER_INVARIANT_VIOLATION',
          });
          return;
        case 'containment':
          if (report.active) {
            guard.raise('containment', {
              riskState: 'Degraded',
              owner: 'RISK_PARTIAL_FILL_CONTAINMENT',
            });
          } else guard.clear('containment');
          return;
        case 'reconcile':
          guard.latchSet('INVENTORY_MISMATCH_RECONCILE_REQUIRED');
      }
    },
  };
}
