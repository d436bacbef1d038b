/** What a fault finds the daemon in. */
import type { System } from '../../../daemon/system.ts';
import { type Moment, moments } from '../plan.ts';

/** Every moment that is there now. */
export function momentsOf(system: System | undefined): Moment[] {
  if (system === undefined) return ['down'];
  const states = new Set<string>();
  for (const { state } of system.execution.openOrders) states.add(state);
  return states.size === 0 ? ['no order'] : moments.filter((moment) => states.has(moment));
}
