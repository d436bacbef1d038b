/** What speaks to the venue, wired: gates and ledger in front of the one chokepoint. */
import type { AccountState } from './account-state.ts';
import { CancelPath } from './cancel-path.ts';
import { type Dispatch, openChokepoint } from './chokepoint.ts';
import type { ExecutionOptions } from './contract.ts';
import { AccountFlattener } from './groups/account-flattener.ts';
import { GroupExecutor } from './groups/group-executor.ts';
import { GroupRecords } from './groups/group-records.ts';
import { MissedTrades } from './missed-trades.ts';
import type { OrderDesk } from './order-desk.ts';
import { deltaRange, provesReduction, reducibleLotsOf } from './portfolio-delta.ts';
import { Submission } from './submission.ts';
import { SubmitPath } from './submit-path.ts';
import { SuppressionLog } from './suppression.ts';

/** The one place in the house where the capability is claimed. */
function dispatchOf(options: ExecutionOptions, state: AccountState): Dispatch {
  const { clock } = options.ports;
  const { guard, market, stage } = options;
  const { tracker, exposure } = state;
  return openChokepoint({
    office: options.office,
    session: options.session,
    ackTimeoutMs: () => options.policy().order_ack_timeout_ms,
    guard,
    queue: state.queue,
    tally: state.tally,
    stage,
    monotonicUs: () => clock.monotonicUs(),
    nowUs: () => clock.nowUs(),
    venueOffsetUs: options.venueOffsetUs ?? (() => 0),
    isDurable: (order) => order.state === 'recorded' && tracker.knows(order.intent.intentId),
    stillReduces: (orders) => {
      const { hedge_bound_usd, max_position_delta_usd } = options.policy();
      const bound = hedge_bound_usd ?? max_position_delta_usd;
      return orders.every(({ intent }) => provesReduction(intent, { market, exposure }, [], bound));
    },
  });
}

function recordsOf(options: ExecutionOptions, state: AccountState): GroupRecords {
  const { clock, telemetry } = options.ports;
  return new GroupRecords({
    ledger: options.ledger,
    audit: options.audit,
    writer: state.writer,
    policyRev: state.policyRev,
    clock,
    log: telemetry.log,
    nakedEvents: state.metrics.nakedEvents,
    closes: state.metrics.emergencyCloses,
    onWriteError: state.onWriteError,
    onNaked: (event) => options.listener?.onNaked?.(event),
  });
}

/** Groups and submit path, which need each other: containment goes out the way everything does. */
export function submitSide(options: ExecutionOptions, state: AccountState, desk: OrderDesk) {
  const { clock, telemetry } = options.ports;
  const { pins } = options;
  const { metrics, exposure, churn } = state;
  const dispatch = dispatchOf(options, state);
  const cancels = new CancelPath({ ...state, pins, desk, dispatch });
  const records = recordsOf(options, state);
  const groups = new GroupExecutor({
    ...options,
    clock,
    log: telemetry.log,
    churn,
    records,
    holdings: {
      positionLots: (name) => state.positions.lots(name),
      reducibleLots: (name, side) => reducibleLotsOf(exposure, name, side),
      isDeltaKnown: (baseCurrency) => {
        const { market } = options;
        const { worstUsdFloat } = deltaRange({ baseCurrency, market, exposure, pending: [] });
        return Number.isFinite(worstUsdFloat);
      },
    },
    send: (step) => path.contain(step),
    refuse: (step, code) => path.refuseStep(step, code),
  });
  const missed = new MissedTrades({
    ...state,
    clock,
    market: options.market,
    audit: options.audit,
    dropped: metrics.missedDropped,
  });
  const path: SubmitPath = new SubmitPath({
    ...state,
    clock,
    guard: options.guard,
    desk,
    dispatch,
    cancels,
    groups,
    submission: new Submission({
      ...options,
      ...state,
      clock,
      groups: () => groups,
      impactBlockedUntilUs: options.impactBlockedUntilUs ?? (() => 0),
      marginUse: options.marginUse ?? (() => undefined),
      venueOffsetUs: options.venueOffsetUs ?? (() => 0),
      inputBasis: options.inputBasis ?? (() => null),
      surfaceFitJson: options.surfaceFitJson ?? (() => null),
      onCapsuleMissing: ({ intentId, class: cls, groupId, traceId }, { message }) => {
        metrics.capsulesMissing.increment(1, cls);
        const ids = { intent_id: intentId, group_id: groupId, trace_id: traceId };
        telemetry.log.error('capsule missing', { ...ids, class: cls, cause: message });
        options.guard.report({ kind: 'degraded', cause: `no capsule: ${message}` });
      },
    }),
    suppression: new SuppressionLog({
      ...state,
      audit: options.audit,
      log: telemetry.log,
      rejects: metrics.rejects,
      runId: pins.run_id,
    }),
    runId: pins.run_id,
    onRefused: (intent, code) => missed.refused(intent, code),
    onGuardView: (view) => state.setPolicyRev(view.policyRev),
  });
  const flattener = new AccountFlattener({
    clock,
    log: telemetry.log,
    policy: options.policy,
    market: options.market,
    positions: state.positions,
    reducibleLots: (name, side) => reducibleLotsOf(exposure, name, side),
    send: (step) => path.contain(step),
    onReport: (report) => options.listener?.onFlattened?.(report),
  });
  state.hooks.onMoved = () => groups.onMoved();
  state.hooks.onOrder = (order) => {
    groups.onOrder(order);
    missed.onOrder(order);
  };
  return { path, cancels, groups, records, flattener, missed };
}
