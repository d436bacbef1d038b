/** What the ledger on the platters says: intents, capsules, fills, states. Synced bytes only. */

import type { VirtualDisk } from '../../../daemon/ports/virtual/index.ts';
import type { TradeAdoptedPayload } from '../../../streams/facts/schemas/adoption.ts';
import type {
  FillRecordedPayload,
  OrderIntentPayload,
  OrderTransitionPayload,
} from '../../../streams/facts/schemas/execution.ts';
import type { GroupTransitionPayload } from '../../../streams/facts/schemas/group.ts';
import type { PositionAdoptedPayload } from '../../../streams/facts/schemas/position.ts';
import { DurableFacts } from '../world/durable-facts.ts';

export class LedgerTruth {
  readonly #facts: DurableFacts;
  readonly byLabel = new Map<string, OrderIntentPayload>();
  readonly byIntent = new Map<string, OrderIntentPayload>();
  /** Intents with a capsule. */
  readonly capsules = new Set<string>();
  /** How often each trade was recorded. */
  readonly fills = new Map<string, number>();
  readonly states = new Map<string, string>();
  readonly groupStates = new Map<string, GroupTransitionPayload>();
  readonly #onIntent: (intent: OrderIntentPayload) => void;
  /** What the ledger says an operator took over, as he names it. */
  readonly adopted: string[] = [];

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

  #take(type: string, payload: unknown): void {
    switch (type) {
      case 'order.intent': {
        const intent = payload as OrderIntentPayload;
        this.byLabel.set(intent.label, intent);
        this.byIntent.set(intent.intent_id, intent);
        this.#onIntent(intent);
        return;
      }
      case 'capsule.recorded':
        this.capsules.add((payload as { intent_id: string }).intent_id);
        return;
      case 'fill.recorded': {
        const fill = payload as FillRecordedPayload;
        this.fills.set(fill.trade_id, (this.fills.get(fill.trade_id) ?? 0) + 1);
        return;
      }
      case 'order.transition': {
        const { intent_id, to } = payload as OrderTransitionPayload;
        this.states.set(intent_id, to);
        return;
      }
      case 'group.transition': {
        const group = payload as GroupTransitionPayload;
        this.groupStates.set(group.group_id, group);
        return;
      }
      case 'trade.adopted': {
        const { trade_id, instrument } = payload as TradeAdoptedPayload;
        this.fills.set(trade_id, (this.fills.get(trade_id) ?? 0) + 1);
        this.adopted.push(`trade ${instrument}/${trade_id}`);
        return;
      }
      case 'position.adopted': {
        const { instrument, amount } = payload as PositionAdoptedPayload;
        this.adopted.push(`position ${instrument}=${amount}`);
      }
    }
  }
}
