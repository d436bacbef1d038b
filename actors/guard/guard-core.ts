/**
 * The engine of the guard: evaluates inputs, makes a transition durable, then lets it take effect.
 *
 * When the record of a tightening cannot be written, the tightening takes effect all the same and
 * the guard goes to Kill (an invariant is broken); a loosening that cannot be recorded does not
 * happen. There is no other way to change the mode.
 */
import { ReplaySubject } from 'rxjs';
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import {
  criticalInputs,
  type ModeReason,
  type RestrictedTier,
} from '../../streams/facts/reason-codes/index.ts';
import { Emergency } from './emergency.ts';
import {
  type EvaluatorLimits,
  evaluateInputs,
  evaluatorLimits,
  parameterUs,
  type StandingReasons,
} from './evaluate.ts';
import { GuardJournal } from './guard-journal.ts';
import { type GuardFact, GuardRecord, type RecordedFact } from './guard-record.ts';
import type { GuardEffects, GuardOptions, KillOptions, ReconcileProof } from './guard-types.ts';
import { presetInputs } from './input-presets.ts';
import { GuardInputs } from './inputs.ts';
import { LatchState } from './latch-state.ts';
import { isLoosening, type ModeProposal, ModeState } from './mode-state.ts';
import { ModeTrail } from './mode-trail.ts';
import { RiskConditions } from './risk-conditions.ts';
import { buildSnapshot, differs, type GuardSnapshot, mustContain } from './snapshot.ts';

const looseStages: ReadonlySet<string> = new Set(['DEV', 'STAGING', 'PAPER']);

export class GuardCore {
  readonly inputs = new GuardInputs();
  readonly standing: StandingReasons = { killMask: 0, reduceOnlyMask: 0 };
  readonly risk = new RiskConditions();
  readonly latch = new LatchState();
  readonly emergency = new Emergency();
  readonly mode: ModeState;
  readonly trail: ModeTrail;
  /** Conflated by nature: a slow reader misses states in between, never the last one. */
  readonly snapshots = new ReplaySubject<GuardSnapshot>(1);
  policy: GuardPolicy;
  policyRev: string;
  keepReduceOnlyOrders = false;
  flattenOnKill = false;
  /** A Kill before this start wanted the account closed, and it was not done. */
  flattenOwed: boolean;
  lastModeFact: RecordedFact | undefined;
  snapshot: GuardSnapshot;
  readonly #options: GuardOptions;
  readonly #tight: boolean;
  /** Everything durable goes through here. */
  readonly journal: GuardJournal;
  #limits: EvaluatorLimits;
  #rawReduceOnlyMask = 0;
  #evaluating = false;
  #dirty = false;
  #cause = 'start';

  constructor(options: GuardOptions) {
    this.#options = options;
    this.policy = options.policy;
    this.policyRev = options.policyRev;
    this.#tight = !looseStages.has(options.stage);
    const { recovered } = options;
    this.mode = new ModeState({
      strict: this.#tight || options.policy.strict_monotonic,
      killFloor: recovered?.killFloor ?? false,
      reduceOnlyFloor: recovered?.reduceOnlyFloor ?? false,
    });
    this.#limits = this.#limitsOf(options.policy);
    this.trail = new ModeTrail(options.ports.telemetry, recovered?.floorReasons ?? []);
    const { ports, control, pins } = options;
    this.journal = new GuardJournal({
      record: new GuardRecord({
        ports,
        control,
        pins,
        producer: 'guard',
        policyRev: () => this.policyRev,
      }),
      log: ports.telemetry.log,
      onBroken: () => {
        // Once: what cannot be written is tried again, and must not be looked at again each time.
        if (this.inputs.set('invariant_breach', true, this.nowUs())) this.#dirty = true;
      },
    });
    this.flattenOwed = recovered?.flattenOwed ?? false;
    this.#preset(recovered?.emergencyUntilUs ?? null);
    this.snapshot = buildSnapshot(this, this.nowUs());
    this.trail.latch(this.latch.reasons, this.epochUs());
    this.trail.took(this.mode.current, this.mode.current, 'start', this.epochUs());
  }

