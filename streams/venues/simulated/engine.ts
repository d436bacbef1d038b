/**
 * The venue without its wires: markets, accounts, sequences, and the rule that one operation is one
 * set of events. Pure: time comes in with every call, randomness is seeded, nothing is awaited.
 * Everything that changes state goes through `run`, which commits and reports at its end.
 */
import { assert } from '../../facts/errors.ts';
import type { Random } from '../../ports/random.ts';
import { type Account, createAccount, walletOf } from './account.ts';
import { type BookFrame, silentListener, type VenueListener } from './events.ts';
import type { FillShape } from './fill-shape.ts';
import { createFollowUps, followUp } from './follow-ups.ts';
import { IndexTrack } from './index-track.ts';
import { moveCash } from './ledger.ts';
import { Market } from './market.ts';
import type { MmpTrip } from './mmp-state.ts';
import type { Order } from './order.ts';
import type { LevelMoves } from './order-book.ts';
import { PendingChanges } from './pending-changes.ts';
import { moneyPerUnit, type Product } from './product.ts';
import type { Settlement } from './settlement.ts';
import { TouchedBooks } from './touched-books.ts';
import type { PublicTrade, UserTrade } from './trade.ts';
import { refusal } from './venue-error.ts';

/** Change ids, order ids and trade ids are venue-wide and jump: nobody may rely on +1. */
const changeIdOrigin = 177_146_000_000;
const changeIdStepMax = 240;
const orderIdOrigin = 108_338_000_000;
const tradeIdOrigin = 258_544_000;

export interface EngineOptions {
  readonly products: readonly Product[];
  readonly random: Random;
  /** True when a recording drives the books: our orders then match against the tape. */
  readonly taped?: boolean;
}

export interface Sequences {
  changeId: number;
  order: number;
  trade: number;
}

export class VenueEngine {
  readonly random: Random;
  readonly markets: Market[];
  readonly accounts: Account[] = [];
  readonly indexes = new Map<string, number>();
  readonly tracks = new Map<string, IndexTrack>();
  readonly volatilities = new Map<string, number>();
  /** Fees collected, money units by currency. */
  readonly collectedFees = new Map<string, number>();
  readonly sequences: Sequences = {
    changeId: changeIdOrigin,
    order: orderIdOrigin,
    trade: tradeIdOrigin,
  };
  /** The other side of trades against a recording. */
  readonly tapeAccount: Account;
  /** Takes what rounding leaves over, and pays debts nobody else can. */
  readonly insurance: Account;
  /** What is to be done when the operation ends. */
  readonly after = createFollowUps();
  /** Settlements and deliveries of customers, oldest first. */
  readonly settlements: Settlement[] = [];
  /** Time of the last daily settlement, µs; 0 before the first. */
  settledUs = 0;
  /** Fills come out in this shape instead of as large as they can. */
  fillShape: FillShape | undefined;
  nowUs = 0;
  /** Orders accepted since the start. */
  orderCount = 0;
  /** What the present operation changed that must not be forgotten. */
  readonly touchedBooks = new TouchedBooks();
  #listener: VenueListener = silentListener;
  #running = false;
  readonly #byName = new Map<string, Market>();
  readonly #touched = new Set<Market>();
  readonly #tickers = new Set<Market>();
  readonly #trades = new Map<Market, PublicTrade[]>();
  readonly #changes = new PendingChanges();
  readonly #bests = new Map<
    Market,
    readonly [number | undefined, number, number | undefined, number]
  >();

  constructor(options: EngineOptions) {
    this.random = options.random;
    this.markets = options.products.map((product) => new Market(product, options.taped ?? false));
    for (const market of this.markets) {
      this.#byName.set(market.product.name, market);
    }
    this.tapeAccount = this.openAccount('tape', true);
    this.insurance = this.openAccount('insurance', true);
  }

  listen(listener: VenueListener): void {
    this.#listener = listener;
  }

  /** Opens an account; a house account of that name is returned when it exists already. */
  openAccount(name: string, house: boolean): Account {
    const known = house ? this.accounts.find((each) => each.name === name) : undefined;
    if (known !== undefined) return known;
    const account = createAccount(96_100 + this.accounts.length, name, house);
    this.accounts.push(account);
    return account;
  }

  /** Lists a product that was not there before; its index must be the next one. */
  list(product: Product): Market {
    assert(product.index === this.markets.length, `index of ${product.name} is not the next`);
    const market = new Market(product, false);
    this.markets.push(market);
    this.#byName.set(product.name, market);
    this.#listener.listed(market);
    return market;
  }

  deposit(account: Account, currency: string, amount: number): void {
    const wallet = walletOf(account, currency);
    const units = Math.round(amount * moneyPerUnit);
    wallet.deposit += units;
    moveCash(this, account, currency, 'deposit', units);
  }

  findMarket(name: string): Market | undefined {
    return this.#byName.get(name);
  }

  /** The market of that name; 13020 for an unknown one. */
  market(name: string): Market {
    const market = this.#byName.get(name);
    if (market === undefined) throw refusal(13020);
    return market;
  }

  marketAt(index: number): Market {
    const market = this.markets[index];
    assert(market !== undefined, `no product ${index}`);
    return market;
  }

