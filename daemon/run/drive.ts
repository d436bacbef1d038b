/** Lets virtual time pass from the start of a stage to the end of its recording, and no further. */
import { HoldfastError } from '../../streams/facts/errors.ts';
import { usPerMs, usPerSecond } from '../../streams/facts/time.ts';
import type { Clock } from '../../streams/ports/index.ts';
import { hasUnanswered, settle } from '../system/settle.ts';
import type { Stage } from './stage.ts';

/** One slice of a paced run: short enough to look continuous, long enough to cost nothing. */
const sliceMs = 20;
/** Virtual time between two looks at the progress of an unpaced run. */
const strideUs = 5 * usPerSecond;
/** For the answers to what the last event led to: many round trips of the virtual network. */
const answersUs = 100 * usPerMs;
/** For what is then still under way: the fence and the lookups of what went in doubt. */
const settleMs = 20_000;

export interface DriveOptions {
  /** Real time: paces the run, and nothing else. */
  readonly real: Pick<Clock, 'monotonicUs' | 'sleep'>;
  /** Of real time; Infinity is as fast as it goes. */
  readonly speed: number;
  /** Told now and then, with the virtual time. */
  readonly onProgress: (nowUs: number) => void;
  /** Asked now and then: the signal that ends the run early, or empty. */
  readonly interruptedBy: () => string;
}

/**
 * Resolves when the recording is over and nothing is in flight. The silence after a recording is
 * not part of it: waiting any longer would only show how the daemon restricts itself on stale data.
 * Rejects with INTERRUPTED.
 */
export async function drive(stage: Stage, options: DriveOptions): Promise<void> {
  const { real, speed, onProgress, interruptedBy } = options;
  const { clock } = stage.virtual;
  const endUs = stage.world.manifest.last_ts_us + answersUs;
  const originUs = clock.nowUs;
  const startedUs = real.monotonicUs();
  const paced = speed !== Number.POSITIVE_INFINITY;
  while (clock.nowUs < endUs) {
    const signal = interruptedBy();
    if (signal !== '') {
      throw new HoldfastError('INTERRUPTED', `stopped by ${signal} before the world ended`);
    }
    const dueUs = paced
      ? Math.floor(originUs + (real.monotonicUs() - startedUs) * speed)
      : clock.nowUs + strideUs;
    await clock.runUntil(Math.min(endUs, dueUs));
    onProgress(clock.nowUs);
    if (paced) await real.sleep(sliceMs);
  }
  const { execution } = stage.system;
  const isSettled = (): boolean => !hasUnanswered(execution) && execution.inDoubtCount === 0;
  await clock.runWhile(settle(stage.ports.clock, settleMs, isSettled));
}
