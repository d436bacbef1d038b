/** The door of the Deribit adapter. */
export { DeribitCancelOnlyClient, type OpenOrderRow } from './cancel-only-client.ts';
export { CapabilityOffice, type DispatchCapability } from './capability.ts';
export type { TradingLimits } from './codec/accounts.ts';
export { parseChannel } from './codec/channels.ts';
export { type ErrorClass, errorClassOf, listedErrorCodes } from './codec/errors.ts';
export { FrameDecoder, type FrameSink } from './codec/frame.ts';
export {
  type InstrumentListing,
  instrumentListingOf,
} from './codec/instruments.ts';
export type {
  QuarantinedFrame,
  QuarantineReason,
} from './codec/quarantine.ts';
export type { Stamp } from './codec/stamp.ts';
export { DeribitHttpQueries, type HttpObserver, type HttpQueryOptions } from './http-queries.ts';
export { InstrumentIndex } from './instrument-index.ts';
export type { QueryMethod } from './methods.ts';
export {
  type BookSnapshot,
  DeribitQueries,
  type HistoryRequest,
  type PlatformStatus,
  type PublicTrade,
  type TradesRequest,
} from './queries.ts';
export type { Credentials, Grant } from './session/authentication.ts';
export type { SessionHandlers, SessionOptions } from './session/contract.ts';
export {
  judgeScopes,
  type ScopePolicy,
  type ScopeVerdict,
  tradingScopes,
} from './session/scopes.ts';
export { DeribitSession, rateTerminationMs, type SessionPhase } from './session/session.ts';
export { readTradePages } from './trade-pages.ts';
