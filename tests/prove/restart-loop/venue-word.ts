/**
 * What the venue says, asked over its admin port: what the account holds in one moment, and its own
 * count of every request to place an order. None of it passes through the daemon.
 */
import { ask } from '../../fixtures/system/ask.ts';
import { accountName, adminToken } from '../../fixtures/system/venue-process.ts';

/** What the account is in one moment, amounts signed. */
export interface Account {
  /** By instrument, without zeros. */
  readonly positions: ReadonlyMap<string, number>;
  readonly openLabels: readonly string[];
  /** Every trade since the venue started, amount by `instrument trade-id`. */
  readonly trades: ReadonlyMap<string, number>;
}

export interface OrderRequests {
  readonly requests: number;
  readonly labelled: number;
  readonly repeated: ReadonlyArray<{ readonly label: string; readonly times: number }>;
  readonly refused: Readonly<Record<string, number>>;
  readonly labels: readonly string[];
}

interface AccountRow {
  readonly name: string;
  readonly positions: Readonly<Record<string, number>>;
  readonly open_labels: readonly string[];
  /** The last thousand. */
  readonly trades: ReadonlyArray<readonly [instrument: string, tradeId: string, amount: number]>;
}

export class VenueWord {
  readonly #address: string;
  readonly #labels = new Set<string>();
  readonly #trades = new Map<string, number>();

  constructor(address: string) {
    this.#address = address;
  }

  /** Every label the venue was ever asked to place, as far as `orderRequests` was called. */
  get labels(): ReadonlySet<string> {
    return this.#labels;
  }

  async account(): Promise<Account> {
    const rows = (await this.#ask('/admin/accounts')) as readonly AccountRow[];
    const row = rows.find(({ name }) => name === accountName);
    if (row === undefined) throw new Error('the venue does not know the account');
    for (const [name, id, amount] of row.trades) this.#trades.set(`${name} ${id}`, amount);
    const positions = new Map(Object.entries(row.positions));
    const account = { positions, openLabels: row.open_labels, trades: new Map(this.#trades) };
    // Only with every trade at hand does comparing trades compare positions.
    const sum = positionsText(positionsOf(account.trades));
    if (sum === positionsText(positions)) return account;
    throw new Error(`the venue holds ${positionsText(positions)}, its trades add up to ${sum}`);
  }

  /** The venue's own count, with every label it has not told us of before. */
  async orderRequests(): Promise<OrderRequests> {
    for (;;) {
      const figures = (await this.#ask(
        `/admin/orders?after=${this.#labels.size}`,
      )) as OrderRequests;
      for (const label of figures.labels) this.#labels.add(label);
      if (this.#labels.size >= figures.labelled) return figures;
    }
  }

  async #ask(path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${adminToken}` };
    const { status, json, text } = await ask(`http://${this.#address}${path}`, { headers });
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    return json;
  }
}

/** Amounts are decimal text with few digits: this forgives the binary sum. */
const amountPrecision = 1e8;

/** What trades add up to, without zeros. */
export function positionsOf(trades: ReadonlyMap<string, number>): Map<string, number> {
  const positions = new Map<string, number>();
  for (const [key, amount] of trades) {
    const instrument = key.slice(0, key.indexOf(' '));
    const sum = (positions.get(instrument) ?? 0) + amount;
    positions.set(instrument, Math.round(sum * amountPrecision) / amountPrecision);
  }
  return new Map([...positions].filter(([, amount]) => amount !== 0));
}

export function positionsText(positions: ReadonlyMap<string, number>): string {
  const held = [...positions].map(([name, amount]) => `${name} ${amount}`);
  return `[${held.sort().join(', ')}]`;
}
