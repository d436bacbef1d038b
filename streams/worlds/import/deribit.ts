/** Deribit raw captures, second pass: every taken frame becomes events on its instrument's grid. */
import type { MarketEvent } from '../../facts/market.ts';
import type { EventSink } from '../world-writer.ts';
import {
  bookEventOf,
  type Feed,
  type FrameContext,
  feedDataOf,
  feedOf,
  tickerEventOf,
  tradeEventOf,
} from './deribit-frames.ts';
import { parseCaptureLine } from './deribit-lines.ts';
import type { DeribitSurvey } from './deribit-survey.ts';
import { type JsonObject, textAt } from './json-fields.ts';
import type { Provenance } from './provenance.ts';
import type { LineImporter } from './request.ts';

const leftOut = {
  recorder: 'lines of the recorder itself (configuration, connection, request)',
  replies: 'replies to requests',
  channels: 'frames of channels that carry no market event of ours',
  second: 'frames of a second channel of the same instrument and kind',
  repeats: 'ticker frames that repeat time and content of the one before',
} as const;

function eventOf(kind: Feed['kind'], context: FrameContext, data: JsonObject): MarketEvent {
  if (kind === 'book') return bookEventOf(context, data);
  return kind === 'trades' ? tradeEventOf(context, data) : tickerEventOf(context, data);
}

export class DeribitImporter implements LineImporter {
  readonly #survey: DeribitSurvey;
  readonly #sink: EventSink;
  readonly #provenance: Provenance;
  /** Content of the last ticker per channel. */
  readonly #lastTicker = new Map<string, string>();

  constructor(survey: DeribitSurvey, sink: EventSink, provenance: Provenance) {
    this.#survey = survey;
    this.#sink = sink;
    this.#provenance = provenance;
  }

  line(text: string): void {
    const line = parseCaptureLine(text);
    if (line.kind !== 'frame') {
      this.#provenance.leaveOut(line.kind === 'recorder' ? leftOut.recorder : leftOut.replies);
      return;
    }
    const feed = feedOf(line.message);
    if (feed === undefined) {
      const isReply = line.message.method !== 'subscription';
      this.#provenance.leaveOut(isReply ? leftOut.replies : leftOut.channels);
      return;
    }
    // All of a frame is decoded before any of it is appended: a malformed frame has no effect.
    const events = feedDataOf(feed).flatMap((data) => this.#eventsOf(feed, data, line.receivedUs));
    for (const event of events) this.#sink.append(event);
  }

  endSource(): void {
    this.#lastTicker.clear();
  }

  #eventsOf(feed: Feed, data: JsonObject, receivedUs: number): MarketEvent[] {
    const name = textAt(data, 'instrument_name');
    const { kind, channel } = feed;
    if (!this.#survey.takes(kind, name, channel)) {
      this.#provenance.leaveOut(leftOut.second);
      return [];
    }
    const instrument = this.#survey.instruments.instrument(name, this.#provenance);
    const event = eventOf(kind, { instrument, channel, receivedUs }, data);
    if (event.type === 'ticker' && this.#isRepeat(channel, data)) {
      this.#provenance.leaveOut(leftOut.repeats);
      return [];
    }
    return [event];
  }

  #isRepeat(channel: string, data: JsonObject): boolean {
    const content = JSON.stringify(data);
    if (this.#lastTicker.get(channel) === content) return true;
    this.#lastTicker.set(channel, content);
    return false;
  }
}
