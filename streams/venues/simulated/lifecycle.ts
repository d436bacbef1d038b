/**
 * What the venue does by itself, by the clock: the daily settlement window at 08:00 UTC, expiries,
 * funding, margin calls. Markets that replay a recording only expire (`replay.ts`): the recording says
 * the rest.
 */
import type { VenueEngine } from './engine.ts';
import { fundingRate, payFunding } from './funding.ts';
import { liquidate } from './liquidation.ts';
import type { Market } from './market.ts';
import { Schedule } from './schedule.ts';
import { cancelDayOrders, deliver, settleDay } from './settlement.ts';

const dayUs = 86_400_000_000;
const settlementOffsetUs = 8 * 3_600_000_000;
/** Trading pauses this long; requests answer 10041. */
export const settlementWindowUs = 3_000_000;
const fundingEveryUs = 60_000_000;
const marginEveryUs = 1_000_000;

/** The first settlement after `nowUs`. */
export function nextSettlementUs(nowUs: number): number {
  return (Math.floor((nowUs - settlementOffsetUs) / dayUs) + 1) * dayUs + settlementOffsetUs;
}

export class Lifecycle {
  readonly #engine: VenueEngine;
  readonly #schedule = new Schedule();
  readonly #onDelivered: (nowUs: number) => void;

  /** `onDelivered` runs after a settlement that closed something: the source may list anew. */
  constructor(engine: VenueEngine, nowUs: number, onDelivered: (nowUs: number) => void) {
    this.#engine = engine;
    this.#onDelivered = onDelivered;
    // A venue that was away at 08:00 settles before it does anything else.
    const missed = engine.settledUs > 0 && nextSettlementUs(engine.settledUs) <= nowUs;
    const first = missed || this.#expired(nowUs).length > 0 ? nowUs : nextSettlementUs(nowUs);
    let opening = true;
    this.#schedule.add(first, (dueUs) => {
      if (opening) this.openWindow(dueUs);
      else this.closeWindow(dueUs);
      opening = !opening;
      return opening ? nextSettlementUs(dueUs) : dueUs + settlementWindowUs;
    });
    this.#schedule.add(nowUs + fundingEveryUs, (dueUs) => {
      this.#fund(dueUs);
      return dueUs + fundingEveryUs;
    });
    this.#schedule.add(nowUs + marginEveryUs, (dueUs) => {
      engine.run(dueUs, () => liquidate(engine));
      return dueUs + marginEveryUs;
    });
  }

  nextUs(): number {
    return this.#schedule.nextUs();
  }

  step(): void {
    this.#schedule.step();
  }

  /** Trading pauses and day orders end. */
  openWindow(nowUs: number): void {
    const engine = this.#engine;
    engine.run(nowUs, () => {
      for (const market of engine.markets) {
        if (market.state !== 'open') continue;
        market.state = 'settlement';
        engine.noteState(market);
      }
      cancelDayOrders(engine);
    });
  }

  /** Books the day, delivers what has expired, and lets the rest trade again. */
  closeWindow(nowUs: number): void {
    const engine = this.#engine;
    const expired = this.#expired(nowUs);
    engine.run(nowUs, () => {
      for (const market of expired) deliver(engine, market, deliveryPrice(engine, market));
      settleDay(engine);
      for (const market of engine.markets) {
        if (market.state !== 'settlement') continue;
        market.state = 'open';
        engine.noteState(market);
      }
      engine.settledUs = engine.nowUs;
    });
    if (expired.length > 0) this.#onDelivered(nowUs);
  }

  /** Ends one product now, whatever its date. */
  expire(nowUs: number, market: Market): void {
    const engine = this.#engine;
    engine.run(nowUs, () => deliver(engine, market, deliveryPrice(engine, market)));
    this.#onDelivered(nowUs);
  }

  #expired(nowUs: number): Market[] {
    return this.#engine.markets.filter(
      (market) => market.state !== 'closed' && market.product.expiryMs * 1_000 <= nowUs,
    );
  }

  #fund(dueUs: number): void {
    const engine = this.#engine;
    engine.run(dueUs, () => {
      for (const market of engine.markets) {
        if (market.product.settlementPeriod !== 'perpetual' || market.state !== 'open') continue;
        payFunding(engine, market, fundingRate(market), fundingEveryUs);
      }
    });
  }
}

/** Average of the index over the last half hour; the market's own idea when there is no index. */
function deliveryPrice(engine: VenueEngine, market: Market): number {
  const track = engine.tracks.get(market.product.indexName);
  const price = track?.average(engine.nowUs) ?? market.mark.index;
  return Math.round((price > 0 ? price : market.referencePrice()) * 100) / 100;
}
