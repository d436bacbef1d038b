/**
 * Fills, once: the trade id is durable before the fill is applied, whatever way it came (reply,
 * stream, in-doubt lookup), in one block with its attribution row. Then positions, exposure and the
 * order's life.
 */

import type { AdoptedBy, Adoption } from '../../streams/facts/adoption.ts';
import { gridFloat } from '../../streams/facts/decimal.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { AttributionRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
import type { VenueDelivery, VenueTrade } from '../../streams/facts/venue-records.ts';
import type { Clock } from '../../streams/ports/clock.ts';
import type { Counter, Log } from '../../streams/ports/telemetry.ts';
import { attributionRow, markOf, type SlippageCalibration, worseBps } from '../evidence/index.ts';
import type { AdoptedOrder, AdoptedOrders } from './adopted-orders.ts';
import type { ExposureBook } from './exposure.ts';
import type { GuardGate } from './guard-gate.ts';
import { KnownTrades } from './known-ids.ts';
import type { IntentLedger } from './ledger.ts';
import type { OrderRecord } from './order-record.ts';
import type { OrderTracker } from './order-tracker.ts';
import type { Fill, Positions } from './positions.ts';

export interface BookingOptions {
  readonly ledger: IntentLedger;
  readonly tracker: OrderTracker;
  readonly adopted: AdoptedOrders;
  readonly positions: Positions;
  readonly exposure: ExposureBook;
  readonly guard: GuardGate;
  readonly clock: Clock;
  readonly log: Log;
  readonly mode: 'live' | 'paper' | 'shadow';
  readonly runId: string;
  readonly market: MarketView;
  readonly calibration: SlippageCalibration;
  readonly fills: Counter;
  readonly duplicates: Counter;
  readonly onFill: (trade: VenueTrade, order: OrderRecord | undefined) => void;
  /** A position changed, and no order of ours did it. */
  readonly onMoved: () => void;
}

/** A position as the venue has it. */
export interface TakenPosition {
  readonly instrument: Instrument;
  readonly signedLots: number;
  readonly averagePriceFloat: number;
  readonly tsUs: number;
}

function fillOf(trade: VenueTrade): Fill {
  const { instrument, side, priceTicks, lots, indexFloat, tsUs } = trade;
  return { instrument, side, priceTicks, lots, feeFloat: Number(trade.fee), indexFloat, tsUs };
}

export class Booking {
  readonly #options: BookingOptions;
  /** Every trade id of the ledger: a fill is applied once in the life of the account. */
  readonly #processed = new KnownTrades();
  /** Deliveries of the ledger: a few a day. */
  readonly #delivered = new Set<string>();
  /** Commands of operators that took something over: a few a year. */
  readonly #adoptions = new Set<string>();

  constructor(options: BookingOptions) {
    this.#options = options;
  }

  has(tradeId: string): boolean {
    return this.#processed.has(tradeId);
  }

