/** What a session is given, and what it tells. */
import type { HoldfastError } from '../../../facts/errors.ts';
import type { MarketEvent, MarketLink } from '../../../facts/market.ts';
import type { VenueAnnouncement } from '../../../facts/venue-announcement.ts';
import type { VenueAccount, VenueOrder, VenueTrade } from '../../../facts/venue-records.ts';
import type { Ports } from '../../../ports/index.ts';
import type { Channel } from '../codec/channels.ts';
import type { JsonObject } from '../codec/json.ts';
import type { QuarantinedFrame } from '../codec/quarantine.ts';
import type { InstrumentIndex } from '../instrument-index.ts';
import type { Credentials, Grant } from './authentication.ts';
import type { ScopePolicy, ScopeVerdict } from './scopes.ts';

export interface SessionHandlers {
  /** `up` once authenticated, checked and protected by cancel-on-disconnect; `down` when over. */
  onLink(link: MarketLink): void;
  /** Called straight from the read loop: must not block or throw. */
  onMarket(event: MarketEvent): void;
  onOrder(order: VenueOrder): void;
  onTrade(trade: VenueTrade): void;
  onAccount?(account: VenueAccount): void;
  /** `platform_state` and `instrument.state` notifications. */
  onState?(channel: Channel, data: JsonObject): void;
  onAnnouncement?(announcement: VenueAnnouncement): void;
  /** A message that could not be taken. */
  onQuarantine?(frame: QuarantinedFrame): void;
  /** What ended or endangered the session. */
  onError(error: HoldfastError): void;
  onRoundTrip?(ms: number): void;
  /** The connection is open; authentication begins. */
  onOpened?(): void;
  /** The key was judged; called before `onLink` up, also when it is refused. */
  onScopes?(verdict: ScopeVerdict): void;
  /** The venue answered 10028. */
  onRateRefusal?(): void;
}

export interface SessionOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'sockets'>;
  readonly urls: { readonly ws: string; readonly http: string };
  readonly credentials: Credentials;
  readonly handlers: SessionHandlers;
  readonly instruments?: InstrumentIndex;
  readonly grant?: Grant;
  readonly scopes?: ScopePolicy;
  /** Epochs up to here belong to earlier processes: the epoch is part of what identifies an event. */
  readonly epochBefore?: number;
}
