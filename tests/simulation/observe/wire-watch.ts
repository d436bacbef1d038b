/**
 * Stands at the daemon's ports and judges every order in the very call in which its bytes leave:
 * against the synced ledger, against what the venue said so far, and against the mode on disk.
 */

import { permitRefusal } from '../../../actors/guard/permits.ts';
import type { System } from '../../../daemon/system.ts';
import { isTerminal, type OrderLifecycleState } from '../../../machines/order-lifecycle.ts';
import type { OrderIntentPayload } from '../../../streams/facts/schemas/execution.ts';
import type { ControlTruth } from './control-truth.ts';
import type { ExposureWatch } from './exposure-watch.ts';
import type { LedgerTruth } from './ledger-truth.ts';
import { LinkTruth } from './link-truth.ts';
import type { RateWatch } from './rate-watch.ts';
import type { Verdict } from './verdict.ts';

export interface WireOrder {
  readonly instrument_name: string;
  readonly amount: number;
  readonly type: string;
  readonly price: number;
  readonly label: string;
  readonly time_in_force: string;
  readonly reduce_only?: boolean;
  readonly valid_until?: number;
}

export interface WireWatchOptions {
  readonly verdict: Verdict;
  readonly ledger: LedgerTruth;
  readonly control: ControlTruth;
  readonly exposure: ExposureWatch;
  readonly rate: RateWatch;
  readonly system: () => System | undefined;
  readonly ackTimeoutMs: number;
  readonly bookMaxAgeMs: number;
  /** An operator's kill or reduce-only stands. */
  readonly restrictedByOperator: () => boolean;
  readonly onOrder: (
    side: string,
    order: WireOrder,
    intent: OrderIntentPayload | undefined,
  ) => void;
}

/** Credits that may gather while a cancel waits: it is served at the first one. */
const owedCreditsMax = 3;
/** Earned in the millisecond in which nobody has looked yet. */
const creditSlack = 0.05;

/** Nothing was heard of it, or nothing is believed any more. */
const doubtful: ReadonlySet<string> = new Set(['recorded', 'sent', 'in_doubt']);

