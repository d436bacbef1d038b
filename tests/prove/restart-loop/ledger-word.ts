/**
 * What the ledger says, read from its files and taken apart here: trades from recorded fills, live
 * orders from recorded transitions. The daemon's own arithmetic is not asked.
 */
import { join } from 'node:path';
import { productionDisk } from '../../../daemon/ports/production/index.ts';
import { isTerminal, type OrderLifecycleState } from '../../../machines/order-lifecycle.ts';
import type { Fact } from '../../../streams/facts/envelope.ts';
import { openJournalReader } from '../../../streams/journal/index.ts';

interface Order {
  readonly label: string;
  state: string;
  /** Left in doubt by a dead process at least once. */
  doubted: boolean;
}

export class LedgerWord {
  readonly #directory: string;
  readonly #orders = new Map<string, Order>();
  readonly #labels = new Set<string>();
  readonly #trades = new Map<string, number>();
  readonly #attributed = new Set<string>();
  #next = 0;
  /** Fills booked a second time, intents or labels recorded a second time. Must stay empty. */
  readonly repeated: string[] = [];
  adoptions = 0;
  intents = 0;
  fills = 0;

  constructor(dataDirectory: string) {
    this.#directory = join(dataDirectory, 'journal');
  }

  hasLabel(label: string): boolean {
    return this.#labels.has(label);
  }

  /** Reads on to the last durable record. */
  read(): void {
    const door = openJournalReader(productionDisk(), this.#directory);
    try {
      for (const { offset, bytes } of door.stream('ledger').read(this.#next)) {
        this.#apply(JSON.parse(Buffer.from(bytes).toString('utf8')) as Fact);
        this.#next = offset + 1;
      }
    } finally {
      door.close();
    }
  }

  /** Every booked trade, signed amount by `instrument trade-id`. */
  get trades(): ReadonlyMap<string, number> {
    return this.#trades;
  }

  /** Booked trades without the row that says what they cost. Must stay empty. */
  get unattributed(): string[] {
    return [...this.#trades.keys()].filter((trade) => !this.#attributed.has(trade));
  }

  /** Labels of orders that have not ended, or that have. */
  labelsThat(which: 'live' | 'ended'): Set<string> {
    const wanted = which === 'ended';
    const orders = [...this.#orders.values()].filter(({ state }) => ended(state) === wanted);
    return new Set(orders.map(({ label }) => label));
  }

  /** Orders without an end, as a killed process left them. */
  get unfinished(): number {
    return this.labelsThat('live').size;
  }

  /** How many intents that a restart put in doubt ended as not sent, and how many otherwise. */
  get doubtsSettled(): { readonly notSent: number; readonly adopted: number } {
    const settled = [...this.#orders.values()].filter(
      (order) => order.doubted && ended(order.state),
    );
    const notSent = settled.filter(({ state }) => state === 'not_sent').length;
    return { notSent, adopted: settled.length - notSent };
  }

  #apply({ event_type, payload }: Fact): void {
    if (event_type === 'order.intent') this.#intent(payload);
    else if (event_type === 'order.transition') this.#transition(payload);
    else if (event_type === 'fill.recorded') this.#fill(payload);
    else if (event_type === 'attribution.recorded') this.#attributed.add(tradeOf(payload));
    else if (event_type === 'position.adopted') this.adoptions += 1;
  }

  #intent(payload: Fact['payload']): void {
    const label = String(payload.label);
    const id = String(payload.intent_id);
    if (this.#orders.has(id) || this.#labels.has(label)) this.repeated.push(`intent ${label}`);
    this.intents += 1;
    this.#labels.add(label);
    this.#orders.set(id, { label, state: 'recorded', doubted: false });
  }

  #transition(payload: Fact['payload']): void {
    const order = this.#orders.get(String(payload.intent_id));
    if (order === undefined) return;
    order.state = String(payload.to);
    if (payload.event === 'process.restarted') order.doubted = true;
  }

  #fill(payload: Fact['payload']): void {
    const trade = tradeOf(payload);
    if (this.#trades.has(trade)) this.repeated.push(`trade ${trade}`);
    this.#trades.set(trade, Number(payload.amount) * (payload.side === 'buy' ? 1 : -1));
    this.fills += 1;
  }
}

function tradeOf({ instrument, trade_id }: Fact['payload']): string {
  return `${String(instrument)} ${String(trade_id)}`;
}

function ended(state: string): boolean {
  return isTerminal(state as OrderLifecycleState);
}