  nowUs(): number {
    return this.#options.ports.clock.monotonicUs();
  }

  epochUs(): number {
    return this.#options.ports.clock.nowUs();
  }

  get telemetry() {
    return this.#options.ports.telemetry;
  }

  /** ReduceOnly reasons by inputs alone, without those held back until stable. */
  get rawReduceOnlyMask(): number {
    return this.#rawReduceOnlyMask;
  }

  applyPolicy(policy: GuardPolicy, policyRev: string): void {
    this.policy = policy;
    this.policyRev = policyRev;
    this.#limits = this.#limitsOf(policy);
  }

  /** Evaluates and answers the snapshot of this instant. Safe to call from a listener. */
  evaluate(cause?: string): GuardSnapshot {
    if (cause !== undefined) this.#cause = cause;
    if (this.#evaluating) {
      // A listener of a transition changed an input: the outer evaluation looks again.
      this.#dirty = true;
      return this.snapshot;
    }
    this.#evaluating = true;
    try {
      do {
        this.#dirty = false;
        this.#releaseEmergency();
        this.measure();
        this.#follow();
      } while (this.#dirty);
    } finally {
      this.#evaluating = false;
      this.#cause = 'tick';
    }
    return this.snapshot;
  }

  /** What stands now, into `standing`. */
  measure(): void {
    const nowUs = this.nowUs();
    evaluateInputs(this.inputs, this.#limits, nowUs, this.standing);
    this.#rawReduceOnlyMask = this.standing.reduceOnlyMask;
    const stableUs = parameterUs(this.policy, 'reason_clear_stable_s');
    this.standing.reduceOnlyMask = this.mode.hold(this.#rawReduceOnlyMask, nowUs, stableUs);
  }

  /** What the operator's kill says about orders and positions; the latter is owed from here on. */
  wanted({ keepReduceOnlyOrders = false, flatten = false }: KillOptions, cause: string): void {
    this.keepReduceOnlyOrders = keepReduceOnlyOrders;
    this.flattenOnKill = flatten;
    if (flatten) this.journal.restricts({ type: 'account.flatten_owed', payload: { cause } });
  }

  /** What a proof says of the emergency: over its limit still, or again after a restart, reduces again. */
  proven({ ticket, exposureSafe }: ReconcileProof): void {
    this.emergency.proven(ticket, exposureSafe);
    if (!this.emergency.active || exposureSafe) return;
    this.effect((effects) => effects.reduceToLimits('emergency reduce-only'));
  }

  /** Lowers the floor of a tier; the caller has checked that nothing bars it. False: not recorded. */
  restore(tier: RestrictedTier, cause: string): boolean {
    this.#cause = cause;
    this.measure();
    const isTaken = this.#take(this.mode.proposeRestore(tier, this.standing));
    if (tier === 'Kill' && isTaken) this.flattenOwed = false;
    return isTaken;
  }

  /** Asks others for an action, in a later turn: never inside a transition or a dispatch. */
  effect(ask: (effects: GuardEffects) => void): void {
    const { effects, ports } = this.#options;
    if (effects !== undefined) ports.clock.soon(() => ask(effects));
  }

  #limitsOf(policy: GuardPolicy): EvaluatorLimits {
    return evaluatorLimits({
      policy,
      critical: criticalInputs(this.#options.configured),
      certificateRequired: this.#tight || policy.certificate_required,
    });
  }

  #preset(emergencyUntilUs: number | null): void {
    const nowUs = this.nowUs();
    presetInputs(this.inputs, this.#options.configured, nowUs);
    this.inputs.set('latch', true, nowUs);
    const leftUs = emergencyUntilUs === null ? 0 : emergencyUntilUs - this.epochUs();
    if (leftUs <= 0) return;
    const cooldownUs = parameterUs(this.policy, 'emergency_reduceonly_cooldown_s');
    // A clock set back while we were down must not stretch the emergency without end.
    this.emergency.set(nowUs, Math.min(leftUs, cooldownUs), this.latch.ticket);
    this.inputs.set('emergency_reduce_only', true, nowUs);
  }

  #releaseEmergency(): void {
    const { emergency } = this;
    if (!emergency.mayEnd(this.nowUs())) return;
    const released = this.journal.loosens('emergency.changed', {
      active: false,
      cause: 'cooldown over and exposure proven safe',
      until_us: null,
      extensions: emergency.extensions,
    });
    if (released === undefined) return;
    emergency.end();
    this.inputs.set('emergency_reduce_only', false, this.nowUs());
  }

  /** The hot path: what stands is what stood, and only the time moved. */
  #follow(): void {
    const { killMask, reduceOnlyMask } = this.mode.current;
    const { standing } = this;
    if (standing.killMask !== killMask || standing.reduceOnlyMask !== reduceOnlyMask) {
      this.#take(this.mode.propose(standing));
      return;
    }
    this.#show(false);
  }

  #show(changed: boolean): void {
    const before = this.snapshot;
    this.snapshot = buildSnapshot(this, this.nowUs());
    const isDueNow = this.snapshot.containmentMandatory && !before.containmentMandatory;
    // It became possible during the Kill: the network is back, or the evidence.
    if (isDueNow && !changed) this.askContainment();
    if (changed || differs(before, this.snapshot)) this.snapshots.next(this.snapshot);
  }

