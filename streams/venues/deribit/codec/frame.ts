/**
 * One whole message of the venue, decoded and handed on by kind. Never throws on what the venue
 * sends: whatever cannot be taken exactly goes to `onQuarantine` with a reason. Key order, spaces
 * and number spelling do not matter: messages are parsed, never matched as text.
 */
import { asHoldfastError } from '../../../facts/errors.ts';
import type { Instrument } from '../../../facts/instrument.ts';
import type { MarketEvent } from '../../../facts/market.ts';
import { cutText, parseJson } from '../../../facts/text.ts';
import type { VenueAnnouncement } from '../../../facts/venue-announcement.ts';
import type { VenueAccount, VenueOrder, VenueTrade } from '../../../facts/venue-records.ts';
import { decodeAccount } from './accounts.ts';
import { decodeAnnouncement } from './announcements.ts';
import { decodeBook } from './book.ts';
import { bookFastPath } from './book-scanner.ts';
import { type Channel, ChannelTable } from './channels.ts';
import { decodeVenueError, type VenueError } from './errors.ts';
import { isObject, type JsonObject } from './json.ts';
import { decodeOrder, decodeUserTrade, type FindInstrument } from './orders.ts';
import {
  type QuarantinedFrame,
  type QuarantineReason,
  quarantineExcerptBytes,
} from './quarantine.ts';
import type { Stamp } from './stamp.ts';
import { decodeTicker } from './ticker.ts';
import { decodeTrade } from './trades.ts';

/** Where decoded things go. Calls are synchronous and must not throw. */
export interface FrameSink {
  onMarket(event: MarketEvent): void;
  onOrder(order: VenueOrder): void;
  onTrade(trade: VenueTrade): void;
  onAccount(account: VenueAccount): void;
  /** `platform_state`, `instrument.state` and volatility index notifications, undecoded. */
  onState(channel: Channel, data: JsonObject): void;
  onAnnouncement(announcement: VenueAnnouncement): void;
  onResult(id: number, result: unknown): void;
  onErrorReply(id: number | null, error: VenueError): void;
  onHeartbeat(type: string): void;
  onQuarantine(frame: QuarantinedFrame): void;
}

/** Takes one frame without parsing it all. True: taken; false: parse it as JSON. */
export type FastPath = (data: Buffer, stamp: Stamp) => boolean;

export interface FrameDecoderOptions {
  /** False: every frame is read as JSON. For measuring and comparing only. */
  readonly fastPath?: boolean;
}

export class FrameDecoder {
  readonly channels = new ChannelTable();
  readonly #find: FindInstrument;
  readonly #sink: FrameSink;
  readonly #fastPath: FastPath | undefined;

  constructor(find: FindInstrument, sink: FrameSink, options: FrameDecoderOptions = {}) {
    this.#find = find;
    this.#sink = sink;
    if (options.fastPath !== false) {
      this.#fastPath = bookFastPath(find, this.channels, (event) => sink.onMarket(event));
    }
  }

  /** Decodes one message. `stamp.channel` is overwritten; the buffer is not kept. */
  decode(data: Buffer, stamp: Stamp): void {
    stamp.channel = '';
    if (this.#fastPath?.(data, stamp) === true) return;
    let message: unknown;
    try {
      message = parseJson(data.toString('utf8'));
    } catch {
      this.#refuse('not_json', '', data, stamp);
      return;
    }
    if (!isObject(message)) this.#refuse('not_a_message', 'not an object', data, stamp);
    else if (message.method === 'subscription') this.#notification(message, data, stamp);
    else if (message.method === 'heartbeat') this.#heartbeat(message, data, stamp);
    else this.#reply(message, data, stamp);
  }

  #notification(message: JsonObject, data: Buffer, stamp: Stamp): void {
    const params = message.params;
    if (!isObject(params) || typeof params.channel !== 'string') {
      this.#refuse('not_a_message', 'params.channel', data, stamp);
      return;
    }
    const channel = this.channels.get(params.channel);
    if (channel === undefined) {
      stamp.channel = cutText(params.channel, 128);
      this.#refuse('channel_unknown', '', data, stamp);
      return;
    }
    stamp.channel = channel.name;
    this.#byKind(channel, params.data, data, stamp);
  }

