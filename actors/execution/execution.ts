/**
 * The execution room, wired: the submit path in front of the chokepoint, the order desk behind it,
 * the ledger under both. All state of one venue account lives in the parts made here.
 */
import { usPerMs } from '../../streams/facts/time.ts';
import { type AccountState, accountState } from './account-state.ts';
import { Booking } from './booking.ts';
import type { Execution, ExecutionOptions, RecoverySummary } from './contract.ts';
import type { GroupExecutor } from './groups/group-executor.ts';
import { restoreGroups } from './groups/restore-groups.ts';
import { InDoubtResolver } from './in-doubt.ts';
import { OrderDesk } from './order-desk.ts';
import { doubtful, replayLedger } from './replay.ts';
import { submitSide } from './submit-side.ts';

/** What listens to the venue. */
function venueSide(options: ExecutionOptions, state: AccountState) {
  const { clock, telemetry } = options.ports;
  const { log } = telemetry;
  const booking = new Booking({
    ...state,
    guard: options.guard,
    clock,
    log,
    mode: options.attributionMode,
    runId: options.pins.run_id,
    market: options.market,
    fills: state.metrics.fills,
    duplicates: state.metrics.duplicateFills,
    onFill: (trade, order) => {
      options.listener?.onFill?.(trade, order);
      if (order !== undefined) state.hooks.onOrder(order);
    },
    onMoved: () => state.hooks.onMoved(),
  });
  const desk = new OrderDesk({
    ...state,
    clock,
    log,
    booking,
    guard: options.guard,
    ackTimeoutMs: () => options.policy().order_ack_timeout_ms,
    onGhost: (order) => options.listener?.onGhost?.(order),
    onAnswered: (order, reply) => options.listener?.onAnswered?.(order, reply),
  });
  const resolver = new InDoubtResolver({
    queries: options.queries,
    clock,
    log,
    timings: () => {
      const { in_doubt_fence_skew_ms, in_doubt_read_gap_ms } = options.policy();
      return { fenceSkewMs: in_doubt_fence_skew_ms, readGapMs: in_doubt_read_gap_ms };
    },
    live: () => state.tracker.live,
    onOrder: (order, seen) => state.tracker.applyVenueOrder(order, seen),
    onTrades: (trades) => desk.onVenueTrades(trades),
    onAbsent: (order) => state.tracker.apply(order, { event: 'fence.provedAbsent' }),
  });
  return { booking, desk, resolver };
}

