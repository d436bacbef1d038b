/** Mode reasons as bits, so that a set of them is one number and comparing sets is one compare. */
import {
  killReasons,
  type ModeReason,
  modeReasonRow,
  reduceOnlyReasons,
} from '../../streams/facts/reason-codes/index.ts';

/** Bit of each reason within its tier's mask, lowest bit first in manifest order. */
export const reasonBit = Object.fromEntries(
  [killReasons, reduceOnlyReasons].flatMap((tier) =>
    tier.map((reason, index) => [reason, 1 << index]),
  ),
) as Readonly<Record<ModeReason, number>>;

/** Distinct reason sets kept ready; more means flapping inputs, and then the oldest are rebuilt. */
const reasonSetsMax = 256;

const ready = new Map<number, readonly ModeReason[]>();

/** Reasons of a mask in manifest order. The same mask answers the same array. */
export function reasonsOf(tier: 'Kill' | 'ReduceOnly', mask: number): readonly ModeReason[] {
  const key = tier === 'Kill' ? mask : -1 - mask;
  const known = ready.get(key);
  if (known !== undefined) return known;
  const reasons = (tier === 'Kill' ? killReasons : reduceOnlyReasons).filter(
    (reason) => (mask & reasonBit[reason]) !== 0,
  );
  if (ready.size >= reasonSetsMax) ready.delete(ready.keys().next().value as number);
  ready.set(key, Object.freeze(reasons));
  return reasons;
}

function maskWhere(test: (containment: string | undefined) => boolean): number {
  return killReasons
    .filter((reason) => test(modeReasonRow(reason).containment))
    .reduce((mask, reason) => mask | reasonBit[reason], 0);
}

/** Kill reasons after which nothing may leave. */
export const hardStopMask = maskWhere((containment) => containment === 'forbidden');
/** Kill reasons that require containment when it is eligible. */
export const mandatoryContainmentMask = maskWhere((containment) => containment === 'mandatory');
