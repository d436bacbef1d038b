/** What the guard asks for once a restriction took effect: cancels now, reconciliation soon. */
import type { Execution } from '../../actors/execution/index.ts';
import type { GuardEffects } from '../../actors/guard/index.ts';
import type { Log } from '../../streams/ports/index.ts';

export interface OwnerEffectsOptions {
  readonly log: Pick<Log, 'warn' | 'error'>;
  readonly execution: () => Pick<Execution, 'openOrders' | 'cancel'> | undefined;
  readonly reconcile: (cause: string) => void;
  readonly traceId: () => string;
}

/** Cancels are asked for one by one: one refusal must not keep the rest alive. */
export function ownerEffects(options: OwnerEffectsOptions): GuardEffects {
  return {
    cancelOrders: (scope, cause) => {
      const execution = options.execution();
      if (execution === undefined) return;
      // All of them first: an order that is cancelled leaves the list that is walked.
      const open = [...execution.openOrders];
      for (const order of open) {
        if (scope === 'not_reduce_only' && order.reduceOnly) continue;
        const outcome = execution.cancel(order.intentId, 'guard', options.traceId());
        options.log.warn('guard.cancel', {
          intent_id: order.intentId,
          cause,
          outcome: outcome.kind,
        });
      }
    },
    contain: (cause) => options.log.error('guard.containment_required', { cause }),
    reconcile: (cause) => options.reconcile(cause),
  };
}