/** Opens the room for one venue account. Claims the dispatch capability of `options.office`. */
export function createExecution(options: ExecutionOptions): Execution {
  const state = accountState(options);
  const { booking, desk, resolver } = venueSide(options, state);
  const { path, cancels, groups, records, flattener, missed } = submitSide(options, state, desk);
  const { tracker, positions, exposure, watch, ledger, tally } = state;
  const { clock } = options.ports;
  let linkUp = false;
  watch.onDoubt = () => clock.soon(() => linkUp && resolver.start());
  return {
    recover: () => recover(options, state, booking, groups),
    submit: (proposals, decision, style = 'atomic') => {
      const outcome = path.submit(proposals, decision, style);
      options.listener?.onSubmitted?.(outcome, decision);
      return outcome;
    },
    suppress: (decision, code, facts) => path.suppress(decision, code, facts),
    cancel: (id, strategyId, traceId) => cancels.cancel(id, strategyId, traceId),
    cancelVenueOrder: (order, strategyId) => {
      const own = tracker.byVenueId(order.orderId);
      if (own === undefined) return cancels.cancelGhost(order);
      return cancels.cancel(own.intent.intentId, strategyId, own.intent.traceId);
    },
    onVenueOrder: (order) => desk.onVenueOrder(order),
    onVenueTrade: (trade) => desk.onVenueTrades([trade]),
    onVenueTrades: (trades) => desk.onVenueTrades(trades),
    onLinkDown: (cause) => desk.loseSight(cause),
    onLinkUp: () => {
      linkUp = true;
      resolver.start();
    },
    adopt: (adoption) => booking.adopt(adoption),
    hasAdoption: (adoptionId) => booking.hasAdoption(adoptionId),
    hasAdoptedOrder: (orderId) => state.adopted.has(orderId),
    get adoptedOrderCount() {
      return state.adopted.count;
    },
    provenOpen: (orders) => state.adopted.proven(orders),
    onVenueDelivery: (delivery) => booking.deliver(delivery),
    hasDelivery: (deliveryId) => booking.hasDelivery(deliveryId),
    get ledgerInstruments() {
      return ledger.instruments();
    },
    hasTrade: (tradeId) => booking.has(tradeId),
    order: (intentId) => tracker.get(intentId),
    hasLabel: (label) => tracker.hasLabel(label),
    markAbsent: (intentId) => {
      const order = tracker.get(intentId);
      if (order?.state === 'in_doubt') tracker.apply(order, { event: 'fence.provedAbsent' });
    },
    orderByVenueId: (orderId) => tracker.byVenueId(orderId),
    positions,
    exposure,
    get openOrders() {
      return tracker.openOrders();
    },
    get inDoubtCount() {
      return watch.count;
    },
    get duplicateDispatches() {
      return tally.duplicates;
    },
    get illegalAttempts() {
      return tally.illegal;
    },
    get nakedEvents24h() {
      return records.nakedIn24h();
    },
    get throttled() {
      return state.repeats.tripped;
    },
    grantCredits: (limits) => state.limiter.grant(limits, clock.monotonicUs()),
    admitsRead: () => {
      const isAdmitted = state.queue.take('DATA', 1);
      if (!isAdmitted) state.metrics.readsShed.increment();
      return isAdmitted;
    },
    flatten: (cause, scope) => flattener.flatten(cause, scope),
    rearm: () => state.repeats.rearm(),
    get openGroups() {
      return groups.openCount;
    },
    get anomalies() {
      return watch.anomalies;
    },
    standing: {
      positionLots: (name) => positions.lots(name),
      workingLots: (name) => {
        const row = exposure.row(name);
        return row === undefined ? 0 : row.pendingBuyLots + row.pendingSellLots;
      },
    },
    get rejectCounts() {
      return path.rejectCounts;
    },
    stop: () => {
      state.queue.stop();
      groups.stop();
      flattener.stop();
      missed.stop();
      desk.stop();
      resolver.stop();
    },
  };
}

function recover(
  options: ExecutionOptions,
  { ledger, tracker, watch, calibration, adopted }: AccountState,
  booking: Booking,
  groups: GroupExecutor,
): RecoverySummary {
  const { clock } = options.ports;
  const startedUs = clock.monotonicUs();
  const restored = restoreGroups(groups);
  const summary = replayLedger(ledger, {
    addOrder: (order) => {
      tracker.add(order);
      restored.order(order);
    },
    group: (payload) => restored.transition(payload),
    orderOf: (intentId) => tracker.get(intentId),
    restore: (order, payload) => tracker.restore(order, payload),
    trade: (tradeId, fill, order) => booking.replay(tradeId, fill, order),
    adopted: {
      trade: (id, fill, orderId, by) => booking.replayAdoptedTrade(id, fill, orderId, by),
      order: (order) => booking.replayAdoptedOrder(order),
      orderEnded: (orderId) => adopted.forget(orderId),
      position: (by, position) => booking.replayAdoptedPosition(by, position),
    },
    deliver: (delivery) => booking.replayDelivery(delivery),
    learn: ({ trade, realisedBpsFloat }) => calibration.add(trade, realisedBpsFloat),
  });
  const unfinished = doubtful(tracker.live);
  for (const order of unfinished) tracker.apply(order, { event: 'process.restarted' });
  watch.restore(unfinished);
  restored.finish(clock);
  const durationMs = (clock.monotonicUs() - startedUs) / usPerMs;
  return { ...summary, inDoubt: unfinished.length, durationMs };
}
