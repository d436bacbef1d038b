/**
 * What the venue shows on our account without an intent of ours, and what an operator took over of
 * it. Only the venue's own records are here: nothing is inferred, and nothing gets an intent.
 */
import type { Instrument } from './instrument.ts';
import type { VenueOrder, VenueTrade } from './venue-records.ts';

/** A position that neither the ledger nor a trade that can be named explains. */
export interface AdoptablePosition {
  readonly instrument: Instrument;
  /** Positive long, negative short, in lots: as the venue says, and as the ledger does. */
  readonly venueLots: number;
  readonly ledgerLots: number;
  readonly averagePriceFloat: number;
}

/** One thing that an operator may take over, as two complete readings of the venue showed it. */
export type Adoptable =
  | { readonly kind: 'trade'; readonly trade: VenueTrade }
  | { readonly kind: 'order'; readonly order: VenueOrder }
  | { readonly kind: 'position'; readonly position: AdoptablePosition };

/** By whose word something was taken over. */
export interface AdoptedBy {
  /** 64 hex, from the command: the same command again is the same adoption. */
  readonly adoptionId: string;
  readonly role: string;
  readonly reason: string;
}

/** Everything one command takes over: one durable block, or nothing of it. */
export interface Adoption extends AdoptedBy {
  readonly trades: readonly VenueTrade[];
  readonly orders: readonly VenueOrder[];
  readonly positions: readonly AdoptablePosition[];
}
