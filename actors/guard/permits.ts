/**
 * What each mode permits, as one pure table, and the predicate for cancels and replaces that would
 * raise risk. Refusals are the reject codes of an intent; permission is `undefined`.
 */
import type { IntentClass } from '../../streams/facts/intent.ts';
import type { ModeReason } from '../../streams/facts/reason-codes/index.ts';
import type { GuardSnapshot } from './snapshot.ts';

export type PermitRefusal =
  | 'TradingModeForbidsClass'
  | 'OpenPermissionLatched'
  | 'EvidenceChainNotGreen'
  | 'RiskStateNotHealthy'
  | 'RiskIncreasingCancelReplaceForbidden';

export interface PermitRequest {
  readonly class: IntentClass;
  /** CLOSE or HEDGE: it is the emergency close, or the bounded hedge, of a containment. */
  readonly containment?: boolean;
  /** CANCEL: the order to cancel is reduce-only. */
  readonly targetReduceOnly?: boolean;
  /** CANCEL: see `isRiskIncreasing`. */
  readonly riskIncreasing?: boolean;
}

/** A single reason has a code of its own; several are the mode's. */
const ownRefusal: Partial<Record<ModeReason, PermitRefusal>> = {
  REDUCEONLY_OPEN_PERMISSION_LATCHED: 'OpenPermissionLatched',
  REDUCEONLY_EVIDENCE_CHAIN_NOT_GREEN: 'EvidenceChainNotGreen',
  REDUCEONLY_RISKSTATE_DEGRADED: 'RiskStateNotHealthy',
  REDUCEONLY_RISKSTATE_MAINTENANCE: 'RiskStateNotHealthy',
};

function openRefusal(snapshot: GuardSnapshot): PermitRefusal | undefined {
  const [only, ...others] = snapshot.reasons;
  if (snapshot.mode !== 'Active') {
    const own = only !== undefined && others.length === 0 ? ownRefusal[only] : undefined;
    return own ?? 'TradingModeForbidsClass';
  }
  // Each of these restricts the mode by itself; asked again because OPEN must not rest on that.
  if (snapshot.latched) return 'OpenPermissionLatched';
  if (snapshot.evidence !== 'GREEN') return 'EvidenceChainNotGreen';
  return snapshot.riskState === 'Healthy' ? undefined : 'RiskStateNotHealthy';
}

function reducingRefusal(
  snapshot: GuardSnapshot,
  request: PermitRequest,
): PermitRefusal | undefined {
  if (snapshot.mode !== 'Kill') return undefined;
  const contained = request.containment === true && snapshot.containmentEligible;
  return contained && !snapshot.hardStop ? undefined : 'TradingModeForbidsClass';
}

function cancelRefusal(snapshot: GuardSnapshot, request: PermitRequest): PermitRefusal | undefined {
  if (snapshot.mode === 'Kill') {
    const allowed = snapshot.cancelAll || request.targetReduceOnly === false;
    return allowed && !snapshot.hardStop ? undefined : 'TradingModeForbidsClass';
  }
  const guarded =
    snapshot.mode === 'ReduceOnly' ||
    snapshot.latched ||
    snapshot.evidence !== 'GREEN' ||
    snapshot.riskState !== 'Healthy' ||
    snapshot.bunkerMode;
  return guarded && request.riskIncreasing === true
    ? 'RiskIncreasingCancelReplaceForbidden'
    : undefined;
}

/** Why the request may not be dispatched now; undefined: it may. */
export function permitRefusal(
  snapshot: GuardSnapshot,
  request: PermitRequest,
): PermitRefusal | undefined {
  if (request.class === 'OPEN') return openRefusal(snapshot);
  if (request.class === 'CANCEL') return cancelRefusal(snapshot, request);
  return reducingRefusal(snapshot, request);
}

/** One order as far as exposure is concerned: signed lots still open, positive buys. */
export interface OrderExposure {
  readonly signedLots: number;
  readonly reduceOnly: boolean;
}

export interface CancelReplace {
  readonly positionLots: number;
  readonly cancelled: OrderExposure;
  readonly replacement?: OrderExposure;
}

/** Worst |position| once the order has filled in part, in full or not at all. */
function worstLots(positionLots: number, order: OrderExposure | undefined): number {
  if (order === undefined || order.reduceOnly) return Math.abs(positionLots);
  return Math.max(Math.abs(positionLots), Math.abs(positionLots + order.signedLots));
}

/**
 * True when the cancel or replace raises worst-case absolute exposure, grows the order in the
 * direction of the position, or takes away reduce-only protection from a standing position.
 */
export function isRiskIncreasing(change: CancelReplace): boolean {
  const { positionLots, cancelled, replacement } = change;
  const direction = Math.sign(positionLots);
  if (worstLots(positionLots, replacement) > worstLots(positionLots, cancelled)) return true;
  const inDirection = (order: OrderExposure | undefined): number =>
    order === undefined || order.reduceOnly ? 0 : Math.max(0, order.signedLots * direction);
  if (inDirection(replacement) > inDirection(cancelled)) return true;
  const protects = (order: OrderExposure | undefined): number =>
    order?.reduceOnly === true && order.signedLots * direction < 0 ? Math.abs(order.signedLots) : 0;
  return protects(replacement) < protects(cancelled);
}
