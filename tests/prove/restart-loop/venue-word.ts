/**
 * What the venue says, asked over its admin port: what the account holds in one moment, and its own
 * count of every request to place an order. None of it passes through the daemon.
 */
import { ask } from '../../fixtures/system/ask.ts';

export const adminToken = 'admin-token-for-tests-only';
export const accountName = 'local-paper';

/** Signed amounts by instrument, without zeros; labels of open orders. */
export interface Account {
  readonly positions: ReadonlyMap<string, number>;
  readonly openLabels: readonly string[];
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
}

export class VenueWord {
  readonly #address: string;
  readonly #labels = new Set<string>();

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
    return { positions: new Map(Object.entries(row.positions)), openLabels: row.open_labels };
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
