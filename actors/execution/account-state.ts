/** What all parts of the room share: held, outstanding, known, counted. */
import type { HoldfastError } from '../../streams/facts/errors.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import { SlippageCalibration } from '../evidence/index.ts';
import { AdoptedOrders } from './adopted-orders.ts';
import type { ExecutionOptions } from './contract.ts';
import { DispatchQueue } from './dispatch-queue.ts';
import { DispatchTally } from './dispatch-tally.ts';
import { executionMetrics } from './execution-metrics.ts';
import { ExposureBook } from './exposure.ts';
import { FactWriter } from './fact-writer.ts';
import { ChurnBreaker } from './groups/churn-breaker.ts';
import { InDoubtWatch } from './in-doubt-watch.ts';
import { IntentLedger } from './ledger.ts';
import type { OrderRecord } from './order-record.ts';
import { OrderTracker } from './order-tracker.ts';
import { Positions } from './positions.ts';
import { RateLimiter, type RateLimits } from './rate-limiter.ts';
import { RepeatThrottle } from './repeat-throttle.ts';

/** State that everything shares: what is held, outstanding and known. */
export function accountState(options: ExecutionOptions) {
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
  const adopted = new AdoptedOrders({
    exposure,
    onEnded: (order, end) => ledger.recordAdoptedEnd(order, end),
  });
  /** Filled in once the parts that follow orders exist. */
  const hooks = {
    onOrder: (_order: OrderRecord): void => undefined,
    /** A position changed, and no order of ours did it. */
    onMoved: (): void => undefined,
  };
  const watch = new InDoubtWatch(options.guard, metrics, telemetry.log);
  const tracker = new OrderTracker(exposure, {
    onTransition: (order, change) => {
      ledger.recordTransition(order, change);
      watch.transitioned(order, change, tracker.liveCount);
      options.listener?.onTransition?.(order, change);
      hooks.onOrder(order);
    },
    onSecondOrder: (order, id) => tally.duplicate(order.intent, `venue order ${id} as well`),
  });
  const limiter = limiterOf(options);
  const onDepth = (depth: number): void => metrics.waiting.set(depth);
  const queue = new DispatchQueue({ limiter, clock, onDepth });
  const churn = new ChurnBreaker(options.policy);
  const repeats = new RepeatThrottle(options.policy);
  const calibration = new SlippageCalibration(() => options.policy().realism_penalty_default);
  return {
    metrics,
    exposure,
    positions,
    writer,
    onWriteError,
    ledger,
    watch,
    tracker,
    adopted,
    tally,
    limiter,
    queue,
    churn,
    repeats,
    calibration,
    hooks,
    policyRev: () => policyRev,
    setPolicyRev: (rev: string) => {
      policyRev = rev;
    },
  };
}

function limiterOf(options: ExecutionOptions): RateLimiter {
  let policy = options.policy();
  let limits = rateLimitsOf(policy);
  const inForce = (): RateLimits => {
    const now = options.policy();
    if (now === policy) return limits;
    policy = now;
    const next = rateLimitsOf(now);
    const same =
      next.creditsPerS === limits.creditsPerS &&
      next.burst === limits.burst &&
      next.reserve === limits.reserve;
    if (!same) limits = next;
    return limits;
  };
  return new RateLimiter(inForce, options.ports.clock.monotonicUs());
}

function rateLimitsOf(policy: ExecutionPolicy): RateLimits {
  return {
    creditsPerS: policy.venue_order_credits_per_s,
    burst: policy.venue_order_burst,
    reserve: policy.venue_order_reserve,
  };
}

export type AccountState = ReturnType<typeof accountState>;
