/**
 * Lines of a raw capture: `<receive seconds>: <json>` for what the venue sent, and lines of the recorder
 * itself (configuration, requests, HTTP replies). The three key orders of the years do not matter.
 */
import { invalid, type JsonObject, parseObject } from './json-fields.ts';

export type CaptureLine =
  | { readonly kind: 'frame'; readonly receivedUs: number; readonly message: JsonObject }
  | { readonly kind: 'http-reply'; readonly url: string; readonly message: JsonObject }
  | { readonly kind: 'recorder'; readonly what: 'configuration' | 'connection' | 'request' };

const frameForm = /^(\d{9,11})\.(\d{1,9}): (\{.*)$/;
const httpReplyForm = /^(https?:\/\/\S+) -> [\d.]+: (\{.*)$/;

/** Throws IMPORT_INVALID when the line is none of the forms, or its JSON is cut short. */
export function parseCaptureLine(line: string): CaptureLine {
  const frame = frameForm.exec(line);
  if (frame !== null) {
    const [, seconds = '', fraction = '', json = ''] = frame;
    const receivedUs = Number(seconds + fraction.padEnd(6, '0').slice(0, 6));
    return { kind: 'frame', receivedUs, message: parseObject(json) };
  }
  const reply = httpReplyForm.exec(line);
  if (reply !== null) {
    return { kind: 'http-reply', url: reply[1] ?? '', message: parseObject(reply[2] ?? '') };
  }
  if (line.startsWith('configuration: ')) return { kind: 'recorder', what: 'configuration' };
  if (/^(?:wss?|https?):\/\/\S+ <-> /.test(line)) return { kind: 'recorder', what: 'connection' };
  if (/^(?:wss?|https?):\/\/\S+ <- /.test(line)) return { kind: 'recorder', what: 'request' };
  throw invalid('not a line of a raw capture (`<receive seconds>: <json>`), or cut short');
}
