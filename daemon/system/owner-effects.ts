/** What the guard asks for once a restriction took effect: orders cleared, exposure closed, state proven. */
import type { Execution } from '../../actors/execution/index.ts';
import type { GuardEffects } from '../../actors/guard/index.ts';
import type { OrderClearance } from './order-clearance.ts';

export interface OwnerEffectsOptions {
  readonly clearance: Pick<OrderClearance, 'clear'>;
  /** Undefined while the daemon is being built. */
  readonly execution: () => Pick<Execution, 'flatten'> | undefined;
  /** A position stands above its limit, or cannot be valued. */
  readonly isOverLimit: () => boolean;
  readonly reconcile: (cause: string) => void;
}

export function ownerEffects(options: OwnerEffectsOptions): GuardEffects {
  const { clearance, execution, isOverLimit, reconcile } = options;
  return {
    cancelOrders: (scope, cause) => clearance.clear(scope, cause),
    contain: (cause) => execution()?.flatten(cause, 'all'),
    reduceToLimits: (cause) => {
      if (execution() !== undefined && isOverLimit()) execution()?.flatten(cause, 'over_limit');
    },
    reconcile,
  };
}
