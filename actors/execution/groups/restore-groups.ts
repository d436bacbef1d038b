/** Groups as the ledger left them: what was not over goes on being contained, and is never rescued. */
import { isGroupOver, type OrderGroupState } from '../../../machines/order-group.ts';
import type { GroupTransitionPayload } from '../../../streams/facts/schemas/group.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { OrderRecord } from '../order-record.ts';
import type { GroupExecutor } from './group-executor.ts';
import { OrderGroup } from './order-group.ts';

interface Trail {
  readonly orders: OrderRecord[];
  last: GroupTransitionPayload | undefined;
}

/** Feeds on the ledger in its order; `finish` hands over the groups that are not over. */
export function restoreGroups(executor: Pick<GroupExecutor, 'restore'>) {
  /** Of groups that are not over, as far as read: bounded by what was ever open at once. */
  const trails = new Map<string, Trail>();
  const trailOf = (groupId: string): Trail => {
    const known = trails.get(groupId);
    if (known !== undefined) return known;
    const trail: Trail = { orders: [], last: undefined };
    trails.set(groupId, trail);
    return trail;
  };
  return {
    order(order: OrderRecord): void {
      const { groupStyle, groupLegs, intent } = order;
      const member = trails.has(intent.groupId);
      const opens = intent.class === 'OPEN' && groupStyle === 'atomic' && groupLegs > 1;
      if (member || opens) {
        trailOf(intent.groupId).orders.push(order);
      }
    },
    transition(payload: GroupTransitionPayload): void {
      if (isGroupOver(payload.to as OrderGroupState)) trails.delete(payload.group_id);
      else trailOf(payload.group_id).last = payload;
    },
    finish(clock: Pick<Clock, 'nowUs' | 'monotonicUs'>): void {
      for (const { orders, last } of trails.values()) {
        if (last !== undefined) take(executor, clock, orders, last);
      }
    },
  };
}

function take(
  executor: Pick<GroupExecutor, 'restore'>,
  clock: Pick<Clock, 'nowUs' | 'monotonicUs'>,
  orders: readonly OrderRecord[],
  last: GroupTransitionPayload,
): void {
  const first = orders.filter(({ intent }) => intent.class === 'OPEN' && intent.attempt === 0);
  if (first.length === 0) return;
  const group = new OrderGroup(first);
  group.state = last.to as OrderGroupState;
  group.sequence = last.sequence;
  group.firstFailure = last.cause;
  group.failedUs = clock.nowUs();
  group.failedMonotonicUs = clock.monotonicUs();
  for (const order of orders) if (!first.includes(order)) group.add(order);
  group.counts.rescues = last.rescue_attempts;
  // The process ended between the record and the word that all was handed over.
  if (group.state === 'recorded') group.apply('dispatch.finished');
  executor.restore(group);
}
