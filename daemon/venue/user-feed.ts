/**
 * Turns what happened to an account into its private notifications. Raw order channels carry one
 * order object per frame, slower ones an array; trades are always arrays.
 */
import {
  type Account,
  type AccountChanges,
  encodeWire,
  type Market,
  type MmpTrip,
  marginOf,
  orderRow,
  positionRow,
  type RateFigures,
  summaryRow,
  userTradeRow,
  type VenueEngine,
} from '../../streams/venues/simulated/index.ts';
import type { Channel } from './channel.ts';
import type { Hub } from './hub.ts';
import type { Session } from './session.ts';

type Rows = Record<string, unknown>[];
type Summary = Readonly<Record<string, unknown>>;

/** Field by field: to spell thirty figures only to find that none has moved is most of a quiet second. */
function isSameSummary(before: Summary | undefined, after: Summary): boolean {
  if (before === undefined) return false;
  // Limits are configured and an object of their own: they do not move while the venue runs.
  return Object.keys(after).every((key) => key === 'limits' || before[key] === after[key]);
}

export class UserFeed {
  readonly #engine: VenueEngine;
  readonly #hub: () => Hub;
  readonly #rates: RateFigures;
  /** Summaries as each listener was last shown them, by currency. */
  readonly #shown = new WeakMap<Session, Map<string, Summary>>();
  readonly #waiting = new Map<Channel, Map<Account, Rows>>();

  constructor(engine: VenueEngine, hub: () => Hub, rates: RateFigures) {
    this.#engine = engine;
    this.#hub = hub;
    this.#rates = rates;
  }

  changes(changes: AccountChanges): void {
    const { account, market } = changes;
    const { index } = market.product;
    const hub = this.#hub();
    const orders = changes.orders.map(orderRow);
    const trades = changes.trades.map((trade) => userTradeRow(this.#engine, account, trade));
    if (trades.length > 0) {
      for (const channel of hub.at('user.trades', index))
        this.#send(channel, account, trades, false);
    }
    if (orders.length > 0) {
      for (const channel of hub.at('user.orders', index))
        this.#send(channel, account, orders, true);
    }
    for (const channel of hub.at('user.changes', index)) {
      const positions =
        trades.length === 0 && !changes.moved
          ? []
          : [positionRow(market, account.positions.get(index), this.#figures(account, market))];
      const row = { trades, positions, orders, instrument_name: market.product.name };
      this.#send(channel, account, [row], true);
    }
    this.portfolio(account, market.product.currency);
  }

  #figures(account: Account, { product }: Market): ReturnType<typeof marginOf> {
    return marginOf(account, product.currency, (index) => this.#engine.marketAt(index));
  }

  /** Market maker protection has tripped. */
  protection(account: Account, trip: MmpTrip): void {
    const text = encodeWire({
      frozen_until: trip.frozenUntilMs,
      index_name: trip.indexName,
      mmp_group: trip.group === '' ? undefined : trip.group,
    });
    for (const channel of this.#hub().named('protection', trip.indexName))
      this.#deliver(channel, account, text);
  }

  /** Sends the account's summary of a currency to whoever of it listens. */
  portfolio(account: Account, currency: string): void {
    const hub = this.#hub();
    const channels = [
      ...hub.named('portfolio', currency.toLowerCase()),
      ...hub.named('portfolio', 'any'),
    ];
    if (channels.length === 0) return;
    const text = encodeWire(summaryRow(this.#engine, account, currency, this.#rates));
    for (const channel of channels) this.#deliver(channel, account, text);
  }

  /** What marks did to the money of listeners: once a second, when it shows. */
  #followMarks(): void {
    for (const channel of this.#hub().ofTopic('portfolio')) {
      for (const session of channel.sessions) {
        const account = session.identity?.customer.account;
        if (account !== undefined) this.#sendSummaries(channel, session, account);
      }
    }
  }

  #sendSummaries(channel: Channel, session: Session, account: Account): void {
    if (channel.spec.kind !== 'named') return;
    const { name } = channel.spec;
    for (const currency of name === 'any' ? account.wallets.keys() : [name.toUpperCase()]) {
      const row = summaryRow(this.#engine, account, currency, this.#rates);
      const shown = this.#shown.get(session) ?? new Map<string, Summary>();
      if (isSameSummary(shown.get(currency), row)) continue;
      this.#shown.set(session, shown.set(currency, row));
      channel.publishTo(session, encodeWire(row));
    }
  }

  /** The present summary, for a new listener. */
  greet(session: Session, channel: Channel): void {
    const { spec } = channel;
    const account = session.identity?.customer.account;
    if (account === undefined || spec.kind !== 'named' || spec.topic !== 'portfolio') return;
    const currencies =
      spec.name === 'any' ? [...account.wallets.keys()] : [spec.name.toUpperCase()];
    for (const currency of currencies) {
      channel.publishTo(
        session,
        encodeWire(summaryRow(this.#engine, account, currency, this.#rates)),
      );
    }
  }

  flush(slow: boolean): void {
    if (slow) this.#followMarks();
    for (const [channel, accounts] of this.#waiting) {
      if (channel.spec.kind === 'market' && channel.spec.interval === 'agg2' && !slow) continue;
      this.#waiting.delete(channel);
      for (const [account, rows] of accounts) this.#deliver(channel, account, encodeWire(rows));
    }
  }

  /** `alone`: a raw frame carries one row, not an array of them. */
  #send(channel: Channel, account: Account, rows: Rows, alone: boolean): void {
    if (channel.spec.kind !== 'market') return;
    if (channel.spec.interval === 'raw') {
      if (alone) for (const row of rows) this.#deliver(channel, account, encodeWire(row));
      else this.#deliver(channel, account, encodeWire(rows));
      return;
    }
    if (channel.spec.topic === 'user.changes') {
      for (const row of rows) this.#deliver(channel, account, encodeWire(row));
      return;
    }
    let accounts = this.#waiting.get(channel);
    if (accounts === undefined) {
      accounts = new Map();
      this.#waiting.set(channel, accounts);
    }
    accounts.set(account, [...(accounts.get(account) ?? []), ...rows]);
  }

  #deliver(channel: Channel, account: Account, text: string): void {
    for (const session of channel.sessions) {
      if (session.identity?.customer.account === account) channel.publishTo(session, text);
    }
  }
}
