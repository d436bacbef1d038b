/**
 * A schedule of faults: when, for how long, what. Times count from when the market starts; a time
 * given as a range is drawn from the seed, so that one seed is one history.
 */
import { z } from 'zod';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { CancelTimer, Clock } from '../../../streams/ports/index.ts';
import { seededRandom } from '../../../streams/venues/simulated/index.ts';
import type { Faults } from '../faults.ts';
import { faultTable } from './table.ts';

const secondsMax = 10_000_000;
const seconds = z.number().min(0).max(secondsMax);

/** One fault to trip. Without `for_s` it stays until it is used up or cleared. */
export const faultOrderSchema = z.strictObject({
  fault: z.enum([...faultTable.keys()] as [string, ...string[]]),
  for_s: seconds.optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});
export type FaultOrder = z.infer<typeof faultOrderSchema>;

export const faultScheduleSchema = z.strictObject({
  seed: z.string().default('1'),
  entries: z
    .array(
      faultOrderSchema.extend({ at_s: z.union([seconds, z.tuple([seconds, seconds])]) }).strict(),
    )
    .max(10_000),
});
export type FaultSchedule = z.infer<typeof faultScheduleSchema>;

/** Reads a schedule file. Throws SCHEMA_INVALID with what is wrong where. */
export function parseFaultSchedule(text: string): FaultSchedule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HoldfastError('SCHEMA_INVALID', 'the fault schedule is not JSON', { cause });
  }
  const parsed = faultScheduleSchema.safeParse(value);
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error);
    throw new HoldfastError('SCHEMA_INVALID', `the fault schedule does not fit: ${why}`);
  }
  for (const [at, entry] of parsed.data.entries.entries()) {
    const fits = faultTable.get(entry.fault)?.parameters.safeParse(entry.parameters ?? {});
    if (fits?.success === true) continue;
    const why = fits === undefined ? '' : z.prettifyError(fits.error);
    throw new HoldfastError('SCHEMA_INVALID', `entry ${at} (${entry.fault}) does not fit: ${why}`);
  }
  return parsed.data;
}

/** Arms every entry from now on; returns what disarms those that have not come yet. */
export function runFaultSchedule(
  schedule: FaultSchedule,
  clock: Clock,
  faults: Faults,
  onRefused: (entry: FaultOrder, error: unknown) => void,
): CancelTimer {
  const random = seededRandom(`fault-times/${schedule.seed}`);
  const timers = schedule.entries.map(({ at_s, ...entry }) => {
    const draw = random.next();
    const atS = typeof at_s === 'number' ? at_s : at_s[0] + draw * (at_s[1] - at_s[0]);
    return clock.after(Math.round(atS * 1_000), () => {
      try {
        faults.apply(entry);
      } catch (error) {
        onRefused(entry, error);
      }
    });
  });
  return () => {
    for (const cancel of timers) cancel();
  };
}
