/** Looks at what the daemon says of itself, where it must hold without knowing more: see each check. */

import type { SubmitOutcome } from '../../../actors/execution/index.ts';
import type { GuardSnapshot } from '../../../actors/guard/index.ts';
import { permitRefusal } from '../../../actors/guard/permits.ts';
import type { System } from '../../../daemon/system.ts';
import { streamNames } from '../../../streams/journal/index.ts';
import type { Decided } from '../world/hand.ts';
import { momentsOf } from '../world/moments.ts';
import type { ControlTruth } from './control-truth.ts';
import type { Timeline } from './timeline.ts';
import type { Verdict } from './verdict.ts';

/** Decisions a history may hold in queues and maps of the daemon. */
const queueShareMax = 1;

interface Before {
  readonly ledger: number;
  readonly orders: number;
  readonly pending: string;
}

export interface SystemKnowledge {
  readonly control: ControlTruth;
  /** The disk refused something in this life, or it is dying inside a write: a breach the guard may report. */
  readonly recordsMayFail: () => boolean;
}

export class SystemWatch {
  readonly #verdict: Verdict;
  readonly #timeline: Timeline;
  readonly #control: ControlTruth;
  readonly #recordsMayFail: () => boolean;
  #before: Before | undefined;
  #last: GuardSnapshot | undefined;

  constructor(verdict: Verdict, timeline: Timeline, { control, recordsMayFail }: SystemKnowledge) {
    this.#control = control;
    this.#recordsMayFail = recordsMayFail;
    this.#verdict = verdict;
    this.#timeline = timeline;
  }

  /** A new life: hears every change of the guard. */
  watch(system: System): void {
    this.#last = undefined;
    system.guard.snapshots$.subscribe((snapshot) => this.#snapshot(snapshot));
  }

  before(system: System): void {
    this.#before = stateOf(system);
  }

  after(system: System, decided: Decided, outcome: SubmitOutcome): void {
    for (const leg of outcome.legs) {
      if (leg.kind === 'refused') this.#verdict.reach(`refused ${leg.code}`);
      else this.#verdict.reach(`sent ${leg.class}`);
    }
    const { proposals } = decided;
    if (outcome.legs.length !== proposals.length)
      this.#verdict.broken(
        'answers',
        `${proposals.length} proposals, ${outcome.legs.length} answers`,
      );
    // A write that failed took its offsets with it, and ends the process.
    const untouched = outcome.legs.every(
      (leg) => leg.kind === 'refused' && leg.gate !== 'dispatch' && leg.gate !== 'ledger',
    );
    if (!untouched || this.#before === undefined) return;
    const now = stateOf(system);
    const same =
      now.orders === this.#before.orders &&
      now.pending === this.#before.pending &&
      now.ledger === this.#before.ledger;
    if (!same)
      this.#verdict.broken(
        'refusal-is-nothing',
        `refused ${decided.what} changed ${JSON.stringify(this.#before)} to ${JSON.stringify(now)}`,
      );
  }

  /** Every fault meets orders in some state: which pairs were reached. */
  faultMeets(kind: string, system: System | undefined): void {
    for (const moment of momentsOf(system)) this.#verdict.reach(`${kind} × ${moment}`);
  }

  look(system: System): void {
    const { execution, journal, guard } = system;
    for (const { state } of execution.openOrders) this.#verdict.reach(`state ${state}`);
    if (execution.duplicateDispatches > 0)
      this.#verdict.broken('once', `${execution.duplicateDispatches} duplicate dispatches counted`);
    if (execution.illegalAttempts > 0)
      this.#verdict.broken('legal', `${execution.illegalAttempts} illegal attempts counted`);
    for (const name of streamNames) {
      const { queueDepth, queueCapacity } = journal.stream(name);
      if (queueDepth > queueCapacity * queueShareMax)
        this.#verdict.broken('bounded', `queue of ${name}: ${queueDepth} of ${queueCapacity}`);
    }
    // What no hand was answered: refusals inside a containment, decisions of a runner that came late.
    for (const code of execution.rejectCounts.keys()) this.#verdict.reach(`refused ${code}`);
    this.#supremacy(guard.snapshot, execution.positions.all);
  }

  /** Exposure and no hard stop: some reducing action is permitted. */
  #supremacy(snapshot: GuardSnapshot, positions: Iterable<{ readonly signedLots: number }>): void {
    if (snapshot.hardStop || snapshot.mode === 'Active') return;
    let held = false;
    for (const { signedLots } of positions) held ||= signedLots !== 0;
    if (!held) return;
    const ways = [
      permitRefusal(snapshot, { class: 'CLOSE' }),
      permitRefusal(snapshot, { class: 'CLOSE', containment: true }),
      permitRefusal(snapshot, { class: 'CANCEL', targetReduceOnly: false }),
    ];
    if (ways.every((refusal) => refusal !== undefined))
      this.#verdict.broken(
        'supremacy',
        `exposure and no way to reduce: ${snapshot.reasons.join()}`,
      );
  }

  #snapshot(snapshot: GuardSnapshot): void {
    const { mode, reasons, latchReasons } = snapshot;
    this.#verdict.reach(`mode ${mode}`);
    for (const reason of [...reasons, ...latchReasons]) this.#verdict.reach(`reason ${reason}`);
    if (reasons.includes('KILL_INVARIANT_BREACH') && !this.#recordsMayFail())
      this.#verdict.broken('self-reported', 'the guard says that an invariant was breached');
    if ((mode === 'Active') !== (reasons.length === 0))
      this.#verdict.broken('reasons', `${mode} with [${reasons.join()}]`);
    if (mode === 'Active' && (snapshot.latched || snapshot.evidence !== 'GREEN'))
      this.#verdict.broken(
        'monotone',
        `Active while latched ${snapshot.latched} ${snapshot.evidence}`,
      );
    this.#inForce(snapshot);
    if (this.#timeline.isKept)
      this.#timeline.note('mode', `${mode} ${[...reasons, ...latchReasons].join(', ')}`);
  }

  /** On disk before it is in force. Only a restriction that a disk did not take may go before. */
  #inForce(snapshot: GuardSnapshot): void {
    const last = this.#last;
    this.#last = snapshot;
    // A life begins restricted and latched, without a word.
    if (last === undefined) return;
    const { mode, latched } = snapshot;
    this.#control.look();
    const { mode: recordedMode, latched: recordedLatch } = this.#control;
    const loosened = (last.latched && !latched) || (last.mode !== 'Active' && mode === 'Active');
    if (!loosened && this.#recordsMayFail()) return;
    if (mode !== last.mode && mode !== recordedMode)
      this.#verdict.broken('durable-mode', `${mode} is in force, ${recordedMode} is on disk`);
    if (latched !== last.latched && latched !== recordedLatch)
      this.#verdict.broken(
        'durable-mode',
        `latched ${latched} is in force, ${recordedLatch} is on disk`,
      );
  }
}

function stateOf({ execution, journal }: System): Before {
  let orders = 0;
  for (const _ of execution.openOrders) orders += 1;
  const pending = [...execution.exposure.rows]
    .map(
      (row) =>
        `${row.instrument.name}:${row.signedLots}:${row.pendingBuyLots}:${row.pendingSellLots}`,
    )
    .join();
  return { ledger: journal.stream('ledger').nextOffset, orders, pending };
}
