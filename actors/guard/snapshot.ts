/** What the guard answers: the mode, why, and what follows from it, at one instant. Immutable. */
import {
  killReasons,
  type LatchReason,
  type ModeReason,
  modeReasonRow,
  type OwnerCode,
  reduceOnlyReasons,
  type RiskState,
  type TradingMode,
} from '../../streams/facts/reason-codes/index.ts';
import { reasonBit } from './evaluate.ts';

export interface GuardSnapshot {
  readonly mode: TradingMode;
  /** All reasons of the winning tier in manifest order; empty exactly when Active. */
  readonly reasons: readonly ModeReason[];
  /** The mode is never looser than this until an operator restores. */
  readonly floor: TradingMode;
  readonly riskState: RiskState;
  /** Owner codes of the conditions behind the risk state, gravest first. */
  readonly riskCauses: readonly OwnerCode[];
  /** OPEN is blocked until a reconciliation proves state. */
  readonly latched: boolean;
  /** In manifest order; empty exactly when not latched. */
  readonly latchReasons: readonly LatchReason[];
  readonly evidence: 'GREEN' | 'NOT_GREEN';
  readonly bunkerMode: boolean;
  /** In Kill: emergency close and bounded hedge are permitted. */
  readonly containmentEligible: boolean;
  /** In Kill: exposure must be contained now. */
  readonly containmentMandatory: boolean;
  /** In Kill: nothing may leave at all. */
  readonly hardStop: boolean;
  /** Operator kill: reduce-only orders are cancelled as well. */
  readonly cancelAll: boolean;
  readonly policyRev: string;
  /** Infinity: never computed. */
  readonly policyAgeS: number;
  readonly computedAtMonotonicUs: number;
}

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
