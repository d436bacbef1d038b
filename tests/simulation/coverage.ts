/** What must be reached sometimes, and what of it was not: the generator answers for the difference. */
import { latchReasons, modeReasons } from '../../streams/facts/reason-codes/index.ts';
import { rejectCodes, reservedRejectCodes } from '../../streams/facts/reject-codes.ts';
import { moments, storeFaults } from './plan.ts';
import { faultKinds } from './plan-of.ts';

/**
 * What no history can reach, and why. A name that is reached although it stands here is told as well:
 * the list may not hide what the generator can do.
 */
export const unreachable: Readonly<Record<string, string>> = {
  'reason KILL_RISKSTATE_KILL': 'no monitor of this build raises the risk state to Kill',
  'reason KILL_UNMAPPED_REASON_CODE': 'every code that is emitted is in the manifest',
  'reason REDUCEONLY_F1_CERT_INVALID': 'certificates are not built',
  'reason REDUCEONLY_BACKPRESSURE':
    'a market of ten events a second does not fill a queue of 65,536 within a history',
  'reason REDUCEONLY_SLO_BREACH': 'nothing of this build feeds it',
  'reason REDUCEONLY_DEGRADE_FAIL_CLOSED': 'nothing of this build feeds it',
  'reason REDUCEONLY_CANARY_COOLDOWN': 'canaries are not built',
  'reason REDUCEONLY_INCIDENT_COOLDOWN': 'incidents are not built',
  'refused LabelTooLong': 'the longest label the house can build has 52 characters',
  'refused CapsuleWriteFailed': 'capsule and intent are one block: its write fails as the ledger’s',
  'refused DecisionDeadlineMissed': 'virtual time stands still inside a decision',
  ...Object.fromEntries(
    reservedRejectCodes.map((code) => [`refused ${code}`, 'reserved: nothing emits it yet']),
  ),
};

/** What the generator reaches, and the list says it cannot. */
export function wronglyListed(reached: ReadonlyMap<string, number>): string[] {
  return Object.keys(unreachable).filter((what) => reached.has(what));
}

export interface Coverage {
  readonly group: string;
  readonly wanted: number;
  readonly reached: number;
  readonly missing: readonly string[];
  /** Of those: what no history can reach. */
  readonly unreachable: readonly string[];
}

const ends = ['filled', 'cancelled', 'rejected', 'not_sent'] as const;
/** What the store does about it. */
const storeWays = [
  'store row set aside',
  'store row replaced by itself',
  'store process crashed',
  'store holds every fact once',
] as const;
const containments = ['containment OPEN', 'containment CLOSE', 'containment HEDGE'] as const;

function groupOf(
  group: string,
  wanted: readonly string[],
  reached: ReadonlyMap<string, number>,
): Coverage {
  const missing = wanted.filter((what) => !reached.has(what));
  return {
    group,
    wanted: wanted.length,
    reached: wanted.length - missing.length,
    missing: missing.filter((what) => !Object.hasOwn(unreachable, what)),
    unreachable: missing.filter((what) => Object.hasOwn(unreachable, what)),
  };
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
      // What happens to the store does not meet orders.
      kinds
        .filter((kind) => !kind.startsWith('store'))
        .flatMap((kind) => moments.map((moment) => `${kind} × ${moment}`)),
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
    of('the store', [...storeFaults.map((what) => `store met ${what}`), ...storeWays]),
  ];
}
