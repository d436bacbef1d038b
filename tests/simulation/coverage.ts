/** What must be reached sometimes, and what of it was not: the generator answers for the difference. */
import { latchReasons, modeReasons } from '../../streams/facts/reason-codes/index.ts';
import { rejectCodes } from '../../streams/facts/reject-codes.ts';
import { faultKinds } from './plan-of.ts';

export interface Coverage {
  readonly group: string;
  readonly wanted: number;
  readonly reached: number;
  readonly missing: readonly string[];
}

/** States a fault can meet an order in. */
const states = ['no order', 'sent', 'acked', 'partially_filled', 'in_doubt', 'down'] as const;
const ends = ['filled', 'cancelled', 'rejected', 'not_sent'] as const;
const containments = ['containment OPEN', 'containment CLOSE', 'containment HEDGE'] as const;

function groupOf(
  group: string,
  wanted: readonly string[],
  reached: ReadonlyMap<string, number>,
): Coverage {
  const missing = wanted.filter((what) => !reached.has(what));
  return { group, wanted: wanted.length, reached: wanted.length - missing.length, missing };
}

/** By group; a name that is missing was never reached in any history played. */
export function coverageOf(reached: ReadonlyMap<string, number>): Coverage[] {
  const kinds = faultKinds();
  const of = (group: string, wanted: readonly string[]): Coverage =>
    groupOf(group, wanted, reached);
  return [
    of(
      'faults',
      kinds.map((kind) => `fault ${kind}`),
    ),
    of(
      'fault × order state',
      kinds.flatMap((kind) => states.map((state) => `${kind} × ${state}`)),
    ),
    of(
      'mode reasons',
      modeReasons.map((reason) => `reason ${reason}`),
    ),
    of(
      'latch reasons',
      latchReasons.map((reason) => `reason ${reason}`),
    ),
    of(
      'reject codes',
      Object.keys(rejectCodes).map((code) => `refused ${code}`),
    ),
    of(
      'ends of orders',
      ends.map((end) => `ended ${end}`),
    ),
    of('containment', containments),
  ];
}