  /** False: it loosens, and could not be recorded. */
  #take(next: ModeProposal): boolean {
    const from = this.mode.current;
    const sameMode = from.mode === next.mode;
    const sameFloors =
      from.killFloor === next.killFloor && from.reduceOnlyFloor === next.reduceOnlyFloor;
    const changed = !sameMode || !sameFloors || from.reasons !== next.reasons;
    const isOwed = changed && mustContain(this, next);
    if (changed && !this.#recordChange(from, next, isOwed) && isLoosening(from, next)) {
      this.#show(false);
      return false;
    }
    if (changed) this.trail.took(from, next, this.#cause, this.epochUs());
    this.mode.commit(next);
    this.#show(changed);
    if (changed && next.mode === 'Kill') this.askContainment(isOwed);
    return true;
  }

  /**
   * Returns false when the change could not be made durable. What a Kill wants closed stands in one
   * block with it: no crash leaves the one without the other.
   */
  #recordChange(from: ModeProposal, next: ModeProposal, isOwed: boolean): boolean {
    const payload = {
      old_mode: from.mode,
      new_mode: next.mode,
      mode_reasons: next.reasons,
      old_mode_reasons: from.reasons,
      kill_floor: next.killFloor,
      reduce_only_floor: next.reduceOnlyFloor,
      floor_reasons: this.trail.floorReasonsAfter(next),
      risk_state: this.risk.riskState,
      risk_causes: this.risk.causes,
      cause: this.#cause,
    };
    const owed: GuardFact[] = isOwed ? [owedFact(next.reasons)] : [];
    this.lastModeFact = isLoosening(from, next)
      ? this.journal.loosens('mode.changed', payload)
      : this.journal.restricts({ type: 'mode.changed', payload }, ...owed);
    return this.lastModeFact !== undefined;
  }

  /** What a Kill asks of others: open orders gone, and exposure closed where that is due. */
  askContainment(isOwed = false): void {
    const { hardStop, cancelAll, containmentMandatory, reasons } = this.snapshot;
    if (hardStop) return;
    const cause = reasons.join(' ');
    // Before the first order: a daemon that dies while it closes goes on when it is back.
    if (containmentMandatory && !isOwed) this.journal.restricts(owedFact(reasons));
    this.effect((effects) => {
      effects.cancelOrders(cancelAll ? 'all' : 'not_reduce_only', cause);
      if (containmentMandatory) effects.contain(cause);
    });
  }
}

function owedFact(reasons: readonly ModeReason[]): GuardFact {
  return { type: 'account.flatten_owed', payload: { cause: reasons.join(' ') } };
}
