/** What execution knows and the mode depends on: orders in doubt, position limits, full queues. */
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Guard } from '../guard-types.ts';

export interface ExecutionReading {
  readonly inDoubtOrders: number;
  /** A position or notional limit is reached. */
  readonly positionLimitReached: boolean;
  /** A hot-path output queue is full. */
  readonly outputQueueFull: boolean;
  /** Realised and unrealised loss of the UTC day, USD, positive when lost; undefined: unknown. */
  readonly dayLossUsdFloat: number | undefined;
}

/** One guard tick, ms. */
const lookMs = 100;

export interface ExecutionWatch {
  readonly clock: Pick<Clock, 'every'>;
  readonly guard: Pick<Guard, 'set'>;
  readonly read: () => ExecutionReading;
}

/** Reads now and every tick. Returns the stop. */
export function watchExecutionState(watch: ExecutionWatch): () => void {
  const look = (): void => {
    const reading = watch.read();
    watch.guard.set('in_doubt_orders', reading.inDoubtOrders);
    watch.guard.set('position_limit', reading.positionLimitReached);
    watch.guard.set('backpressure', reading.outputQueueFull);
    watch.guard.set('day_loss_usd', reading.dayLossUsdFloat);
  };
  look();
  return watch.clock.every(lookMs, look);
}