  /** One operation at one instant. Time never runs backwards here. Commits also after a refusal. */
  run<T>(nowUs: number, action: () => T): T {
    assert(!this.#running, 'operations of the venue do not nest');
    this.#running = true;
    this.nowUs = Math.max(this.nowUs, nowUs);
    try {
      const result = action();
      followUp(this);
      return result;
    } finally {
      this.#running = false;
      this.#commit();
    }
  }

  nextOrderId(product: Product): string {
    return `${product.idPrefix}${orderIdOrigin + this.nextOrderNumber()}`;
  }

  /** Order numbers grow with gaps. */
  nextOrderNumber(): number {
    this.sequences.order += 1 + this.random.integer(3);
    return this.sequences.order - orderIdOrigin;
  }

  nextTradeId(product: Product): string {
    this.sequences.trade += 1;
    return `${product.idPrefix}${this.sequences.trade}`;
  }

  touch(market: Market): void {
    this.#touched.add(market);
  }

  /** The mark moved: one ticker at the end of the operation. */
  touchTicker(market: Market, tsUs = this.nowUs): void {
    market.tickerTsUs = tsUs;
    this.#tickers.add(market);
  }

  addTrade(market: Market, trade: PublicTrade): void {
    const trades = this.#trades.get(market);
    if (trades === undefined) this.#trades.set(market, [trade]);
    else trades.push(trade);
    this.#followTicker(market);
  }

  noteOrder(order: Order): void {
    if (order.links !== undefined) this.after.linkedOrders.add(order);
    this.#changes.noteOrder(order);
    if (!order.account.house) this.touchedBooks.orders.add(order);
  }

  noteTrade(account: Account, market: Market, trade: UserTrade): void {
    this.#changes.noteTrade(account, market, trade);
    if (!account.house) this.touchedBooks.trades.push([account, trade]);
  }

  /** The position of an account changed without a trade. */
  notePosition(account: Account, market: Market): void {
    this.#changes.notePosition(account, market);
    this.touchedBooks.whole = true;
  }

  noteProtection(account: Account, trip: MmpTrip): void {
    this.#listener.protection(account, trip);
  }

  /** Highest and lowest value of an index since the start. */
  indexRange(name: string): { high: number; low: number } {
    const track = this.tracks.get(name);
    return { high: track?.high ?? 0, low: track === undefined ? 0 : track.low };
  }

  setIndex(name: string, price: number): void {
    let track = this.tracks.get(name);
    if (track === undefined) {
      track = new IndexTrack();
      this.tracks.set(name, track);
    }
    track.set(this.nowUs, price);
    this.indexes.set(name, price);
    this.#listener.index(name, price);
  }

  setVolatility(name: string, value: number): void {
    this.volatilities.set(name, value);
    this.#listener.volatility(name, value);
  }

  noteState(market: Market): void {
    this.touchedBooks.whole = true;
    this.#listener.state(market);
    this.#tickers.add(market);
  }

  /** Publishes a frame that carries a recording's own change ids. */
  publishFrame(market: Market, frame: BookFrame): void {
    market.changeId = frame.changeId;
    market.bookTsUs = frame.tsUs;
    this.#listener.book(market, frame);
    this.#noteBest(market);
  }

  nextChangeId(): number {
    this.sequences.changeId += 1 + this.random.integer(changeIdStepMax);
    return this.sequences.changeId;
  }

  #commit(): void {
    if (!this.touchedBooks.isEmpty) {
      this.#listener.record(this.touchedBooks);
      this.touchedBooks.clear();
    }
    if (this.#trades.size > 0) {
      const trades = [...this.#trades];
      this.#trades.clear();
      for (const [market, list] of trades) this.#listener.trades(market, list);
    }
    for (const market of this.#touched) this.#commitBook(market);
    this.#touched.clear();
    if (this.#tickers.size > 0) {
      for (const market of this.#tickers) this.#listener.ticker(market);
      this.#tickers.clear();
    }
    for (const changes of this.#changes.take()) this.#listener.changes(changes);
    this.#listener.committed();
  }

  #commitBook(market: Market): void {
    const bids: LevelMoves = market.book.bids.takeMoves();
    const asks: LevelMoves = market.book.asks.takeMoves();
    if (market.tape !== undefined || (bids.length === 0 && asks.length === 0)) return;
    const prevChangeId = market.changeId;
    const changeId = this.nextChangeId();
    this.publishFrame(market, { changeId, prevChangeId, tsUs: this.nowUs, bids, asks });
  }

  #noteBest(market: Market): void {
    const bid = market.bestTicks('buy');
    const ask = market.bestTicks('sell');
    const bidLots = bid === undefined ? 0 : market.displayed('buy').lotsAt(bid);
    const askLots = ask === undefined ? 0 : market.displayed('sell').lotsAt(ask);
    const last = this.#bests.get(market);
    const [lastBid, lastBidLots, lastAsk, lastAskLots] = last ?? [];
    const same = lastBid === bid && lastBidLots === bidLots;
    if (last !== undefined && same && lastAsk === ask && lastAskLots === askLots) return;
    this.#bests.set(market, [bid, bidLots, ask, askLots]);
    this.#listener.quote(market);
    this.#followTicker(market);
  }

  /** A ticker because something it shows has changed; a recording with tickers brings its own. */
  #followTicker(market: Market): void {
    if (!market.tickersRecorded) this.touchTicker(market);
  }
}
