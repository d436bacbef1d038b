/** What the ledger on the platters says: intents, capsules, fills, states. Synced bytes only. */

import type { VirtualDisk } from '../../../daemon/ports/virtual/index.ts';
import type { TradeAdoptedPayload } from '../../../streams/facts/schemas/adoption.ts';
import type {
  FillRecordedPayload,
  OrderIntentPayload,
  OrderTransitionPayload,
} from '../../../streams/facts/schemas/execution.ts';
import type { GroupTransitionPayload } from '../../../streams/facts/schemas/group.ts';
import type {
  PositionAdoptedPayload,
  PositionDeliveredPayload,
} from '../../../streams/facts/schemas/position.ts';
import { DurableFacts } from '../world/durable-facts.ts';

type TradeTerms = Pick<FillRecordedPayload, 'instrument' | 'side' | 'amount'>;

/** Amounts as counts of 1e-8: sums of them are exact. */
export function unitsOf(amount: string | number): number {
  return Math.round(Number(amount) * 1e8);
}

export class LedgerTruth {
  readonly #facts: DurableFacts;
  readonly byLabel = new Map<string, OrderIntentPayload>();
  readonly byIntent = new Map<string, OrderIntentPayload>();
  /** Intents with a capsule. */
  readonly capsules = new Set<string>();
  /** How often each trade was recorded. */
  readonly fills = new Map<string, number>();
  readonly states = new Map<string, string>();
  /** Labels of orders that are, or once were, recorded as not at the venue, or no more. */
  readonly absent = new Map<string, string>();
  readonly groupStates = new Map<string, GroupTransitionPayload>();
  readonly #onIntent: (intent: OrderIntentPayload) => void;
  /** Who else wants to know how groups go on, in the order of the ledger. */
  onGroup: ((group: GroupTransitionPayload) => void) | undefined;
  /** What the ledger says an operator took over, as he names it. */
  readonly adopted: string[] = [];
  /** Filled so far by intent, and held now by instrument, signed; see `unitsOf`. */
  readonly filledUnits = new Map<string, number>();
  readonly heldUnits = new Map<string, number>();
  readonly #delivered = new Set<string>();
  readonly #intentsOf = new Map<string, number>();
  readonly #fillsOf = new Map<string, number>();

  constructor(
    disk: VirtualDisk,
    dataDirectory: string,
    onIntent: (intent: OrderIntentPayload) => void,
  ) {
    this.#facts = new DurableFacts(disk, `${dataDirectory}/journal/ledger`);
    this.#onIntent = onIntent;
  }

  /** Takes in what became durable since. */
  look(): void {
    for (const { event_type, payload } of this.#facts.take()) this.#take(event_type, payload);
  }

  /** Intents of a group, its containment included. */
  intentsOf(groupId: string): number {
    return this.#intentsOf.get(groupId) ?? 0;
  }

  fillsOf(groupId: string): number {
    return this.#fillsOf.get(groupId) ?? 0;
  }

  #take(type: string, payload: unknown): void {
    switch (type) {
      case 'order.intent': {
        const intent = payload as OrderIntentPayload;
        this.byLabel.set(intent.label, intent);
        this.byIntent.set(intent.intent_id, intent);
        this.#intentsOf.set(intent.group_id, this.intentsOf(intent.group_id) + 1);
        this.#onIntent(intent);
        return;
      }
      case 'capsule.recorded':
        this.capsules.add((payload as { intent_id: string }).intent_id);
        return;
      case 'fill.recorded': {
        const fill = payload as FillRecordedPayload;
        const intent = fill.intent_id ?? '';
        if (!this.fills.has(fill.trade_id)) {
          this.#hold(fill);
          const units = (this.filledUnits.get(intent) ?? 0) + unitsOf(fill.amount);
          this.filledUnits.set(intent, units);
        }
        this.fills.set(fill.trade_id, (this.fills.get(fill.trade_id) ?? 0) + 1);
        const group = this.byIntent.get(intent)?.group_id;
        if (group !== undefined) this.#fillsOf.set(group, this.fillsOf(group) + 1);
        return;
      }
      case 'order.transition': {
        const { intent_id, to } = payload as OrderTransitionPayload;
        this.states.set(intent_id, to);
        const label = this.byIntent.get(intent_id)?.label;
        if (label !== undefined && ['not_sent', 'rejected', 'cancelled'].includes(to))
          this.absent.set(label, to);
        return;
      }
      case 'group.transition': {
        const group = payload as GroupTransitionPayload;
        this.groupStates.set(group.group_id, group);
        this.onGroup?.(group);
        return;
      }
      case 'trade.adopted': {
        const trade = payload as TradeAdoptedPayload;
        const { trade_id, instrument } = trade;
        if (!this.fills.has(trade_id)) this.#hold(trade);
        this.fills.set(trade_id, (this.fills.get(trade_id) ?? 0) + 1);
        this.adopted.push(`trade ${instrument}/${trade_id}`);
        return;
      }
      case 'position.adopted': {
        const { instrument, amount } = payload as PositionAdoptedPayload;
        this.heldUnits.set(instrument, unitsOf(amount));
        this.adopted.push(`position ${instrument}=${amount}`);
        return;
      }
      case 'position.delivered': {
        const { delivery_id, instrument, amount } = payload as PositionDeliveredPayload;
        if (this.#delivered.has(delivery_id)) return;
        this.#delivered.add(delivery_id);
        this.heldUnits.set(instrument, (this.heldUnits.get(instrument) ?? 0) - unitsOf(amount));
      }
    }
  }

  #hold({ instrument, side, amount }: TradeTerms): void {
    const units = side === 'buy' ? unitsOf(amount) : -unitsOf(amount);
    this.heldUnits.set(instrument, (this.heldUnits.get(instrument) ?? 0) + units);
  }
}