  /** Records what is new in one durable block, then applies it. Throws JOURNAL_*. */
  book(trades: readonly VenueTrade[]): void {
    const fresh = new Map<string, { trade: VenueTrade; order: OrderRecord | undefined }>();
    for (const trade of trades) {
      if (this.#processed.has(trade.tradeId) || fresh.has(trade.tradeId)) {
        this.#options.duplicates.increment();
        continue;
      }
      fresh.set(trade.tradeId, { trade, order: this.#orderOf(trade) });
    }
    if (fresh.size === 0) return;
    const fills = [...fresh.values()].map(({ trade, order }) => {
      const attribution = order === undefined ? undefined : this.#attribution(trade, order);
      const adoptedBy = order === undefined ? this.#options.adopted.byOf(trade.orderId) : undefined;
      return { trade, order, attribution, adoptedBy };
    });
    this.#options.ledger.recordFills(fills);
    for (const { trade, order, adoptedBy } of fills) {
      if (adoptedBy === undefined) this.#apply(trade, order);
      else this.#applyAdopted(trade, adoptedBy);
    }
    if (fills.some(({ order }) => order === undefined)) this.#options.onMoved();
  }

  /** A fill of the ledger, at replay. */
  replay(tradeId: string, fill: Fill, order: OrderRecord | undefined): void {
    this.#processed.add(tradeId);
    this.#position(fill);
    if (order !== undefined) this.#options.tracker.replayTrade(order, fill.lots);
  }

  hasDelivery(deliveryId: string): boolean {
    return this.#delivered.has(deliveryId);
  }

  /** Records a delivery that is new, durable, then applies it. Throws JOURNAL_*. */
  deliver(delivery: VenueDelivery): void {
    if (this.#delivered.has(delivery.deliveryId)) return;
    const { ledger, positions, log } = this.#options;
    const before = positions.lots(delivery.instrument.name);
    ledger.recordDelivery(delivery, before);
    this.replayDelivery(delivery);
    log.info('position.delivered', {
      delivery_id: delivery.deliveryId,
      lots: delivery.signedLots,
      left: before - delivery.signedLots,
    });
    this.#options.onMoved();
  }

  /** A delivery of the ledger, at replay. */
  replayDelivery(delivery: VenueDelivery): void {
    this.#delivered.add(delivery.deliveryId);
    const { positions, exposure } = this.#options;
    exposure.setPosition(delivery.instrument, positions.deliver(delivery).signedLots);
  }

  hasAdoption(adoptionId: string): boolean {
    return this.#adoptions.has(adoptionId);
  }

  /**
   * Takes over what an operator named: one durable block, then applied. Throws JOURNAL_*, and
   * CONFLICT when the ledger is no longer what the names were compared with; nothing is changed then.
   */
  adopt(adoption: Adoption): void {
    const { ledger, adopted, log } = this.#options;
    this.#refuseStale(adoption);
    ledger.recordAdoption(adoption);
    const { adoptionId, role, reason, trades, orders, positions } = adoption;
    for (const trade of trades) this.#applyAdopted(trade, adoption);
    for (const order of orders) adopted.add({ ...order, by: { adoptionId, role, reason } });
    for (const { instrument, venueLots, averagePriceFloat } of positions)
      this.replayAdoptedPosition(adoptionId, {
        instrument,
        signedLots: venueLots,
        averagePriceFloat,
        tsUs: this.#options.clock.nowUs(),
      });
    this.#adoptions.add(adoptionId);
    const counts = {
      trades: trades.length,
      orders: orders.length,
      positions: positions.length,
    };
    this.#options.onMoved();
    log.warn('operator adoption', { adoption_id: adoptionId, role, reason, ...counts });
  }

  replayAdoptedTrade(tradeId: string, fill: Fill, orderId: string, adoptionId: string): void {
    this.#adoptions.add(adoptionId);
    this.#processed.add(tradeId);
    this.#position(fill);
    this.#options.adopted.traded(orderId, fill.lots);
  }

  replayAdoptedOrder(order: AdoptedOrder): void {
    this.#adoptions.add(order.by.adoptionId);
    this.#options.adopted.add(order);
  }

  /** `adoptionId` null: of a ledger from before adoptions were commands. */
  replayAdoptedPosition(
    adoptionId: string | null,
    { instrument, signedLots, averagePriceFloat, tsUs }: TakenPosition,
  ): void {
    if (adoptionId !== null) this.#adoptions.add(adoptionId);
    this.#options.positions.adopt(instrument, signedLots, averagePriceFloat, tsUs);
    this.#options.exposure.setPosition(instrument, signedLots);
  }

  #refuseStale({ trades, orders, positions }: Adoption): void {
    const { adopted } = this.#options;
    const trade = trades.find(({ tradeId }) => this.#processed.has(tradeId));
    const order = orders.find(({ orderId }) => adopted.has(orderId));
    const moved = positions.find(
      ({ instrument, ledgerLots }) => this.#options.positions.lots(instrument.name) !== ledgerLots,
    );
    const stale = trade?.tradeId ?? order?.orderId ?? moved?.instrument.name;
    if (stale === undefined) return;
    throw new HoldfastError('CONFLICT', `the ledger changed meanwhile: ${stale}; look again`);
  }

  #applyAdopted(trade: VenueTrade, { adoptionId }: AdoptedBy): void {
    this.replayAdoptedTrade(trade.tradeId, fillOf(trade), trade.orderId, adoptionId);
    const ids = { trade_id: trade.tradeId, order_id: trade.orderId };
    this.#options.log.info('trade adopted', { ...ids, adoption_id: adoptionId });
  }

  #apply(trade: VenueTrade, order: OrderRecord | undefined): void {
    const { tracker, guard, log, fills, runId, onFill } = this.#options;
    this.#processed.add(trade.tradeId);
    this.#position(fillOf(trade));
    if (order === undefined) {
      fills.increment(1, 'OPEN');
      log.error('trade without an intent', { trade_id: trade.tradeId, order_id: trade.orderId });
      guard.report({ kind: 'reconcile', cause: `trade ${trade.tradeId} has no intent` });
    } else {
      const { intentId, traceId, groupId, class: cls } = order.intent;
      fills.mark({ runId, traceId, intentId }, cls);
      const ids = { run_id: runId, intent_id: intentId, group_id: groupId, trace_id: traceId };
      log.info('fill booked', { ...ids, trade_id: trade.tradeId, order_id: trade.orderId });
      tracker.bind(order, trade.orderId);
      tracker.applyTrade(order, trade.lots, trade.tradeId);
      if (order.tradedLots > order.intent.qtyLots) {
        guard.report({ kind: 'reconcile', cause: `${order.intent.intentId} is overfilled` });
      }
      this.#learn(trade, order);
    }
    onFill(trade, order);
  }

  #position(fill: Fill): void {
    const { positions, exposure } = this.#options;
    exposure.setPosition(fill.instrument, positions.apply(fill).signedLots);
  }

