/** Everything known about one instrument now; the one object that readers hold for ever. */
import type { Instrument, InstrumentState } from '../../streams/facts/instrument.ts';
import type { InstrumentView, TickerEvent, TradeEvent } from '../../streams/facts/market.ts';
import { InstrumentBook } from '../../streams/market/instrument-book.ts';
import { TradeSequence } from '../../streams/market/trade-sequence.ts';

export class InstrumentEntry implements InstrumentView {
  readonly instrument: Instrument;
  readonly book: InstrumentBook;
  readonly trades = new TradeSequence();
  state: InstrumentState;
  ticker: TickerEvent | undefined = undefined;
  lastTrade: TradeEvent | undefined = undefined;
  /** Monotonic µs of the last event of any kind; 0 before the first. */
  lastEventMonotonicUs = 0;
  /** Since when the book has waited for a snapshot, monotonic µs; 0: it does not, or nothing came yet. */
  waitingSinceUs = 0;

  constructor(instrument: Instrument, state: InstrumentState) {
    this.instrument = instrument;
    this.book = new InstrumentBook(instrument);
    this.state = state;
  }
}