const orderCall = /^\{"jsonrpc":"2\.0","id":(\d+),"method":"private\/(buy|sell|cancel|edit)"/;

export class WireWatch {
  readonly #options: WireWatchOptions;
  /** Labels that ever left, in any life. */
  readonly #left = new Set<string>();
  /** When those left whose end is not on disk. */
  readonly #leftUs = new Map<string, number>();
  /** Since the socket opened or the process began; undefined between. */
  readonly link: LinkTruth;
  sent = 0;
  cancels = 0;
  #beforeSubmit = 0;
  #isSubmitting = false;
  /** Cancels that were answered as sent and wait for their credit. */
  #owed = 0;

  constructor(options: WireWatchOptions) {
    this.#options = options;
    this.link = new LinkTruth(options.verdict);
  }

  onSend(text: string): void {
    const match = orderCall.exec(text);
    if (match === null) return;
    const [, id, verb = ''] = match;
    if (verb === 'cancel') {
      this.cancels += 1;
      if (!this.#isSubmitting) this.#owed = Math.max(0, this.#owed - 1);
      this.#options.rate.leaves(undefined);
      return;
    }
    const { verdict } = this.#options;
    if (verb === 'edit') {
      verdict.broken('one-way', 'an order was edited: nothing in this house edits');
      return;
    }
    const { params } = JSON.parse(text) as { params: WireOrder };
    this.sent += 1;
    this.#judge(verb, params);
    this.link.sent(Number(id), params.label);
  }

  onReceive(text: string): void {
    this.link.received(text);
  }

  /**
   * What was answered to a submission is what left in it: no more and no less. Only what reduces may
   * be owed, while there is no credit for it.
   */
  submitted(legsSent: number, cls: (index: number) => string | undefined): void {
    this.#isSubmitting = false;
    const { verdict, rate } = this.#options;
    const left = this.sent + this.cancels - this.#beforeSubmit;
    const what = cls(0);
    const isShort = this.#owed > 0 || rate.credits < 1 + creditSlack;
    if (left < legsSent && what !== 'OPEN' && isShort) {
      verdict.reach(`${what} waits for credit`);
      if (what === 'CANCEL') this.#owed += legsSent - left;
    } else if (left !== legsSent)
      verdict.broken('sent-is-sent', `${legsSent} ${what} answered as sent, ${left} left`);
  }

  submitting(): void {
    this.#isSubmitting = true;
    this.#beforeSubmit = this.sent + this.cancels;
  }

  /** What is owed leaves as the credits come. Where something else forbids it now, it is dropped. */
  look(): void {
    const { system, rate, verdict } = this.#options;
    if (!this.link.isOpen || system()?.guard.snapshot.mode !== 'Active') this.#owed = 0;
    if (this.#owed > 0 && rate.credits >= owedCreditsMax)
      verdict.broken('sent-is-sent', `${this.#owed} CANCEL answered as sent, and credit unused`);
  }

  #judge(side: string, order: WireOrder): void {
    const { verdict, ledger, control, onOrder } = this.#options;
    const { label } = order;
    if (this.#left.has(label)) verdict.broken('once', `${label} left a second time`);
    this.#left.add(label);
    this.#leftUs.set(label, verdict.nowUs);
    ledger.look();
    control.look();
    const intent = ledger.byLabel.get(label);
    this.#options.rate.leaves(intent?.class ?? 'OPEN');
    if (intent === undefined) {
      verdict.broken('durable-first', `${label} left and is not in the synced ledger`);
    } else {
      this.#sameTerms(side, order, intent);
      if (intent.class === 'OPEN') this.#opening(intent);
      else this.#reducing(intent, order);
    }
    onOrder(side, order, intent);
  }

  #sameTerms(side: string, order: WireOrder, intent: OrderIntentPayload): void {
    const { verdict } = this.#options;
    const same =
      intent.side === side &&
      intent.instrument === order.instrument_name &&
      Number(intent.qty_usd ?? intent.qty_coin) === order.amount &&
      Number(intent.limit_price) === order.price &&
      intent.reduce_only === (order.reduce_only ?? false) &&
      intent.time_in_force === order.time_in_force;
    if (!same) verdict.broken('same-terms', `${order.label} left with other terms than recorded`);
    if (order.type !== 'limit') verdict.broken('legal', `${order.label} is a ${order.type} order`);
    if (order.valid_until === undefined || order.valid_until * 1_000 > intent.valid_until_us)
      verdict.broken('legal', `${order.label} may be taken later than recorded`);
  }

  /** New risk: everything has to be known and well, here and on disk. */
  #opening(intent: OrderIntentPayload): void {
    const { verdict, ledger, control, bookMaxAgeMs, ackTimeoutMs } = this.#options;
    const { label } = intent;
    if (!ledger.capsules.has(intent.intent_id))
      verdict.broken('capsule', `${label} opens without a synced capsule`);
    const { snapshot } = this.#options.system()?.guard ?? {};
    if (snapshot !== undefined) {
      const refusal = permitRefusal(snapshot, { class: 'OPEN' });
      if (refusal !== undefined)
        verdict.broken(
          'open-permission',
          `${label} opens while ${refusal}: ${snapshot.reasons.join()}`,
        );
    }
    if (control.mode !== 'Active' || control.latched !== false)
      verdict.broken(
        'durable-mode',
        `${label} opens while the control stream says ${control.mode}, latched ${control.latched}`,
      );
    if (this.#options.restrictedByOperator())
      verdict.broken('operator', `${label} opens against an operator's command`);
    const unproven = this.link.unproven();
    if (unproven !== undefined) verdict.broken('proof-first', `${label} opens before ${unproven}`);
    const age = this.link.bookAgeMs(intent.instrument);
    if (age > bookMaxAgeMs)
      verdict.broken('fresh-book', `${label} opens on a book that is ${Math.round(age)} ms old`);
    const waiting = this.link.unanswered(ackTimeoutMs);
    for (const { intentId, state } of this.#options.system()?.execution.openOrders ?? [])
      if (state === 'in_doubt')
        verdict.broken('in-doubt', `${label} opens while ${intentId.slice(0, 12)} is in doubt`);
    if (waiting !== undefined)
      verdict.broken('in-doubt', `${label} opens while ${waiting} has been unanswered too long`);
    const unsettled = this.#unsettled();
    if (unsettled !== undefined)
      verdict.broken('in-doubt', `${label} opens while on disk nobody knows of ${unsettled}`);
  }

  /**
   * A label whose fate the ledger does not tell, although its time for an answer is over or the
   * session it left on is. What was heard is on disk by now: an intent takes along what is queued.
   */
  #unsettled(): string | undefined {
    const { verdict, ledger, ackTimeoutMs } = this.#options;
    for (const [label, leftUs] of this.#leftUs) {
      const state = ledger.states.get(ledger.byLabel.get(label)?.intent_id ?? '');
      if (state !== undefined && isTerminal(state as OrderLifecycleState)) {
        this.#leftUs.delete(label);
        continue;
      }
      if (state !== undefined && !doubtful.has(state)) continue;
      const isOver = verdict.nowUs - leftUs > ackTimeoutMs * 1_000 || leftUs < this.link.openedUs;
      if (isOver) return `${label} (${state ?? 'recorded'})`;
    }
    return undefined;
  }

  #reducing(intent: OrderIntentPayload, order: WireOrder): void {
    const { verdict } = this.#options;
    if (intent.class === 'CLOSE' && order.reduce_only !== true)
      verdict.broken('reduce-only', `${intent.label} closes without the venue's flag`);
    if (intent.class === 'HEDGE' && order.reduce_only !== true)
      this.#options.exposure.hedges(intent, order.amount);
    if (this.#options.system()?.guard.snapshot.hardStop === true)
      verdict.broken('hard-stop', `${intent.label} left in a hard stop`);
  }
}
