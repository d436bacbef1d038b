/**
 * What the ledger says, read from its files and added up here: positions from recorded fills, live
 * orders from recorded transitions. The daemon's own arithmetic is not asked.
 */
import { join } from 'node:path';
import { productionDisk } from '../../../daemon/ports/production/index.ts';
import { isTerminal, type OrderLifecycleState } from '../../../machines/order-lifecycle.ts';
import type { Fact } from '../../../streams/facts/envelope.ts';
import { openJournalReader } from '../../../streams/journal/index.ts';
import type { Account } from './venue-word.ts';

interface Order {
  readonly label: string;
  state: string;
  /** Left in doubt by a dead process at least once. */
  doubted: boolean;
}

/** Amounts are decimal text with few digits: this forgives the binary sum. */
const amountPrecision = 1e8;

export class LedgerWord {
  readonly #directory: string;
  readonly #orders = new Map<string, Order>();
  readonly #labels = new Set<string>();
  readonly #trades = new Set<string>();
  readonly #positions = new Map<string, number>();
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

  get account(): Account {
    const positions = new Map([...this.#positions].filter(([, amount]) => amount !== 0));
    const live = [...this.#orders.values()].filter(({ state }) => !ended(state));
    return { positions, openLabels: live.map(({ label }) => label).sort() };
  }

  /** Orders without an end, as a killed process left them. */
  get unfinished(): number {
    return [...this.#orders.values()].filter(({ state }) => !ended(state)).length;
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
    else if (event_type === 'position.adopted') {
      this.adoptions += 1;
      this.#positions.set(String(payload.instrument), Number(payload.amount));
    }
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
    const trade = `${String(payload.instrument)} ${String(payload.trade_id)}`;
    if (this.#trades.has(trade)) this.repeated.push(`trade ${trade}`);
    this.#trades.add(trade);
    this.fills += 1;
    const instrument = String(payload.instrument);
    const signed = Number(payload.amount) * (payload.side === 'buy' ? 1 : -1);
    const sum = (this.#positions.get(instrument) ?? 0) + signed;
    this.#positions.set(instrument, Math.round(sum * amountPrecision) / amountPrecision);
  }
}

function ended(state: string): boolean {
  return isTerminal(state as OrderLifecycleState);
}
