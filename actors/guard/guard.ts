/**
 * PolicyGuard: the only authority for the trading mode. It evaluates on every tick, change and demand;
 * a transition is durable before it takes effect. No restore while a reason of the tier stands.
 */
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import {
  type GuardInputName,
  isLatchReason,
  isOwnerCode,
  type LatchReason,
  type ModeReason,
  type RestrictedTier,
} from '../../streams/facts/reason-codes/index.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import { parameterUs } from './evaluate.ts';
import { GuardCore } from './guard-core.ts';
import type { RecordedFact } from './guard-record.ts';
import type {
  CommandOutcome,
  Guard,
  GuardOptions,
  KillOptions,
  ReconcileProof,
} from './guard-types.ts';
import { type PermitRequest, permitRefusal } from './permits.ts';
import { type OverrideLevel, overrideLevels, type RiskCondition } from './risk-conditions.ts';
import type { GuardSnapshot } from './snapshot.ts';

/** One guard for one process. */
export function createGuard(options: GuardOptions): Guard {
  return new PolicyGuard(options);
}

class PolicyGuard implements Guard {
  readonly #core: GuardCore;
  readonly #clock: GuardOptions['ports']['clock'];
  #lastTickUs: number | undefined;
  #stopTick: (() => void) | undefined;
  readonly snapshots$: Guard['snapshots$'];

  constructor(options: GuardOptions) {
    this.#core = new GuardCore(options);
    this.#clock = options.ports.clock;
    this.snapshots$ = this.#core.snapshots.asObservable();
  }

