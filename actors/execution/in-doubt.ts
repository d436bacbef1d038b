/**
 * Finds out what became of orders whose fate is unknown, and never by sending again. An order is
 * looked up over an independent channel: found → adopted with all its trades; absent before the
 * fence (`valid_until` + skew, venue clock) → wait; absent after it in two complete reads, at least
 * `readGapMs` apart, that agree on the position → `not_sent`. A failed read proves nothing.
 */
import { asHoldfastError } from '../../streams/facts/errors.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import { usPerMs } from '../../streams/facts/time.ts';
import type { VenueOrder, VenueTrade } from '../../streams/facts/venue-records.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { Log } from '../../streams/ports/telemetry.ts';
import { isSettled, type OrderRecord } from './order-record.ts';

/** Complete reads over a session of its own. Each call rejects rather than answer in part. */
export interface VenueQueries {
  /** Open orders of this label. */
  openOrdersByLabel(instrument: Instrument, label: string): Promise<readonly VenueOrder[]>;
  /**
   * Ended orders, unfilled ones included, at least all that changed since a venue time;
   * `historical`: beyond the venue's recent window.
   */
  orderHistory(
    instrument: Instrument,
    sinceUs: number,
    historical: boolean,
  ): Promise<readonly VenueOrder[]>;
  /** Our trades since a venue time. */
  tradesSince(
    instrument: Instrument,
    sinceUs: number,
    historical: boolean,
  ): Promise<readonly VenueTrade[]>;
  /** Signed lots. */
  positionLots(instrument: Instrument): Promise<number>;
  /** Venue clock, epoch µs. */
  venueTimeUs(): Promise<number>;
}

export interface InDoubtOptions {
  readonly queries: VenueQueries;
  readonly clock: Clock;
  readonly log: Log;
  /** As the policy in force says, asked each time. */
  readonly timings: () => { readonly fenceSkewMs: number; readonly readGapMs: number };
  readonly live: () => Iterable<OrderRecord>;
  readonly onOrder: (order: OrderRecord, seen: VenueOrder) => void;
  readonly onTrades: (trades: readonly VenueTrade[]) => void;
  /** Proved absent. */
  readonly onAbsent: (order: OrderRecord) => void;
}

/** Trades are asked for from this long before the order could exist: clocks differ. */
const tradeLookbackMs = 60_000;

interface EmptyRead {
  readonly atMonotonicUs: number;
  readonly positionLots: number;
}

interface Evidence {
  readonly orders: readonly VenueOrder[];
  readonly trades: readonly VenueTrade[];
  readonly positionLots: number;
  /** Read before everything else, so that the fence is judged early rather than late. */
  readonly venueTimeUs: number;
}

export class InDoubtResolver {
  readonly #options: InDoubtOptions;
  readonly #emptyReads = new Map<string, EmptyRead>();
  #running = false;
  #stopped = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: InDoubtOptions) {
    this.#options = options;
  }

  /** Looks now, and again every `readGapMs` while anything is unresolved. Idempotent. */
  start(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    void this.#round();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
  }

  /** Orders that need an answer: in doubt, or ended with a reported fill whose trade is missing. */
  #unresolved(): OrderRecord[] {
    return [...this.#options.live()].filter(
      (order) =>
        order.state === 'in_doubt' || (order.reportedLots > order.tradedLots && !isSettled(order)),
    );
  }

  async #round(): Promise<void> {
    for (const order of this.#unresolved()) {
      if (this.#stopped) return;
      try {
        await this.#resolve(order);
      } catch (thrown) {
        // A read that failed says nothing: start counting empty reads again.
        this.#emptyReads.delete(order.intent.intentId);
        const error = asHoldfastError(thrown);
        this.#options.log.warn('in-doubt read failed', {
          intent_id: order.intent.intentId,
          code: error.code,
          cause: error.message,
        });
      }
    }
    this.#running = false;
    if (this.#stopped || this.#unresolved().length === 0) return;
    this.#cancelTimer = this.#options.clock.after(this.#options.timings().readGapMs, () =>
      this.start(),
    );
  }

  async #resolve(order: OrderRecord): Promise<void> {
    const { clock, onOrder, onTrades, onAbsent } = this.#options;
    const { readGapMs, fenceSkewMs } = this.#options.timings();
    const { intentId, validUntilUs } = order.intent;
    const evidence = await this.#read(order);
    const [seen] = evidence.orders;
    if (seen !== undefined || evidence.trades.length > 0) {
      this.#emptyReads.delete(intentId);
      if (seen !== undefined) onOrder(order, seen);
      if (evidence.trades.length > 0) onTrades(evidence.trades);
      return;
    }
    if (order.state !== 'in_doubt') return;
    const fenceUs = validUntilUs + fenceSkewMs * usPerMs;
    if (evidence.venueTimeUs <= fenceUs) return;
    const nowUs = clock.monotonicUs();
    const first = this.#emptyReads.get(intentId);
    if (first === undefined || first.positionLots !== evidence.positionLots) {
      this.#emptyReads.set(intentId, { atMonotonicUs: nowUs, positionLots: evidence.positionLots });
      return;
    }
    if (nowUs - first.atMonotonicUs < readGapMs * usPerMs) return;
    this.#emptyReads.delete(intentId);
    onAbsent(order);
  }

  async #read(order: OrderRecord): Promise<Evidence> {
    const { queries } = this.#options;
    const { instrument, label, validUntilUs } = order.intent;
    const venueTimeUs = await queries.venueTimeUs();
    const sinceUs =
      Math.min(validUntilUs, order.sentUs ?? validUntilUs) - tradeLookbackMs * usPerMs;
    const ours = (seen: { readonly label: string; readonly orderId: string }): boolean =>
      seen.label === label || seen.orderId === order.venueOrderId;
    const open = await queries.openOrdersByLabel(instrument, label);
    const recent = await queries.orderHistory(instrument, sinceUs, false);
    const recentTrades = await queries.tradesSince(instrument, sinceUs, false);
    let orders = [...open, ...recent].filter(ours);
    let trades = recentTrades.filter(ours);
    if (orders.length === 0) {
      // The venue's recent windows and its history do not overlap: absence needs both.
      orders = (await queries.orderHistory(instrument, sinceUs, true)).filter(ours);
      const older = await queries.tradesSince(instrument, sinceUs, true);
      trades = [...trades, ...older.filter(ours)];
    }
    const positionLots = await queries.positionLots(instrument);
    // An order that ended between two reads is in both: the later report is the truth.
    orders.sort((a, b) => b.updatedUs - a.updatedUs);
    return { orders, trades, positionLots, venueTimeUs };
  }
}