  #orderOf(trade: VenueTrade): OrderRecord | undefined {
    const match = this.#options.tracker.match({ ...trade, lots: trade.lots });
    if (match.kind === 'ambiguous') {
      this.#options.guard.report({ kind: 'degraded', cause: `label ${trade.label} is ambiguous` });
    }
    return match.kind === 'one' ? match.order : undefined;
  }

  #attribution(trade: VenueTrade, order: OrderRecord): AttributionRecordedPayload {
    const { clock, mode, calibration } = this.#options;
    const { expectation, intent } = order;
    const roundTripUs =
      order.sentMonotonicUs === null || order.answeredMonotonicUs === null
        ? null
        : order.answeredMonotonicUs - order.sentMonotonicUs;
    return attributionRow({
      trade,
      intent,
      capsuleId: expectation.capsuleId,
      fairPriceFloat: expectation.fairPriceFloat,
      predictedSlippageBpsFloat: expectation.predictedSlippageBpsFloat,
      touchPriceFloat: expectation.touchPriceFloat,
      mode,
      decidedUs: expectation.decidedUs,
      sentUs: order.sentUs,
      receivedUs: clock.nowUs(),
      roundTripUs,
      from: expectation.mark,
      to: markOf(this.#options.market.get(trade.instrument.name), trade.tsUs),
      realismPenaltyFloat: calibration.penaltyFloat({
        strategyId: intent.strategyId,
        kind: trade.instrument.kind,
        predictedBpsFloat: expectation.predictedSlippageBpsFloat ?? 0,
      }),
    });
  }

  /** How kind the prediction was, both against the touch at the decision. */
  #learn(trade: VenueTrade, { expectation, intent }: OrderRecord): void {
    const { predictedSlippageBpsFloat: predicted, touchPriceFloat } = expectation;
    const fill = gridFloat(trade.instrument.price, trade.priceTicks);
    const realised = worseBps(trade, fill, touchPriceFloat);
    if (predicted === null || realised === null || trade.liquidity === 'maker') return;
    const { strategyId } = intent;
    const { kind } = trade.instrument;
    this.#options.calibration.add({ strategyId, kind, predictedBpsFloat: predicted }, realised);
  }
}
