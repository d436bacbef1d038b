/**
 * First pass over Deribit recordings: which instruments appear, what steps their values need, and which
 * channel per instrument and kind to take (two book channels of one instrument are two chains; mixing
 * them would break both).
 */
import { bookRowsOf, type FeedKind, feedDataOf, feedOf } from './deribit-frames.ts';
import { parseCaptureLine } from './deribit-lines.ts';
import { InstrumentSurvey } from './instrument-survey.ts';
import { invalid, type JsonObject, numberAt, textAt } from './json-fields.ts';

/** Finest first. */
const intervals = ['raw', '100ms', 'agg2'];

function rankOf(channel: string): number {
  const rank = intervals.indexOf(channel.slice(channel.lastIndexOf('.') + 1));
  return rank < 0 ? intervals.length : rank;
}

export class DeribitSurvey {
  readonly instruments = new InstrumentSurvey();
  readonly #channels = new Map<string, string>();

  /** Takes one line of a recording, or of an instrument list. Malformed lines are the second pass's. */
  line(text: string): void {
    const line = parseCaptureLine(text);
    this.instruments.list(line);
    if (line.kind !== 'frame') return;
    const feed = feedOf(line.message);
    if (feed === undefined) return;
    for (const data of feedDataOf(feed)) this.#observe(feed.kind, feed.channel, data);
  }

  /** True when events of this channel are taken for the instrument. */
  takes(kind: FeedKind, instrumentName: string, channel: string): boolean {
    return this.#channels.get(`${kind} ${instrumentName}`) === channel;
  }

  #observe(kind: FeedKind, channel: string, data: JsonObject): void {
    const name = textAt(data, 'instrument_name');
    const key = `${kind} ${name}`;
    const chosen = this.#channels.get(key);
    if (chosen === undefined || rankOf(channel) < rankOf(chosen)) this.#channels.set(key, channel);
    if (kind === 'trades') {
      this.instruments.observe(name, numberAt(data, 'price'), numberAt(data, 'amount'));
    }
    if (kind !== 'book') return;
    for (const [, price, amount] of [...bookRowsOf(data, 'bids'), ...bookRowsOf(data, 'asks')]) {
      if (typeof price !== 'number' || typeof amount !== 'number') {
        throw invalid('a level without numbers');
      }
      this.instruments.observe(name, price, amount);
    }
  }
}
