/**
 * The open-permission latch in its machine, with the count that orders losses against proofs: a
 * proof counts only when everything it rests on was read after the loss was noticed.
 */
import { initialTransition } from 'xstate';
import { type OpenPermissionEvent, openPermissionMachine } from '../../machines/open-permission.ts';
import { pureTransition } from '../../machines/pure-transition.ts';
import type { LatchReason } from '../../streams/facts/reason-codes/index.ts';

export class LatchState {
  #machine = initialTransition(openPermissionMachine)[0];
  #sequence = 0;
  reasons: readonly LatchReason[] = ['RESTART_RECONCILE_REQUIRED'];

  get blocked(): boolean {
    return !this.#machine.hasTag('mayOpen');
  }

  /** Take it before the first read of a reconciliation; hand it back with the proof. */
  get ticket(): number {
    return this.#sequence;
  }

  /** Counts a loss that is not a latch reason: proofs collected before it are too old for it. */
  nextTicket(): number {
    this.#sequence += 1;
    return this.#sequence;
  }

  has(reason: LatchReason): boolean {
    return this.reasons.includes(reason);
  }

  /** Returns true when the reason was not there before. */
  set(reason: LatchReason, standing: boolean): boolean {
    const added = !this.has(reason);
    this.#send({ type: 'latch.set', reason, sequence: this.nextTicket(), standing });
    return added;
  }

  causeEnded(reason: LatchReason): void {
    this.#send({ type: 'latch.causeEnded', reason, sequence: this.nextTicket() });
  }

  /** Would a proof of this age open the latch? */
  accepts(ticket: number): boolean {
    const next = pureTransition(openPermissionMachine, this.#machine, {
      type: 'latch.proven',
      ticket,
    });
    return next.hasTag('mayOpen');
  }

  /** Reasons that a proof cannot clear yet: their cause goes on. */
  get standing(): LatchReason[] {
    return this.#machine.context.entries.filter((e) => e.standing).map((e) => e.reason);
  }

  proven(ticket: number): void {
    this.#send({ type: 'latch.proven', ticket });
  }

  #send(event: OpenPermissionEvent): void {
    this.#machine = pureTransition(openPermissionMachine, this.#machine, event);
    this.reasons = this.#machine.context.entries.map(({ reason }) => reason);
  }
}