  #byKind(channel: Channel, content: unknown, data: Buffer, stamp: Stamp): void {
    switch (channel.kind) {
      case 'book':
      case 'ticker':
        this.#instrumentFrame(channel, content, data, stamp);
        return;
      case 'trades':
        this.#trades(content, data, stamp);
        return;
      case 'user.orders':
      case 'user.trades':
      case 'user.portfolio':
      case 'announcements':
        this.#records(channel, content, data, stamp);
        return;
      case 'platform_state':
      case 'instrument.state':
      case 'volatility_index':
        if (isObject(content)) this.#sink.onState(channel, content);
        else this.#refuse('field_malformed', 'data', data, stamp);
        return;
      case 'ignored':
        return;
    }
  }

  #instrumentFrame(channel: Channel, content: unknown, data: Buffer, stamp: Stamp): void {
    const instrument = this.#instrumentOf(content);
    if (instrument === undefined || !isObject(content)) {
      this.#refuse('instrument_unknown', nameIn(content), data, stamp);
      return;
    }
    const decode = channel.kind === 'book' ? decodeBook : decodeTicker;
    const event = decode(content, instrument, stamp);
    if (typeof event === 'string') this.#refuse(event, instrument.name, data, stamp);
    else this.#sink.onMarket(event);
  }

  // All rows are decoded before the first is handed on: a frame is taken whole or not at all.
  #trades(content: unknown, data: Buffer, stamp: Stamp): void {
    if (!Array.isArray(content)) {
      this.#refuse('field_malformed', 'data', data, stamp);
      return;
    }
    const events: MarketEvent[] = [];
    for (const row of content as unknown[]) {
      const instrument = this.#instrumentOf(row);
      if (instrument === undefined || !isObject(row)) {
        this.#refuse('instrument_unknown', nameIn(row), data, stamp);
        return;
      }
      const event = decodeTrade(row, instrument, stamp);
      if (typeof event === 'string') {
        this.#refuse(event, instrument.name, data, stamp);
        return;
      }
      events.push(event);
    }
    for (const event of events) this.#sink.onMarket(event);
  }

  // `raw` channels carry one order, the others a list: both are accepted everywhere.
  #records(channel: Channel, content: unknown, data: Buffer, stamp: Stamp): void {
    const rows = Array.isArray(content) ? (content as unknown[]) : [content];
    try {
      for (const row of rows) {
        if (channel.kind === 'user.orders') this.#sink.onOrder(decodeOrder(row, this.#find));
        else if (channel.kind === 'user.trades')
          this.#sink.onTrade(decodeUserTrade(row, this.#find));
        else if (channel.kind === 'announcements')
          this.#sink.onAnnouncement(decodeAnnouncement(row));
        else this.#sink.onAccount(decodeAccount(row));
      }
    } catch (thrown) {
      const error = asHoldfastError(thrown);
      if (error.code !== 'VENUE_PROTOCOL') throw error;
      this.#refuse('field_malformed', error.message, data, stamp);
    }
  }

  #heartbeat(message: JsonObject, data: Buffer, stamp: Stamp): void {
    const params = message.params;
    if (isObject(params) && typeof params.type === 'string') this.#sink.onHeartbeat(params.type);
    else this.#refuse('not_a_message', 'params.type', data, stamp);
  }

  #reply(message: JsonObject, data: Buffer, stamp: Stamp): void {
    const id = message.id;
    const known = typeof id === 'number' ? id : null;
    if (message.error !== undefined) {
      this.#sink.onErrorReply(known, decodeVenueError(message.error));
    } else if (known !== null && 'result' in message) {
      this.#sink.onResult(known, message.result);
    } else {
      this.#refuse('not_a_message', 'neither notification nor reply', data, stamp);
    }
  }

  #instrumentOf(content: unknown): Instrument | undefined {
    const name = isObject(content) ? content.instrument_name : undefined;
    return typeof name === 'string' ? this.#find(name) : undefined;
  }

  #refuse(reason: QuarantineReason, detail: string, data: Buffer, stamp: Stamp): void {
    this.#sink.onQuarantine({
      reason,
      channel: stamp.channel,
      detail,
      sessionEpoch: stamp.sessionEpoch,
      receivedUs: stamp.receivedUs,
      excerpt: data.toString('utf8', 0, quarantineExcerptBytes),
    });
  }
}

function nameIn(content: unknown): string {
  const name = isObject(content) ? content.instrument_name : undefined;
  return typeof name === 'string' ? cutText(name, 64) : 'no instrument_name';
}
