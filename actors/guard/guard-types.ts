/** The door of the guard: what other rooms may tell it, ask it, and give it. */
import type { Observable } from 'rxjs';
import type { Pins } from '../../streams/facts/pins.ts';
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import type {
  GuardInputName,
  LatchReason,
  ModeReason,
  RestrictedTier,
  RiskState,
  TradingMode,
} from '../../streams/facts/reason-codes/index.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { ControlStream, RecoveredGuard } from './guard-record.ts';
import type { InputReading } from './inputs.ts';
import type { PermitRequest } from './permits.ts';
import type { OverrideLevel, RiskCondition } from './risk-conditions.ts';
import type { GuardSnapshot } from './snapshot.ts';

/** What a reconciliation proved; `ticket` is the guard's, taken before the first read. */
export interface ReconcileProof {
  readonly ticket: number;
  /** 64 hex: digest of what was compared. */
  readonly proofId: string;
  /** Exposure stands within its limits. */
  readonly exposureSafe: boolean;
  readonly collectedFromUs: number;
  readonly provenAtUs: number;
}

/** What the guard asks of others once a restriction took effect. Called in a later loop turn. */
export interface GuardEffects {
  /** Cancel resting orders. `all` only in an operator kill. */
  cancelOrders(scope: 'not_reduce_only' | 'all', cause: string): void;
  /** Close or hedge exposure now: containment is mandatory and eligible, or an operator asked for it. */
  contain(cause: string): void;
  /** Close what stands above the position limit, if anything does. */
  reduceToLimits(cause: string): void;
  /** Start a reconciliation. */
  reconcile(cause: string): void;
}

export interface GuardOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>;
  readonly policy: GuardPolicy;
  /** Revision of the policy at start, 64 hex. */
  readonly policyRev: string;
  /** DEV, STAGING, PAPER, MICRO_LIVE, PROD. Anything else is treated as PROD. */
  readonly stage: string;
  readonly control: ControlStream;
  readonly pins: Pins;
  /** Inputs whose source exists in this profile: they become critical. */
  readonly configured: ReadonlySet<GuardInputName>;
  /** From `recoverGuard`; undefined on an empty journal. */
  readonly recovered?: RecoveredGuard;
  readonly effects?: GuardEffects;
}

export interface KillOptions {
  readonly keepReduceOnlyOrders?: boolean;
  /** Close positions as well: never without being asked to. */
  readonly flatten?: boolean;
}

export interface CommandOutcome {
  readonly accepted: boolean;
  readonly mode: TradingMode;
  /** The fact the command led to; null when it changed nothing. */
  readonly factId: string | null;
  readonly traceId: string | null;
  /** Reasons that stand and refuse a restore. */
  readonly standing: readonly ModeReason[];
  /** What happened, for the answer of the control port. */
  readonly message: string;
}

export interface Guard {
  /** As of the last evaluation (at most one tick old). */
  readonly snapshot: GuardSnapshot;
  readonly mode: TradingMode;
  readonly reasons: readonly ModeReason[];
  readonly riskState: RiskState;
  readonly latch: { readonly blocked: boolean; readonly reasons: readonly LatchReason[] };
  readonly evidence: 'GREEN' | 'NOT_GREEN';
  readonly policyRev: string;
  /** Every change of mode, reasons, floor, latch, risk or evidence; replays the last one. Never errors. */
  readonly snapshots$: Observable<GuardSnapshot>;

  /** Recomputes now, from inputs: the chokepoint calls it immediately before every dispatch. */
  evaluate(): GuardSnapshot;
  permits(snapshot: GuardSnapshot, request: PermitRequest | PermitRequest['class']): boolean;

  /** A new reading. Garbage is kept as missing. `atMonotonicUs` defaults to now; the future is cut to now. */
  set(input: GuardInputName, value: unknown, atMonotonicUs?: number): void;
  input(name: GuardInputName): InputReading;
  /** A condition behind the risk state; the same name replaces it. */
  raise(name: string, condition: RiskCondition): void;
  /** Stands until a reconciliation that begins from now on proves state, and asks for one. */
  raiseUntilProven(name: string, condition: RiskCondition): void;
  clear(name: string): void;
  readonly conditions: readonly string[];
  /** What a monitor demands, and why for the log; a trip holds at least `cooldownS`. */
  override(monitor: string, level: OverrideLevel, cooldownS?: number, cause?: string): void;
  /** A mode, latch or owner code was seen that the manifest does not have: Kill. */
  unmapped(code: string): void;

  /** `standing`: the cause goes on until `latchCauseEnded`; no proof opens the latch before. */
  latchSet(reason: LatchReason, options?: { readonly standing?: boolean }): void;
  latchCauseEnded(reason: LatchReason): void;
  /** Take it before the first read of a reconciliation. */
  reconcileTicket(): number;
  /** Returns whether the latch is open afterwards. */
  latchReconciled(proof: ReconcileProof): boolean;

  emergencyReduceOnly(cause: string): CommandOutcome;
  reduceOnly(cause: string): CommandOutcome;
  kill(cause: string, options?: KillOptions): CommandOutcome;
  /** New exposure became known, however late: a Kill that demands closing asks for it again. */
  exposureLearnt(): void;
  restore(tier: RestrictedTier, reason: string, actor: string): CommandOutcome;
  /** The venue ended the session: Kill within this call, latch, reconcile. */
  sessionTerminated(cause: string): void;

  /** Another effective policy; its age counts from when it was computed. */
  applyPolicy(policy: GuardPolicy, policyRev: string, computedAtMonotonicUs: number): void;
  /** Epoch µs since which the reason stands; undefined: it does not. */
  since(reason: ModeReason | LatchReason): number | undefined;
  /** Remaining emergency cooldown, seconds; null: none active. */
  readonly emergencyRemainingS: number | null;

  /** Starts the tick. */
  start(): void;
  stop(): void;
}
