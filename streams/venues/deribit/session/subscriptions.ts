/**
 * Subscribing in batches and believing only what the venue confirms: channels it leaves out of its
 * answer are refused, whatever else it says.
 */
import type { Params, SessionMethod } from '../methods.ts';

/** Channels per call: the venue's limit. */
const maxChannelsPerCall = 500;
/** Enough for the venue to prepare 500 snapshots. */
const subscribeTimeoutMs = 10_000;

export interface SubscribeResult {
  readonly subscribed: string[];
  readonly refused: string[];
}

type Request = (method: SessionMethod, params: Params, timeoutMs: number) => Promise<unknown>;

/** Subscribes to all channels. Throws VENUE_* when a call is not answered. */
export async function subscribeAll(
  request: Request,
  channels: readonly string[],
): Promise<SubscribeResult> {
  const subscribed: string[] = [];
  const refused: string[] = [];
  for (const [method, batch] of batches(channels)) {
    const confirmed = namesIn(await request(method, { channels: batch }, subscribeTimeoutMs));
    for (const channel of batch) (confirmed.has(channel) ? subscribed : refused).push(channel);
  }
  return { subscribed, refused };
}

/** Gives channels up. Throws VENUE_* when a call is not answered. */
export async function unsubscribeAll(request: Request, channels: readonly string[]): Promise<void> {
  for (const [method, batch] of batches(channels)) {
    const undo = method === 'private/subscribe' ? 'private/unsubscribe' : 'public/unsubscribe';
    await request(undo, { channels: batch }, subscribeTimeoutMs);
  }
}

type SubscribeMethod = 'public/subscribe' | 'private/subscribe';

function* batches(channels: readonly string[]): Generator<[SubscribeMethod, string[]]> {
  const unique = [...new Set(channels)];
  const isPrivate = (channel: string): boolean => channel.startsWith('user.');
  // Own channels first: an order update must not wait for a thousand books.
  for (const wantPrivate of [true, false]) {
    const method: SubscribeMethod = wantPrivate ? 'private/subscribe' : 'public/subscribe';
    const kind = unique.filter((channel) => isPrivate(channel) === wantPrivate);
    for (let at = 0; at < kind.length; at += maxChannelsPerCall) {
      yield [method, kind.slice(at, at + maxChannelsPerCall)];
    }
  }
}

function namesIn(result: unknown): Set<string> {
  const names = new Set<string>();
  if (!Array.isArray(result)) return names;
  for (const name of result as unknown[]) if (typeof name === 'string') names.add(name);
  return names;
}
