/**
 * The order-invariant hash of a world: per event a sha256 over its content as decimal text, summed lane
 * by lane (eight u32, modulo 2^32). The same set of events gives the same hash in any order; a lost,
 * doubled or changed event gives another. Receive times take no part: they are never hashed.
 */
import { gridText } from '../facts/decimal.ts';
import { sha256Bytes } from '../facts/hash.ts';
import type { Instrument } from '../facts/instrument.ts';
import type { FlatLevels, MarketEvent } from '../facts/market.ts';

const lanes = 8;

function levelTexts(instrument: Instrument, levels: FlatLevels): string[] {
  return levels.map((value, i) =>
    gridText(i % 2 === 0 ? instrument.price : instrument.amount, value),
  );
}

function contentOf(event: MarketEvent): readonly unknown[] {
  const { instrument } = event;
  if (event.type === 'book') {
    const bids = levelTexts(instrument, event.bids);
    const asks = levelTexts(instrument, event.asks);
    return [event.frame, event.changeId, event.prevChangeId, bids, asks];
  }
  if (event.type === 'trade') {
    const price = gridText(instrument.price, event.priceTicks);
    const amount = gridText(instrument.amount, event.lots);
    const { tradeId, tradeSeq, side, markFloat, indexFloat } = event;
    return [tradeId, tradeSeq, price, amount, side, markFloat, indexFloat];
  }
  const { state, markFloat, indexFloat, lastFloat, openInterestFloat, funding8hFloat } = event;
  const greeks = event.greeks === null ? null : Object.values(event.greeks);
  const analytics = [event.underlyingFloat, event.markIvFloat, greeks];
  return [state, markFloat, indexFloat, lastFloat, openInterestFloat, funding8hFloat, ...analytics];
}

/** Adds events up. */
export class EventSetHash {
  readonly #sum = new Uint32Array(lanes);

  add(event: MarketEvent): void {
    const { type, instrument, channel, tsUs } = event;
    const identity = [type, instrument.name, instrument.revision, channel, tsUs];
    const digest = sha256Bytes(Buffer.from(JSON.stringify([...identity, ...contentOf(event)])));
    for (let lane = 0; lane < lanes; lane += 1) {
      this.#sum[lane] = (this.#sum[lane] ?? 0) + digest.readUInt32BE(lane * 4);
    }
  }

  /** 64 hex digits. */
  digest(): string {
    return Array.from(this.#sum, (lane) => lane.toString(16).padStart(8, '0')).join('');
  }
}
