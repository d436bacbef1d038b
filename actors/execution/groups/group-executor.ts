/**
 * The one owner of every atomic group: watches its legs, seeds `mixed_failed` at the first failure,
 * and contains: at most two rescues, then closes at 5, 10, 20 ticks, then one bounded hedge an
 * underlying. A step begins when every order of the one before has ended. One naked event an incident.
 */
import {
  isContaining,
  isGroupOver,
  type OrderGroupEventType,
} from '../../../machines/order-group.ts';
import { isTerminal } from '../../../machines/order-lifecycle.ts';
import type { DecisionContext } from '../../../streams/facts/decision.ts';
import type { MarketView } from '../../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import type { RejectCode } from '../../../streams/facts/reject-codes.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Log } from '../../../streams/ports/telemetry.ts';
import type { LegOutcome } from '../contract.ts';
import type { GuardGate } from '../guard-gate.ts';
import type { OrderRecord } from '../order-record.ts';
import { type ChurnBreaker, churnKeyOf } from './churn-breaker.ts';
import {
  type CloseOrder,
  type ContainmentStep,
  type ContainmentView,
  closeOrders,
  finalRefusals,
  rescueOrders,
} from './containment-orders.ts';
import type { GroupRecords } from './group-records.ts';
import { groupExposureUsdFloat, hedgePlan, isHedged } from './hedges.ts';
import {
  closeAttempts,
  isBalanced,
  isClear,
  isFlat,
  isWhole,
  OrderGroup,
  openedLots,
} from './order-group.ts';

/** Nothing could be sent (no price, no permission, no credit): look again after this, ms. */
const retryMs = 250;
/** The pause doubles up to this, ms: an exchange that is away for an hour is not asked 14,000 times. */
const retryMsMax = 5_000;
/** Pauses, some eight seconds in all, in which somebody else's orders may close what stands. */
const coveredPausesMax = 5;

/** What follows a step. */
type Next = 'look' | 'pause' | 'rest';

export interface GroupExecutorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly policy: () => ExecutionPolicy;
  readonly market: MarketView;
  readonly guard: GuardGate;
  readonly churn: ChurnBreaker;
  readonly records: GroupRecords;
  readonly holdings: Pick<ContainmentView, 'positionLots' | 'reducibleLots' | 'isDeltaKnown'>;
  /** Through gates, ledger and chokepoint, like everything else. */
  readonly send: (step: ContainmentStep) => readonly LegOutcome[];
  /** A step that was not even proposed leaves the receipt of a refusal. */
  readonly refuse: (step: ContainmentStep, code: RejectCode) => void;
}

export class GroupExecutor {
  readonly #options: GroupExecutorOptions;
  /** Groups that are not over. */
  readonly #groups = new Map<string, OrderGroup>();
  #told = false;
  #stopped = false;

  constructor(options: GroupExecutorOptions) {
    this.#options = options;
  }

  /** Groups that are not over. */
  get openCount(): number {
    return this.#groups.size;
  }

  /** A group other than this one is being contained: no OPEN until its exposure is gone. */
  containsOther(groupId: string): boolean {
    for (const group of this.#groups.values()) {
      if (group.groupId !== groupId && isContaining(group.state)) return true;
    }
    return false;
  }

  /** The legs are durable, in one block with the group's first record; no byte has left. */
  begin(decision: DecisionContext, orders: readonly OrderRecord[]): void {
    const group = new OrderGroup(orders, decision);
    group.apply('ledger.recorded');
    this.#groups.set(group.groupId, group);
  }

  /** Every leg was handed over, or stopped. */
  dispatched(groupId: string): void {
    const group = this.#groups.get(groupId);
    if (group === undefined) return;
    this.#apply(group, 'dispatch.finished');
    this.#look(group);
  }

