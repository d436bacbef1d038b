/** What reconciliation reads, what it may do, and what it answers. */
import type { Adoptable, Adoption } from '../../streams/facts/adoption.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type {
  VenueDelivery,
  VenueOrder,
  VenuePosition,
  VenueTrade,
} from '../../streams/facts/venue-records.ts';

/** Complete reads: each rejects rather than answer in part. */
export interface ReconcileQueries {
  openOrders(): Promise<readonly VenueOrder[]>;
  /** Flat positions may be left out. */
  positions(): Promise<readonly VenuePosition[]>;
  /** All our trades since a venue time, however long ago (epoch µs, inclusive). */
  tradesSince(sinceUs: number): Promise<readonly VenueTrade[]>;
  /** What the venue delivered at expiry since a venue time (epoch µs, inclusive). */
  deliveriesSince(sinceUs: number): Promise<readonly VenueDelivery[]>;
  /** Orders of this label in any state the venue remembers. */
  ordersByLabel(instrument: Instrument, label: string): Promise<readonly VenueOrder[]>;
}

/** One intent of the ledger that is not terminal. */
export interface LedgerOrder {
  readonly intentId: string;
  readonly label: string;
  readonly instrument: Instrument;
  readonly lots: number;
  readonly filledLots: number;
  /** Lifecycle state: recorded, sent, acked, partially_filled, in_doubt. */
  readonly state: string;
  readonly reduceOnly: boolean;
  /** When it was recorded, epoch µs. */
  readonly recordedUs: number;
  /** After it the venue refuses the order, epoch µs. */
  readonly validUntilUs: number;
}

/** The ledger at one instant. Not live: later changes do not show. */
export interface LedgerCut {
  /** Non-terminal intents by label. */
  readonly orders: ReadonlyMap<string, LedgerOrder>;
  /** Signed lots by instrument name; flat may be left out. */
  readonly positions: ReadonlyMap<string, number>;
}

export interface LedgerView {
  cut(): LedgerCut;
  /** An intent with this label was ever recorded, terminal or not. */
  hasIntent(label: string): boolean;
  /** The label is of our making (prefix and form). */
  ownsLabel(label: string): boolean;
  knowsTrade(instrument: Instrument, tradeId: string): boolean;
  /** Of what the ledger ever held; undefined: never. */
  instrumentOf(name: string): Instrument | undefined;
  knowsDelivery(deliveryId: string): boolean;
  /** An operator took this order over: its trades are his, and it is not foreign any more. */
  hasAdoptedOrder(orderId: string): boolean;
  /** The command of this id was carried out already. */
  hasAdoption(adoptionId: string): boolean;
  /** The account at the venue, as commands name it. */
  readonly account: string;
  /** When this ledger began, epoch µs: earlier trades belong to no intent of it. */
  readonly bornUs: number;
  /** Venue time of the newest trade known to be complete at the last proof; null: never proven. */
  readonly lastReconciledUs: number | null;
  /** Worst-case exposure stands within its limits. */
  exposureSafe(): boolean;
}

/** Enumerated: nothing else may be done to make two sides agree. */
export const correctionKinds = [
  'RecordMissedFill',
  'RecordDelivery',
  'CancelStaleOrder',
  'ReplaceIoc',
  'EmergencyFlattenGroup',
  'ReduceOnlyDeltaHedge',
  'AdoptOrder',
] as const;
export type CorrectionKind = (typeof correctionKinds)[number];

/** What the room executes through others. Each must be idempotent. */
export interface ReconcileActions {
  /** Books a real trade that the stream did not deliver; false when it was known by then. */
  recordMissedFill(trade: VenueTrade): boolean;
  /** Books what the venue did at expiry; false when it was known by then. */
  recordDelivery(delivery: VenueDelivery): boolean;
  /** Tells the order lifecycle what the venue says about an order of ours; never books a fill. */
  observeOrder(order: VenueOrder): void;
  /** Asks the venue to cancel; false when refused or not permitted now. */
  cancelOrder(order: VenueOrder, cause: 'ghost' | 'stale'): Promise<boolean>;
  /** Absent in two complete sweeps after its fence: the intent never reached the book. */
  declareAbsent(order: LedgerOrder): void;
  /** A proof: the newest venue trade time it covered (epoch µs; 0: none), and what is open. */
  recordProof(reconciledToUs: number, openOrders: readonly VenueOrder[]): void;
  /** Takes over what an operator named, durable first. Throws JOURNAL_* and CONFLICT. */
  adopt(adoption: Adoption): void;
}

export interface Difference {
  readonly kind: 'position' | 'unknown_trade' | 'intent_unresolved' | 'foreign_order';
  readonly subject: string;
  readonly venue: string | null;
  readonly ledger: string | null;
}

/** What one collection read, with the ledger before and after. */
export interface Collection {
  readonly before: LedgerCut;
  readonly after: LedgerCut;
  readonly trades: readonly VenueTrade[];
  /** Read again at the end: a trade only in here means that its instrument moved. */
  readonly tradesAfter: readonly VenueTrade[];
  readonly openOrders: readonly VenueOrder[];
  readonly deliveries: readonly VenueDelivery[];
  readonly positions: readonly VenuePosition[];
  /** Intents recorded later than this (epoch µs) may still be on their way to the venue. */
  readonly settledBeforeUs: number;
  /** Orders looked up by label because they were not among the open ones. */
  readonly lookedUp: ReadonlyMap<string, readonly VenueOrder[]>;
}

export interface ReconcileReport {
  readonly outcome: 'proven' | 'differences' | 'failed';
  readonly cause: string;
  readonly differences: readonly Difference[];
  /** What an operator may take over: it stood in the last two collections. */
  readonly adoptable: readonly Adoptable[];
  readonly attempts: number;
  readonly missedFills: number;
  readonly actions: readonly string[];
  readonly finishedUs: number;
}
