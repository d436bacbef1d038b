/**
 * The execution room, wired: the submit path in front of the chokepoint, the order desk behind it,
 * the ledger under both. All state of one venue account lives in the parts made here.
 */
import type { HoldfastError } from '../../streams/facts/errors.ts';
import { usPerMs } from '../../streams/facts/time.ts';
import { Booking } from './booking.ts';
import { openChokepoint } from './chokepoint.ts';
import type { Execution, ExecutionOptions, RecoverySummary } from './contract.ts';
import { DispatchTally } from './dispatch-tally.ts';
import { executionMetrics } from './execution-metrics.ts';
import { ExposureBook } from './exposure.ts';
import { FactWriter } from './fact-writer.ts';
import { InDoubtResolver } from './in-doubt.ts';
import { InDoubtWatch } from './in-doubt-watch.ts';
import { IntentLedger } from './ledger.ts';
import { OrderDesk } from './order-desk.ts';
import { OrderTracker } from './order-tracker.ts';
import { provesReduction } from './portfolio-delta.ts';
import { Positions } from './positions.ts';
import { RateLimiter } from './rate-limiter.ts';
import { doubtful, replayLedger } from './replay.ts';
import { Submission } from './submission.ts';
import { SubmitPath } from './submit-path.ts';
import { SuppressionLog } from './suppression.ts';

/** State that everything shares: what is held, outstanding and known. */
function accountState(options: ExecutionOptions) {
  const { clock, telemetry } = options.ports;
  const metrics = executionMetrics(telemetry.metrics);
  let policyRev = options.guard.evaluate().policyRev;
  const exposure = new ExposureBook();
  const positions = new Positions();
  const writer = new FactWriter(options.pins, 'execution', () => clock.nowUs());
  const onWriteError = (error: HoldfastError): void => {
    telemetry.log.error('evidence write failed', { code: error.code, cause: error.message });
    options.guard.report({ kind: 'wal_write_error', cause: error.code });
  };
  const ledger = new IntentLedger({
    stream: options.ledger,
    writer,
    owner: options.owner,
    policyRev: () => policyRev,
    nowUs: () => clock.nowUs(),
    onWriteError,
  });
  const tally = new DispatchTally({
    guard: options.guard,
    log: telemetry.log,
    duplicates: metrics.duplicateDispatches,
    illegal: metrics.illegalAttempts,
  });
  const watch = new InDoubtWatch(options.guard, metrics, telemetry.log);
  const tracker = new OrderTracker(exposure, {
    onTransition: (order, change) => {
      ledger.recordTransition(order, change);
      watch.transitioned(order, change, tracker.liveCount);
      options.listener?.onTransition?.(order, change);
    },
    onSecondOrder: (order, id) => tally.duplicate(order.intent, `venue order ${id} as well`),
  });
  const limiter = limiterOf(options);
  return {
    metrics,
    exposure,
    positions,
    writer,
    onWriteError,
    ledger,
    watch,
    tracker,
    tally,
    limiter,
    policyRev: () => policyRev,
    setPolicyRev: (rev: string) => {
      policyRev = rev;
    },
  };
}

function limiterOf(options: ExecutionOptions): RateLimiter {
  const policy = options.policy();
  const limits = {
    creditsPerS: policy.venue_order_credits_per_s,
    burst: policy.venue_order_burst,
    reserve: policy.venue_order_reserve,
  };
  return new RateLimiter(limits, options.ports.clock.monotonicUs());
}

type AccountState = ReturnType<typeof accountState>;

/** What listens to the venue. */
function venueSide(options: ExecutionOptions, state: AccountState) {
  const { clock, telemetry } = options.ports;
  const { log } = telemetry;
  const policy = options.policy();
  const booking = new Booking({
    ...state,
    audit: options.audit,
    guard: options.guard,
    clock,
    log,
    mode: options.attributionMode,
    fills: state.metrics.fills,
    duplicates: state.metrics.duplicateFills,
    onFill: (trade, order) => options.listener?.onFill?.(trade, order),
  });
  const desk = new OrderDesk({
    ...state,
    clock,
    log,
    booking,
    guard: options.guard,
    ackTimeoutMs: policy.order_ack_timeout_ms,
    onGhost: (order) => options.listener?.onGhost?.(order),
  });
  const resolver = new InDoubtResolver({
    queries: options.queries,
    clock,
    log,
    fenceSkewMs: policy.in_doubt_fence_skew_ms,
    readGapMs: policy.in_doubt_read_gap_ms,
    live: () => state.tracker.live,
    onOrder: (order, seen) => state.tracker.applyVenueOrder(order, seen),
    onTrades: (trades) => desk.onVenueTrades(trades),
    onAbsent: (order) => state.tracker.apply(order, { event: 'fence.provedAbsent' }),
  });
  return { booking, desk, resolver };
}