  /** Takes a group up again after a restart, with everything its ledger says. */
  restore(group: OrderGroup): void {
    this.#groups.set(group.groupId, group);
    if (isContaining(group.state)) this.#tell();
    this.#options.clock.soon(() => this.#look(group));
  }

  /** Orders that a step of containment made: they belong to the group before they are sent. */
  adopt(orders: readonly OrderRecord[]): void {
    for (const order of orders) this.#groups.get(order.intent.groupId)?.add(order);
  }

  /** An order changed, or a trade of it was applied. */
  onOrder(order: OrderRecord): void {
    const group = this.#groups.get(order.intent.groupId);
    if (group !== undefined) this.#look(group);
    for (const other of this.#groups.values()) {
      if (other.state === 'naked' && other !== group) this.#look(other);
    }
  }

  /** A position changed without an order of ours: exposure that could not be closed may be gone. */
  onMoved(): void {
    for (const group of this.#groups.values()) if (group.state === 'naked') this.#look(group);
  }

  stop(): void {
    this.#stopped = true;
  }

  #look(group: OrderGroup): void {
    if (group.state === 'recorded' || group.state === 'dispatched') {
      const failed = group.legs.find(
        ({ first, plannedLots }) => isTerminal(first.state) && first.reportedLots < plannedLots,
      );
      if (failed !== undefined) {
        const { first, legIdx } = failed;
        this.#fail(group, `leg ${legIdx} ${first.state} at ${first.reportedLots} lots`);
      } else if (group.isSettled && isWhole(group) && this.#apply(group, 'legs.filled')) {
        this.#groups.delete(group.groupId);
      }
    }
    if (isContaining(group.state) && !group.busy && group.isSettled) {
      group.busy = true;
      // In a turn of its own: this one may be in the middle of booking a trade.
      this.#options.clock.soon(() => this.#step(group));
    }
  }

