/** What the guard answers: the mode, why, and what follows from it, at one instant. Immutable. */
import type {
  LatchReason,
  ModeReason,
  OwnerCode,
  RiskState,
  TradingMode,
} from '../../streams/facts/reason-codes/index.ts';
import { inputIndex as at, type GuardInputs, stateOf } from './inputs.ts';
import type { ModeProposal } from './mode-state.ts';
import { hardStopMask, mandatoryContainmentMask, reasonBit } from './reason-masks.ts';

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

/** The parts of the guard a snapshot is made of. */
export interface SnapshotSource {
  readonly mode: { readonly current: ModeProposal };
  readonly risk: { readonly riskState: RiskState; readonly causes: readonly OwnerCode[] };
  readonly latch: { readonly blocked: boolean; readonly reasons: readonly LatchReason[] };
  readonly inputs: GuardInputs;
  readonly rawReduceOnlyMask: number;
  readonly keepReduceOnlyOrders: boolean;
  readonly flattenOnKill: boolean;
  readonly flattenOwed: boolean;
  readonly policyRev: string;
}

const green = stateOf('evidence_chain', 'GREEN');
const sessionUp = stateOf('venue_session', 'up');

/** An operator's kill closes positions only when it says so. */
function mandatoryMaskOf({ flattenOnKill }: SnapshotSource): number {
  return flattenOnKill
    ? mandatoryContainmentMask
    : mandatoryContainmentMask & ~reasonBit.KILL_OPERATOR;
}

/** Whether `next` demands that the account is closed, once it is in force. */
export function mustContain(source: SnapshotSource, next: ModeProposal): boolean {
  if (next.mode !== 'Kill' || (next.killMask & hardStopMask) !== 0) return false;
  if (!isEligible(source)) return false;
  return source.flattenOwed || (next.killMask & mandatoryMaskOf(source)) !== 0;
}

function isEvidenceGreen({ inputs, rawReduceOnlyMask }: SnapshotSource): boolean {
  const notGreen = rawReduceOnlyMask & reasonBit.REDUCEONLY_EVIDENCE_CHAIN_NOT_GREEN;
  return inputs.values[at.evidence_chain] === green && notGreen === 0;
}

/** Emergency closes may leave, as far as what they need is there. */
function isEligible(source: SnapshotSource): boolean {
  const { values } = source.inputs;
  const isBunker = values[at.bunker_mode] !== 0;
  return isEvidenceGreen(source) && !isBunker && values[at.venue_session] === sessionUp;
}

/** The snapshot at `nowUs` (monotonic). */
export function buildSnapshot(source: SnapshotSource, nowUs: number): GuardSnapshot {
  const { current } = source.mode;
  const { values, timesUs } = source.inputs;
  const bunkerMode = values[at.bunker_mode] !== 0;
  const killed = current.mode === 'Kill';
  const hardStop = killed && (current.killMask & hardStopMask) !== 0;
  return {
    mode: current.mode,
    reasons: current.reasons,
    floor: floorOf(current),
    riskState: source.risk.riskState,
    riskCauses: source.risk.causes,
    latched: source.latch.blocked,
    latchReasons: source.latch.reasons,
    evidence: isEvidenceGreen(source) ? 'GREEN' : 'NOT_GREEN',
    bunkerMode,
    containmentEligible: killed && !hardStop && isEligible(source),
    containmentMandatory: mustContain(source, current),
    hardStop,
    cancelAll: (current.killMask & reasonBit.KILL_OPERATOR) !== 0 && !source.keepReduceOnlyOrders,
    policyRev: source.policyRev,
    policyAgeS: (nowUs - (timesUs[at.policy] as number)) / 1_000_000,
    computedAtMonotonicUs: nowUs,
  };
}

function floorOf(proposal: ModeProposal): TradingMode {
  if (proposal.killFloor) return 'Kill';
  return proposal.reduceOnlyFloor ? 'ReduceOnly' : 'Active';
}

/** Whether a listener should hear of it: something other than ages changed. */
export function differs(before: GuardSnapshot, after: GuardSnapshot): boolean {
  return (
    before.latched !== after.latched ||
    before.latchReasons !== after.latchReasons ||
    before.riskState !== after.riskState ||
    before.riskCauses !== after.riskCauses ||
    before.evidence !== after.evidence ||
    before.policyRev !== after.policyRev ||
    before.containmentEligible !== after.containmentEligible ||
    before.hardStop !== after.hardStop
  );
}
