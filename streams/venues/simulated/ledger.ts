/**
 * Every change of a customer's cash, by cause: what the transaction log shows. The changes of a
 * currency add up to its balance, to the unit.
 */
import { type Account, historyLimit, walletOf } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { moneyPerUnit } from './product.ts';

export type LedgerKind =
  | 'trade'
  | 'settlement'
  | 'delivery'
  | 'deposit'
  | 'transfer'
  | 'correction';

export interface LedgerEntry {
  readonly seq: number;
  readonly tsUs: number;
  readonly kind: LedgerKind;
  readonly currency: string;
  /** Money units: what the cash moved by, and what it was afterwards. */
  readonly change: number;
  readonly balance: number;
  /** What else the wire says of it. */
  readonly details: Readonly<Record<string, unknown>>;
}

/** Notes that the cash of an account has just moved by `change` money units. */
export function noteCash(
  engine: VenueEngine,
  account: Account,
  currency: string,
  kind: LedgerKind,
  change: number,
  details: LedgerEntry['details'] = {},
): void {
  if (account.house) return;
  account.ledgerSeq += 1;
  const entry: LedgerEntry = {
    seq: account.ledgerSeq,
    tsUs: engine.nowUs,
    kind,
    currency,
    change,
    balance: walletOf(account, currency).cash,
    details,
  };
  account.ledger.push(entry);
  // What is paid in when an account is opened is paid in again at the next start.
  if (kind !== 'deposit') engine.touchedBooks.addCash(account, entry);
  if (account.ledger.length > historyLimit * 2)
    account.ledger.splice(0, account.ledger.length - historyLimit);
}

/** Moves cash for a stated cause. */
export function moveCash(
  engine: VenueEngine,
  account: Account,
  currency: string,
  kind: LedgerKind,
  units: number,
  details: LedgerEntry['details'] = {},
): void {
  walletOf(account, currency).cash += units;
  noteCash(engine, account, currency, kind, units, details);
}

/** The entry as the wire shows it. */
export function ledgerRow(account: Account, entry: LedgerEntry): Record<string, unknown> {
  return {
    id: entry.seq,
    user_seq: entry.seq,
    user_id: account.userId,
    username: account.name,
    timestamp: Math.floor(entry.tsUs / 1_000),
    type: entry.kind,
    currency: entry.currency,
    change: entry.change / moneyPerUnit,
    balance: entry.balance / moneyPerUnit,
    cashflow: entry.change / moneyPerUnit,
    commission: 0,
    info: null,
    ...entry.details,
  };
}
