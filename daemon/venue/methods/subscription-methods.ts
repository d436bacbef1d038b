/**
 * Subscribing. The result lists what was really subscribed; unknown and forbidden channels are left
 * out without an error. Raw public channels without authentication are the one refusal.
 */
import { z } from 'zod';
import { invalidParam, refusal } from '../../../streams/venues/simulated/index.ts';
import { type Call, type MethodRow, method, openMethod } from '../call.ts';
import type { Channel } from '../channel.ts';
import { isPrivateChannel } from '../channel-name.ts';
import { channelsPerCallMax, channelsPerSessionMax } from '../options.ts';
import { permits } from '../scopes.ts';
import type { Session } from '../session.ts';

const labelLengthMax = 16;
const channelList = { channels: z.array(z.string().max(128)).min(1).max(channelsPerCallMax) };

function subscribe(call: Call, names: readonly string[], label: string | undefined): string[] {
  const session = sessionOf(call);
  for (const name of names) refuseRaw(session, name);
  const joined: Channel[] = [];
  for (const name of new Set(names)) {
    const channel = joinOne(call, session, name);
    if (channel === undefined) continue;
    if (label !== undefined) session.labels.set(name, label);
    joined.push(channel);
  }
  call.afterReply(() => greet(call, session, joined));
  return joined.map((channel) => channel.name);
}

function joinOne(call: Call, session: Session, name: string): Channel | undefined {
  if (session.channels.size >= channelsPerSessionMax) return undefined;
  if (isPrivateChannel(name) && !mayHear(call, name)) return undefined;
  const spec = call.venue.hub.parse(name);
  return spec === undefined ? undefined : call.venue.hub.join(session, name, spec);
}

function mayHear(call: Call, name: string): boolean {
  const access = name.startsWith('user.portfolio') ? 'account:read' : 'trade:read';
  return call.session?.identity !== undefined && permits(call.session.identity.grant, access);
}

function refuseRaw(session: Session, name: string): void {
  if (name.endsWith('.raw') && !isPrivateChannel(name) && session.identity === undefined)
    throw refusal(13778);
}

function greet(call: Call, session: Session, joined: readonly Channel[]): void {
  const { marketFeed, derivedFeed, userFeed } = call.venue;
  let market = false;
  for (const channel of joined) {
    // It may have been left again while the reply was on its way.
    if (session.channels.get(channel.name) !== channel) continue;
    marketFeed.greet(session, channel);
    derivedFeed.greet(session, channel);
    userFeed.greet(session, channel);
    market ||= channel.spec.kind === 'market' && !isPrivateChannel(channel.name);
  }
  if (market) call.venue.onMarketSubscribed();
}

function sessionOf(call: Call): Session {
  if (call.session === undefined) throw refusal(10030);
  return call.session;
}

function unsubscribe(call: Call, names: readonly string[]): string[] {
  const session = sessionOf(call);
  return names.filter((name) => call.venue.hub.leave(session, name));
}

function unsubscribeAll(call: Call): string {
  call.venue.hub.leaveAll(sessionOf(call));
  return 'ok';
}

export const subscriptionMethods: Readonly<Record<string, MethodRow>> = {
  'public/subscribe': openMethod(
    { cost: 'subscribe', socketOnly: true, params: channelList },
    (call, params) => subscribe(call, params.channels, undefined),
  ),
  'private/subscribe': method(
    {
      access: 'account:read',
      cost: 'subscribe',
      socketOnly: true,
      params: { ...channelList, label: z.string().optional() },
    },
    (call, params) => {
      if ((params.label?.length ?? 0) > labelLengthMax)
        throw invalidParam('label', 'value too long');
      return subscribe(call, params.channels, params.label);
    },
  ),
  'public/unsubscribe': openMethod({ socketOnly: true, params: channelList }, (call, params) =>
    unsubscribe(call, params.channels),
  ),
  'private/unsubscribe': method(
    { access: 'account:read', socketOnly: true, params: channelList },
    (call, params) => unsubscribe(call, params.channels),
  ),
  'public/unsubscribe_all': openMethod({ socketOnly: true }, unsubscribeAll),
  'private/unsubscribe_all': method({ access: 'account:read', socketOnly: true }, unsubscribeAll),
};
