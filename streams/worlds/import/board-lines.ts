/**
 * Lines of an options board: what was listed and what stood quoted at some moment. A line is a raw
 * capture's (`<url> -> <seconds>: <json>`, `<seconds>: <json>`) or a bare JSON-RPC reply. What a
 * reply answers is told by its rows, not by its address.
 */
import { usPerMs } from '../../facts/time.ts';
import { instrumentRowsOf } from './deribit-instruments.ts';
import { type CaptureLine, parseCaptureLine } from './deribit-lines.ts';
import { arrayAt, invalid, isObject, type JsonObject, parseObject } from './json-fields.ts';

export type BoardLine =
  | { readonly kind: 'instruments'; readonly message: JsonObject; readonly atUs: number }
  | { readonly kind: 'quotes'; readonly rows: readonly JsonObject[]; readonly atUs: number }
  | { readonly kind: 'other'; readonly what: string };

const receivedForm = /-> (\d{9,11})\.(\d{1,9}): /;

/** Throws IMPORT_INVALID when the line is none of the forms. */
export function parseBoardLine(text: string): BoardLine {
  if (text.startsWith('{')) {
    const message = parseObject(text);
    return replyOf(message, timeOf(message));
  }
  const line = parseCaptureLine(text);
  if (line.kind === 'recorder') return { kind: 'other', what: 'lines of the recorder itself' };
  if (line.kind === 'http-reply') return replyOf(line.message, receivedUs(text));
  return frameOf(line);
}

function receivedUs(text: string): number {
  const [, seconds = '', fraction = ''] = receivedForm.exec(text) ?? [];
  return Number(seconds + fraction.padEnd(6, '0').slice(0, 6));
}

/** A bare reply says itself when it left the venue; 0 when it does not. */
function timeOf({ usOut }: JsonObject): number {
  return typeof usOut === 'number' && Number.isSafeInteger(usOut) ? usOut : 0;
}

function frameOf(line: Extract<CaptureLine, { kind: 'frame' }>): BoardLine {
  const { message, receivedUs: atUs } = line;
  if (message.method !== 'subscription') return replyOf(message, atUs);
  const { params } = message;
  const channel = isObject(params) ? params.channel : undefined;
  if (!isObject(params) || typeof channel !== 'string') throw invalid('a frame without a channel');
  if (!channel.startsWith('ticker.')) return { kind: 'other', what: 'frames that are no ticker' };
  if (!isObject(params.data)) throw invalid(`${channel}: data is not an object`);
  return { kind: 'quotes', rows: [params.data], atUs };
}

function replyOf(message: JsonObject, atUs: number): BoardLine {
  if (isQuote(message.result)) return { kind: 'quotes', rows: [message.result], atUs };
  if (!Array.isArray(message.result)) return { kind: 'other', what: 'replies to other requests' };
  const rows = arrayAt(message, 'result');
  if (rows.length > 0 && rows.every(isQuote)) return { kind: 'quotes', rows, atUs };
  const [first] = rows;
  if (isObject(first) && 'tick_size' in first && 'kind' in first) {
    instrumentRowsOf(message);
    return { kind: 'instruments', message, atUs };
  }
  return { kind: 'other', what: 'replies to other requests' };
}

function isQuote(row: unknown): row is JsonObject {
  return isObject(row) && typeof row.instrument_name === 'string' && 'mark_price' in row;
}

/** When a row was true: its own time, or that of the line. Throws IMPORT_INVALID when none is known. */
export function quoteTimeUs(row: JsonObject, atUs: number): number {
  const own = row.timestamp ?? row.creation_timestamp;
  if (typeof own === 'number' && Number.isSafeInteger(own)) return own * usPerMs;
  if (atUs > 0) return atUs;
  throw invalid('a row without a time: neither timestamp, creation_timestamp nor usOut');
}
