/** What the venue room takes and gives. */
import type { InstrumentState } from '../../streams/facts/instrument.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type {
  Credentials,
  DeribitHttpQueries,
  DeribitSession,
  Grant,
  InstrumentIndex,
  InstrumentListing,
  ScopePolicy,
  ScopeVerdict,
  SessionHandlers,
} from '../../streams/venues/deribit/index.ts';
import { type BackoffParams, defaultBackoff } from './backoff.ts';
import type { Measured, VenueHealth } from './venue-health.ts';

export interface VenueRoomHandlers
  extends Pick<
    SessionHandlers,
    | 'onLink'
    | 'onMarket'
    | 'onOrder'
    | 'onTrade'
    | 'onAccount'
    | 'onAnnouncement'
    | 'onQuarantine'
    | 'onError'
    | 'onScopes'
    | 'onRateRefusal'
  > {
  /** The instrument list was read; before anything of theirs is subscribed. */
  onInstruments?(listings: readonly InstrumentListing[]): void;
  onInstrumentState?(instrumentName: string, state: InstrumentState): void;
  /** The machine entered another state (`connecting`, `live`, …). */
  onState?(state: string, cause: string): void;
  /** A broken invariant: the daemon's fatal door. */
  onFatal(error: unknown): void;
}

export interface VenueRoomOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'sockets' | 'http'>;
  readonly urls: { readonly ws: string; readonly http: string };
  readonly credentials: Credentials;
  readonly grant?: Grant;
  readonly scopes?: ScopePolicy;
  /** Session epochs up to here belong to earlier processes. */
  readonly epochBefore?: number;
  readonly handlers: VenueRoomHandlers;
  /** The channels wanted, given the instruments that exist; asked again after each refresh. */
  readonly channels: (instruments: InstrumentIndex) => readonly string[];
  readonly params?: Partial<VenueRoomParams>;
  /** Whether a read that may wait has venue credit, and takes it. Absent: always. */
  readonly admitsRead?: () => boolean;
}

export interface VenueRoomParams {
  readonly backoff: BackoffParams;
  /** Status and time are polled this often, ms. */
  readonly pollMs: number;
  /** The list of announcements is read this often, ms: what was said while nobody listened. */
  readonly announcementsMs: number;
  /** The instrument list is read again this often, ms: it carries the fee rates, which age in minutes. */
  readonly instrumentsRefreshMs: number;
  /** Live for this long, ms, earlier failures are forgotten. */
  readonly settleMs: number;
}

export const defaultParams: VenueRoomParams = {
  backoff: defaultBackoff,
  pollMs: 10_000,
  announcementsMs: 60_000,
  // Fee rates come with the list: shorter than `fee_cache_soft_s`, so that they stay fresh.
  instrumentsRefreshMs: 240_000,
  settleMs: 30_000,
};

export interface VenueRoom {
  readonly session: DeribitSession;
  /** The independent way: shares nothing with the session. */
  readonly http: DeribitHttpQueries;
  readonly instruments: InstrumentIndex;
  readonly isLive: boolean;
  /** State of the session machine, and why it was last lost. */
  readonly state: string;
  readonly cause: string;
  readonly scopes: ScopeVerdict | undefined;
  /** Channels the venue refuses. */
  readonly refusedChannels: readonly string[];
  start(): void;
  /** Closes the session in order. Harmless when already stopped. */
  stop(): void;
  /** Asks for a fresh snapshot of a channel; bounded and coalesced. */
  repair(channel: string): void;
  health(): VenueHealth;
  /** Single measures, cheap to read, unlike `health`. */
  readonly measured: Measured;
}
