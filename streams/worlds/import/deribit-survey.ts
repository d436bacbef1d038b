/**
 * First pass over Deribit recordings: which instruments appear, what steps their values need, and which
 * channel per instrument and kind to take (two book channels of one instrument are two chains; mixing
 * them would break both).
 */
import { type Instrument, type InstrumentRow, instrumentOf } from '../../facts/instrument.ts';
import { bookRowsOf, type FeedKind, feedDataOf, feedOf } from './deribit-frames.ts';
import {
  inferredRow,
  instrumentRowsOf,
  type ObservedSteps,
  observedStep,
} from './deribit-instruments.ts';
import { parseCaptureLine } from './deribit-lines.ts';
import { invalid, type JsonObject, numberAt, textAt } from './json-fields.ts';
import type { Provenance } from './provenance.ts';

/** Finest first. */
const intervals = ['raw', '100ms', 'agg2'];

function rankOf(channel: string): number {
  const rank = intervals.indexOf(channel.slice(channel.lastIndexOf('.') + 1));
  return rank < 0 ? intervals.length : rank;
}

export class DeribitSurvey {
  readonly #rows = new Map<string, InstrumentRow>();
  readonly #observed = new Map<string, ObservedSteps>();
  readonly #channels = new Map<string, string>();
  readonly #instruments = new Map<string, Instrument>();

  /** Rows learned from get_instruments replies. */
  get listedRows(): number {
    return this.#rows.size;
  }

  /** Takes one line of a recording, or of an instrument list. Malformed lines are the second pass's. */
  line(text: string): void {
    const line = parseCaptureLine(text);
    if (line.kind === 'http-reply' && line.url.includes('get_instruments')) {
      for (const row of instrumentRowsOf(line.message)) this.#rows.set(row.name, row);
    }
    if (line.kind !== 'frame') return;
    const feed = feedOf(line.message);
    if (feed === undefined) return;
    for (const data of feedDataOf(feed)) this.#observe(feed.kind, feed.channel, data);
  }

  /** True when events of this channel are taken for the instrument. */
  takes(kind: FeedKind, instrumentName: string, channel: string): boolean {
    return this.#channels.get(`${kind} ${instrumentName}`) === channel;
  }

  /** The instrument, from its listed row or an inferred one. Throws IMPORT_INVALID when neither works. */
  instrument(name: string, provenance: Provenance): Instrument {
    const known = this.#instruments.get(name);
    if (known !== undefined) return known;
    let row = this.#rows.get(name);
    if (row === undefined) {
      const inferred = inferredRow(
        name,
        this.#observed.get(name) ?? { priceUnits: 0, amountUnits: 0 },
      );
      provenance.infer(name, inferred.note);
      row = inferred.row;
    }
    const instrument = instrumentOf(row);
    this.#instruments.set(name, instrument);
    return instrument;
  }

  #observe(kind: FeedKind, channel: string, data: JsonObject): void {
    const name = textAt(data, 'instrument_name');
    const key = `${kind} ${name}`;
    const chosen = this.#channels.get(key);
    if (chosen === undefined || rankOf(channel) < rankOf(chosen)) this.#channels.set(key, channel);
    const observed = this.#observed.get(name) ?? { priceUnits: 0, amountUnits: 0 };
    this.#observed.set(name, observed);
    const add = (price: unknown, amount: unknown): void => {
      if (typeof price !== 'number' || typeof amount !== 'number')
        throw invalid('a level without numbers');
      observed.priceUnits = observedStep(observed.priceUnits, price);
      observed.amountUnits = observedStep(observed.amountUnits, amount);
    };
    if (kind === 'trades') add(numberAt(data, 'price'), numberAt(data, 'amount'));
    if (kind !== 'book') return;
    for (const [, price, amount] of [...bookRowsOf(data, 'bids'), ...bookRowsOf(data, 'asks')]) {
      add(price, amount);
    }
  }
}
