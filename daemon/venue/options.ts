/** What a venue server is started with, and the limits it keeps to. */
import type { Ports, Secret } from '../../streams/ports/index.ts';
import type { MarketSource } from '../../streams/venues/simulated/index.ts';
import type { FaultSchedule } from './faults/schedule.ts';

export interface VenueAccountConfig {
  readonly clientId: string;
  readonly secret: Secret | string;
  /** Name the account is stored under. Default: the client id. */
  readonly name?: string;
  /** Start capital by currency, in that currency. Default: 10 BTC, 200 ETH, 1,000,000 USDC. */
  readonly deposits?: Readonly<Record<string, number>>;
  /** Client id of its main account, for a sub-account. Default: it is one itself. */
  readonly main?: string;
  /** Approved for mass quotes. Default true. */
  readonly massQuotes?: boolean;
  /** What the key may be granted at most, space separated. */
  readonly scope?: string;
}

export const defaultDeposits: Readonly<Record<string, number>> = {
  BTC: 10,
  ETH: 200,
  USDC: 1_000_000,
};
export const defaultScope = 'account:read_write trade:read_write';

/** Where venue time comes from: this process's clock, or the recording's own times at `speed`. */
export type TimelineMode = 'clock' | 'recorded';

export interface RateLimit {
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface VenueServerOptions {
  readonly ports: Ports;
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  readonly source: MarketSource;
  readonly accounts: readonly VenueAccountConfig[];
  /** Seed of ids and change-id steps. Default: a fixed one. */
  readonly seed?: string;
  /** Only for recordings on their own timeline. Infinity is as fast as it goes. Default 1. */
  readonly speed?: number;
  /** Default: `recorded` for a recording, `clock` for anything else. */
  readonly timeline?: TimelineMode;
  /** Hold a recording until somebody subscribes to a market channel. Default false. */
  readonly holdUntilSubscribed?: boolean;
  readonly stateDirectory?: string;
  /** Order and trade notifications may reach the client before the reply that caused them. */
  readonly notifyBeforeReply?: boolean;
  /** Everything else the venue may do in another order than a client may expect. Default false. */
  readonly orderingFreedoms?: boolean;
  /** What is broken when. */
  readonly faults?: FaultSchedule;
  /** Order requests per second of one account. Default 30/s, burst 100 (the venue's first tier). */
  readonly matchingLimit?: RateLimit;
  /** False switches every request limit off. */
  readonly enforceLimits?: boolean;
  /** The market source failed and acts no more. Default: it is logged. */
  readonly onSourceStopped?: (error: unknown) => void;
  /** Enables `/admin/*`. */
  readonly adminToken?: Secret | string;
}

/** The largest request, bytes of one frame or body. */
export const requestBytesMax = 32 * 1024;
/** Connections of one server, HTTP and WebSocket together. */
export const connectionsMax = 256;
/** WebSocket connections of one address; the next one is answered 429. */
export const connectionsPerAddressMax = 32;
/** Bytes a client may leave unread before it is cut (`connection_too_slow`). */
export const unreadBytesMax = 16 * 1024 * 1024;
/** Channels of one subscribe call. */
export const channelsPerCallMax = 500;
/** Channels one connection may hold. */
export const channelsPerSessionMax = 2_000;

/** Default of the order limit. */
export const defaultMatchingLimit: RateLimit = { ratePerSecond: 30, burst: 100 };

/** The text of a secret that may have come as plain text. */
export function secretText(secret: Secret | string): string {
  return typeof secret === 'string' ? secret : secret.reveal();
}