  #fail(group: OrderGroup, cause: string): void {
    group.firstFailure = cause;
    group.failedMonotonicUs = this.#options.clock.monotonicUs();
    group.failedUs = this.#options.clock.nowUs();
    this.#apply(group, 'leg.failed');
  }

  #step(group: OrderGroup): void {
    // While it acts its orders change, and may end unsent: looked at once, when it has acted.
    group.busy = true;
    const next = this.#act(group);
    if (next === 'pause') {
      this.#pause(group);
      return;
    }
    group.busy = false;
    if (next === 'look') this.#look(group);
  }

  /** `look`: orders are out, or may have ended; `pause`: nothing could leave now; `rest`: no more to do. */
  #act(group: OrderGroup): Next {
    if (this.#stopped || !isContaining(group.state) || !group.isSettled) return 'rest';
    const view = this.#view();
    group.exposureBeforeUsdFloat ??= groupExposureUsdFloat(group, view);
    if (isClear(group, view.positionLots)) return this.#finish(group, 'exposure.closed');
    if (group.state === 'mixed_failed' || group.state === 'rescuing') {
      const next = this.#rescue(group, view);
      if (next !== 'flatten') return next;
    }
    return group.state === 'flattening' ? this.#flatten(group, view) : 'rest';
  }

  #rescue(group: OrderGroup, view: ContainmentView): Next | 'flatten' {
    if (isBalanced(group)) return this.#finish(group, 'legs.balanced');
    if (!group.restored && group.counts.rescues < this.#options.policy().rescue_attempts_max) {
      const proposals = rescueOrders(group, view);
      const legs =
        proposals === undefined ? [] : this.#options.send({ group, proposals, kind: 'rescue' });
      if (legs.some(({ kind }) => kind === 'sent')) {
        group.counts.rescues += 1;
        this.#apply(group, 'rescue.started');
        return 'look';
      }
    }
    this.#apply(group, 'flatten.started');
    this.#tell();
    return 'flatten';
  }

  #flatten(group: OrderGroup, view: ContainmentView): Next {
    // Somebody else took the legs: a hedge of ours stands alone, and nothing of this closes it.
    if (isFlat(group, view.positionLots)) return this.#finish(group, 'containment.exhausted');
    if (closeAttempts(group) < view.policy.close_attempts_max) {
      const closes = closeOrders(group, view);
      // Orders of others take all that stands: theirs is the closing, and ours to tell that it lasts.
      if (closes.length === 0 && group.pauses >= coveredPausesMax)
        return this.#finish(group, 'containment.exhausted');
      const tried = closes.map((order) => this.#try(group, order, 'close'));
      if (tried.every((outcome) => outcome === 'waits')) return 'pause';
      if (!tried.includes('left')) group.counts.refusedCloses += 1;
      return 'look';
    }
    const { orders, isUnknown } = hedgePlan(group, view);
    if (orders.length === 0) {
      if (isUnknown) return 'pause';
      const event = isHedged(group, view) ? 'exposure.hedged' : 'containment.exhausted';
      return this.#finish(group, event);
    }
    const tried = orders.map((order) => {
      const outcome = this.#try(group, order, 'hedge');
      if (outcome === 'refused') group.counts.refusedHedges.add(order.base);
      return outcome;
    });
    return tried.every((outcome) => outcome === 'waits') ? 'pause' : 'look';
  }

  /** `refused`: for good. `waits`: no price, or a refusal that passes. */
  #try(
    group: OrderGroup,
    { priced, proposal }: CloseOrder,
    kind: 'close' | 'hedge',
  ): 'left' | 'refused' | 'waits' {
    const step = { group, proposals: [proposal], kind };
    if (!priced) {
      this.#options.refuse(step, 'EmergencyCloseNoPrice');
      return 'waits';
    }
    const [leg] = this.#options.send(step);
    if (leg?.kind === 'sent') return 'left';
    return leg !== undefined && finalRefusals.has(leg.code) ? 'refused' : 'waits';
  }

  #pause(group: OrderGroup): void {
    const pauseMs = Math.min(retryMsMax, retryMs * 2 ** group.pauses);
    group.pauses += 1;
    this.#options.clock.after(pauseMs, () => this.#step(group));
  }

  #finish(group: OrderGroup, event: OrderGroupEventType): 'rest' {
    const { clock, churn, records, guard } = this.#options;
    const wasNaked = group.state === 'naked';
    if (!this.#apply(group, event)) return 'rest';
    const everHeld = group.legs.some((leg) => openedLots(leg) > 0);
    if (everHeld && !wasNaked) {
      const after = group.state === 'flattened' ? 0 : groupExposureUsdFloat(group, this.#view());
      records.naked(group, after, guard.evaluate());
      if (group.state === 'flattened') {
        const names = group.legs.map(({ instrument }) => instrument.name);
        churn.flattened(churnKeyOf(group.decision.strategyId, names), clock.monotonicUs());
      }
    }
    if (isGroupOver(group.state)) this.#groups.delete(group.groupId);
    this.#tell();
    return 'rest';
  }

  #apply(group: OrderGroup, event: OrderGroupEventType): boolean {
    const from = group.state;
    if (!group.apply(event)) return false;
    const { log, records } = this.#options;
    log.info('group.transition', {
      group_id: group.groupId,
      trace_id: group.decision.traceId,
      from,
      to: group.state,
      cause: group.firstFailure,
    });
    records.transition(group, from, event);
    return true;
  }

  /** The guard knows of exposure that is being contained, from the first close to the last. */
  #tell(): void {
    const active = [...this.#groups.values()].some(
      ({ state }) => state === 'flattening' || state === 'naked',
    );
    if (active === this.#told) return;
    this.#told = active;
    this.#options.guard.report({ kind: 'containment', active });
  }

  #view(): ContainmentView {
    const { market, clock, policy, holdings } = this.#options;
    return { ...holdings, market, nowMonotonicUs: clock.monotonicUs(), policy: policy() };
  }
}