/** What speaks to the venue, behind the one chokepoint. */
function submitSide(options: ExecutionOptions, state: AccountState, desk: OrderDesk): SubmitPath {
  const { clock, telemetry } = options.ports;
  const { guard, market, pins, stage } = options;
  const { tracker, exposure, metrics } = state;
  const dispatch = openChokepoint({
    office: options.office,
    session: options.session,
    ackTimeoutMs: options.policy().order_ack_timeout_ms,
    guard,
    limiter: state.limiter,
    tally: state.tally,
    stage,
    monotonicUs: () => clock.monotonicUs(),
    nowUs: () => clock.nowUs(),
    isDurable: (order) => order.state === 'recorded' && tracker.knows(order.intent.intentId),
    stillReduces: (orders) => {
      const { hedge_bound_usd, max_position_delta_usd } = options.policy();
      const bound = hedge_bound_usd ?? max_position_delta_usd;
      return orders.every(({ intent }) => provesReduction(intent, { market, exposure }, [], bound));
    },
  });
  return new SubmitPath({
    ...state,
    pins,
    clock,
    guard,
    desk,
    dispatch,
    submission: new Submission({
      ...options,
      ...state,
      clock,
      venueOffsetUs: options.venueOffsetUs ?? (() => 0),
    }),
    suppression: new SuppressionLog({
      ...state,
      audit: options.audit,
      log: telemetry.log,
      rejects: metrics.rejects,
      runId: pins.run_id,
    }),
    onGuardView: (view) => state.setPolicyRev(view.policyRev),
  });
}

/** Opens the room for one venue account. Claims the dispatch capability of `options.office`. */
export function createExecution(options: ExecutionOptions): Execution {
  const state = accountState(options);
  const { booking, desk, resolver } = venueSide(options, state);
  const path = submitSide(options, state, desk);
  const { tracker, positions, exposure, watch, ledger, tally } = state;
  const { clock } = options.ports;
  let linkUp = false;
  watch.onDoubt = () => clock.soon(() => linkUp && resolver.start());
  return {
    recover: () => recover(options, state, booking),
    submit: (proposals, decision, style = 'atomic') => {
      const outcome = path.submit(proposals, decision, style);
      options.listener?.onSubmitted?.(outcome, decision);
      return outcome;
    },
    suppress: (decision, code, facts) => path.suppress(decision, code, facts),
    cancel: (id, strategyId, traceId) => path.cancel(id, strategyId, traceId),
    cancelVenueOrder: (order, strategyId) => {
      const own = tracker.byVenueId(order.orderId);
      if (own === undefined) return path.cancelGhost(order);
      return path.cancel(own.intent.intentId, strategyId, own.intent.traceId);
    },
    onVenueOrder: (order) => desk.onVenueOrder(order),
    onVenueTrade: (trade) => desk.onVenueTrades([trade]),
    onVenueTrades: (trades) => desk.onVenueTrades(trades),
    onLinkDown: (cause) => desk.loseSight(cause),
    onLinkUp: () => {
      linkUp = true;
      resolver.start();
    },
    adoptPosition: (instrument, signedLots, averagePriceFloat, cause) => {
      const lots = { before: positions.lots(instrument.name), now: signedLots };
      ledger.recordAdoption(instrument, lots, averagePriceFloat, cause);
      booking.adopt(instrument, signedLots, averagePriceFloat, clock.nowUs());
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
      desk.stop();
      resolver.stop();
    },
  };
}

function recover(
  options: ExecutionOptions,
  { ledger, tracker, watch }: AccountState,
  booking: Booking,
): RecoverySummary {
  const { clock } = options.ports;
  const startedUs = clock.monotonicUs();
  const summary = replayLedger(ledger, {
    addOrder: (order) => tracker.add(order),
    orderOf: (intentId) => tracker.get(intentId),
    restore: (order, payload) => tracker.restore(order, payload),
    trade: (tradeId, fill, order) => booking.replay(tradeId, fill, order),
    adopt: (instrument, lots, price, tsUs) => booking.adopt(instrument, lots, price, tsUs),
  });
  const unfinished = doubtful(tracker.live);
  for (const order of unfinished) tracker.apply(order, { event: 'process.restarted' });
  watch.restore(unfinished);
  const durationMs = (clock.monotonicUs() - startedUs) / usPerMs;
  return { ...summary, inDoubt: unfinished.length, durationMs };
}
