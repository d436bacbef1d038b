/** What the scanner has read of one book frame. Decides whether that makes an event. */
import type { Instrument } from '../../../facts/instrument.ts';
import type { BookEvent } from '../../../facts/market.ts';
import type { Channel } from './channels.ts';
import { unknown } from './digits.ts';
import type { Stamp } from './stamp.ts';

/** What one frame said so far. One object serves all frames. */
export class BookScan {
  channel: Channel | undefined = undefined;
  instrument: Instrument | undefined = undefined;
  tsMs = unknown;
  changeId = unknown;
  previousId = unknown;
  frame: 'snapshot' | 'change' | undefined = undefined;
  bids: number[] | undefined = undefined;
  asks: number[] | undefined = undefined;
  isNamed = false;
  hasMethod = false;

  reset(): void {
    this.channel = undefined;
    this.instrument = undefined;
    this.tsMs = unknown;
    this.changeId = unknown;
    this.previousId = unknown;
    this.frame = undefined;
    this.bids = undefined;
    this.asks = undefined;
    this.isNamed = false;
    this.hasMethod = false;
  }

  /** The event, when everything was said that it needs. Sets `stamp.channel`. */
  event(stamp: Stamp): BookEvent | undefined {
    const { channel, instrument, bids, asks, frame, changeId, tsMs, previousId } = this;
    if (channel === undefined || instrument === undefined) return undefined;
    if (bids === undefined || asks === undefined || frame === undefined) return undefined;
    if (changeId < 0 || tsMs < 0 || (frame === 'change' && previousId < 0)) return undefined;
    const tsUs = tsMs * 1_000;
    if (!Number.isSafeInteger(tsUs)) return undefined;
    stamp.channel = channel.name;
    return {
      type: 'book',
      instrument,
      channel: channel.name,
      sessionEpoch: stamp.sessionEpoch,
      tsUs,
      receivedUs: stamp.receivedUs,
      receivedMonotonicUs: stamp.receivedMonotonicUs,
      frame,
      changeId,
      prevChangeId: frame === 'snapshot' ? -1 : previousId,
      bids,
      asks,
    };
  }
}