  get snapshot(): GuardSnapshot {
    return this.#core.snapshot;
  }
  get mode() {
    return this.#core.mode.current.mode;
  }
  get reasons() {
    return this.#core.mode.current.reasons;
  }
  get riskState() {
    return this.snapshot.riskState;
  }
  get latch() {
    return { blocked: this.#core.latch.blocked, reasons: this.#core.latch.reasons };
  }
  get evidence() {
    return this.#core.snapshot.evidence;
  }
  get policyRev() {
    return this.#core.policyRev;
  }
  get conditions() {
    return this.#core.risk.names;
  }
  get emergencyRemainingS(): number | null {
    return this.#core.emergency.remainingS(this.#core.nowUs());
  }

  evaluate(): GuardSnapshot {
    return this.#core.evaluate();
  }

  permits(snapshot: GuardSnapshot, request: PermitRequest | PermitRequest['class']): boolean {
    const asked = typeof request === 'string' ? { class: request } : request;
    return permitRefusal(snapshot, asked) === undefined;
  }

  set(input: GuardInputName, value: unknown, atMonotonicUs?: number): void {
    const nowUs = this.#core.nowUs();
    const changed = this.#core.inputs.set(input, value, Math.min(atMonotonicUs ?? nowUs, nowUs));
    if (changed && input === 'venue_session' && value === 'up')
      this.latchCauseEnded('SESSION_TERMINATION_RECONCILE_REQUIRED');
    if (changed) this.#core.evaluate(input);
  }

  input(name: GuardInputName) {
    return this.#core.inputs.read(name);
  }

  raise(name: string, condition: RiskCondition): void {
    const { risk, telemetry } = this.#core;
    const isNew = !risk.has(name);
    if (!isOwnerCode(condition.owner)) this.unmapped(condition.owner);
    else if (!risk.raise(name, condition)) this.set('invariant_breach', true);
    else {
      if (isNew) telemetry.metrics.counter('holdfast_risk_conditions_total').increment(1, name);
      this.#riskChanged(name);
    }
  }

  raiseUntilProven(name: string, condition: RiskCondition): void {
    this.raise(name, { ...condition, provenAfterTicket: this.#core.latch.nextTicket() });
    this.#core.effect((effects) => effects.reconcile(name));
  }

  clear(name: string): void {
    this.#core.risk.clear(name);
    this.#riskChanged(name);
  }

  override(monitor: string, level: OverrideLevel, cooldownS = 0, cause = ''): void {
    const { risk } = this.#core;
    const nowUs = this.#core.nowUs();
    if (overrideLevels.indexOf(level) > overrideLevels.indexOf(risk.overrideOf(monitor))) {
      this.#core.trail.monitorTrips(monitor, level, cause);
    }
    risk.override(monitor, level, nowUs + cooldownS * usPerSecond, nowUs);
    this.set('safety_override', risk.overrideLevel);
  }

  unmapped(code: string): void {
    this.#core.telemetry.log.error('guard.unmapped_code', { unmapped: code });
    this.set('unmapped_code', true);
  }

  latchSet(reason: LatchReason, options?: { readonly standing?: boolean }): void {
    if (!isLatchReason(reason)) {
      this.unmapped(reason);
      return;
    }
    const core = this.#core;
    const added = core.latch.set(reason, options?.standing ?? false);
    core.inputs.set('latch', true, core.nowUs());
    if (!added) return;
    const { reasons } = core.latch;
    core.trail.latch(reasons, core.epochUs());
    const payload = { blocked: true, reasons, added: reason, proof_id: null };
    core.journal.restricts({ type: 'latch.changed', payload });
    core.telemetry.metrics.counter('holdfast_latch_set_total').increment(1, reason);
    core.evaluate(reason);
    core.effect((effects) => effects.reconcile(reason));
  }

  latchCauseEnded(reason: LatchReason): void {
    if (this.#core.latch.standing.includes(reason)) this.#core.latch.causeEnded(reason);
  }

  reconcileTicket(): number {
    return this.#core.latch.ticket;
  }

  latchReconciled(proof: ReconcileProof): boolean {
    const core = this.#core;
    core.proven(proof);
    if (core.latch.blocked && core.latch.accepts(proof.ticket)) this.#openLatch(proof);
    core.risk.proven(proof.ticket);
    this.#riskChanged('reconciled');
    return !core.latch.blocked;
  }

  emergencyReduceOnly(cause: string): CommandOutcome {
    const core = this.#core;
    const nowUs = core.nowUs();
    const cooldownUs = parameterUs(core.policy, 'emergency_reduceonly_cooldown_s');
    core.emergency.set(nowUs, cooldownUs, core.latch.nextTicket());
    const { extensions, untilUs } = core.emergency;
    // The flag first: it must not depend on the record.
    core.inputs.set('emergency_reduce_only', true, nowUs);
    const until_us = core.epochUs() + untilUs - nowUs;
    const payload = { active: true, cause, until_us, extensions };
    const fact = core.journal.restricts({ type: 'emergency.changed', payload });
    core.evaluate(cause);
    core.effect((effects) => {
      effects.cancelOrders('not_reduce_only', cause);
      effects.reduceToLimits(cause);
      effects.reconcile('emergency reduce-only');
    });
    const leftS = (untilUs - nowUs) / usPerSecond;
    const verb = extensions > 0 ? 'was active: its cooldown is extended to' : 'is active for';
    return this.#outcome(`emergency reduce-only ${verb} ${leftS} s, and until reconciled`, fact);
  }

  reduceOnly(cause: string): CommandOutcome {
    const outcome = this.#command('operator_reduce_only', `operator: ${cause}`);
    this.#core.effect((effects) => effects.cancelOrders('not_reduce_only', cause));
    return outcome;
  }

  kill(cause: string, options: KillOptions = {}): CommandOutcome {
    const core = this.#core;
    core.wanted(options, `operator: ${cause}`);
    const wasKilled = this.mode === 'Kill';
    const outcome = this.#command('operator_kill', `operator: ${cause}`);
    // A kill upon a kill may ask for more: what it asks for is done again.
    if (wasKilled) core.askContainment();
    return outcome;
  }

  exposureLearnt(): void {
    if (this.snapshot.containmentMandatory) this.#core.askContainment();
  }

  restore(tier: RestrictedTier, reason: string, actor: string): CommandOutcome {
    const core = this.#core;
    core.evaluate();
    const standing = core.mode.barring(tier, core.standing);
    const refused = (why: string) => this.#outcome(`restore refused: ${why}`, undefined, standing);
    if (standing.length > 0) return refused(`${standing.join(', ')} still stands`);
    // The restore withdraws the operator's own command of that tier.
    const own = tier === 'Kill' ? 'operator_kill' : 'operator_reduce_only';
    core.inputs.set(own, false, core.nowUs());
    core.lastModeFact = undefined;
    const isLowered = core.restore(tier, `restore ${tier} by ${actor}: ${reason}`);
    const fact = core.lastModeFact;
    core.evaluate();
    if (!isLowered) return refused('the journal has no room for it');
    return this.#outcome(`the ${tier} floor is lowered`, fact);
  }

  sessionTerminated(cause: string): void {
    const nowUs = this.#core.nowUs();
    this.#core.inputs.set('venue_session', 'terminated', nowUs);
    this.#core.inputs.set('session_termination', true, nowUs);
    this.#core.evaluate(cause);
    this.latchSet('SESSION_TERMINATION_RECONCILE_REQUIRED', { standing: true });
  }

  applyPolicy(policy: GuardPolicy, policyRev: string, computedAtMonotonicUs: number): void {
    this.#core.applyPolicy(policy, policyRev);
    this.#core.inputs.set('policy', true, Math.min(computedAtMonotonicUs, this.#core.nowUs()));
    this.#core.evaluate('policy');
  }

  since(reason: ModeReason | LatchReason): number | undefined {
    return this.#core.trail.since(reason);
  }

  start(): void {
    this.#core.evaluate('start');
    this.#lastTickUs = this.#core.nowUs();
    this.#stopTick ??= this.#clock.every(this.#core.policy.guard_tick_ms, () => this.#tick());
  }

  stop(): void {
    this.#stopTick?.();
    this.#stopTick = undefined;
  }

  #tick(): void {
    const nowUs = this.#core.nowUs();
    const stalledUs = nowUs - (this.#lastTickUs ?? nowUs);
    this.#lastTickUs = nowUs;
    // A loop that stood still could not act: it counts as a silent watchdog.
    if (stalledUs > parameterUs(this.#core.policy, 'loop_stall_ms')) {
      this.emergencyReduceOnly(`event loop stalled ${Math.round(stalledUs / 1_000)} ms`);
    }
    this.#core.evaluate();
  }

  #riskChanged(name: string): void {
    this.#core.inputs.set('risk_state', this.#core.risk.riskState, this.#core.nowUs());
    this.#core.evaluate(name);
  }

  #openLatch(proof: ReconcileProof): void {
    const core = this.#core;
    const payload = { blocked: false, reasons: [], added: null, proof_id: proof.proofId };
    // Opening is a loosening: without its record it does not happen.
    if (core.journal.loosens('latch.changed', payload) === undefined) return;
    core.latch.proven(proof.ticket);
    core.trail.latch([], core.epochUs());
    core.inputs.set('latch', false, core.nowUs());
    // The session came back and state is proven: the termination is over.
    core.inputs.set('session_termination', false, core.nowUs());
  }

  #command(input: 'operator_kill' | 'operator_reduce_only', cause: string): CommandOutcome {
    this.#core.lastModeFact = undefined;
    this.#core.inputs.set(input, true, this.#core.nowUs());
    this.#core.evaluate(cause);
    return this.#outcome('in force until an operator restores', this.#core.lastModeFact);
  }

  #outcome(message: string, fact?: RecordedFact, barring?: readonly ModeReason[]): CommandOutcome {
    return {
      accepted: barring === undefined,
      mode: this.mode,
      factId: fact?.factId ?? null,
      traceId: fact?.traceId ?? null,
      standing: barring ?? [],
      message,
    };
  }
}
