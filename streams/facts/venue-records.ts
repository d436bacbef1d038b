/** What a venue says about our own orders, trades, positions and account, decoded and typed. */
import type { Instrument } from './instrument.ts';
import type { Side } from './market.ts';

export const venueOrderStates = [
  'open',
  'filled',
  'rejected',
  'cancelled',
  'untriggered',
  'triggered',
] as const;
/** A partial fill is `open` with `0 < filledLots < lots`; a cancelled order can have fills. */
export type VenueOrderState = (typeof venueOrderStates)[number];

export interface VenueOrder {
  readonly orderId: string;
  readonly instrument: Instrument;
  readonly label: string;
  readonly state: VenueOrderState;
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  readonly filledLots: number;
  readonly reduceOnly: boolean;
  readonly postOnly: boolean;
  readonly timeInForce: string;
  readonly cancelReason: string | null;
  readonly createdUs: number;
  readonly updatedUs: number;
}

export interface VenueTrade {
  readonly tradeId: string;
  readonly tradeSeq: number;
  readonly orderId: string;
  readonly instrument: Instrument;
  readonly label: string;
  /** Our own side. */
  readonly side: Side;
  readonly priceTicks: number;
  readonly lots: number;
  /** Decimal text; negative is a rebate. */
  readonly fee: string;
  readonly feeCurrency: string;
  readonly liquidity: 'maker' | 'taker';
  readonly tsUs: number;
  readonly markFloat: number | null;
  readonly indexFloat: number | null;
}

export interface VenuePosition {
  readonly instrument: Instrument;
  /** Positive long, negative short, in lots. */
  readonly signedLots: number;
  readonly averagePriceFloat: number;
  readonly markFloat: number;
  readonly deltaFloat: number;
  readonly floatingPnlFloat: number;
  readonly realisedPnlFloat: number;
}

/** A position that the venue turned into cash when its product expired. */
export interface VenueDelivery {
  /** Product and time: the venue gives no id. */
  readonly deliveryId: string;
  readonly instrument: Instrument;
  readonly tsUs: number;
  /** What was held: positive long, negative short, in lots. */
  readonly signedLots: number;
  /** Delivery price of the index, USD. */
  readonly indexFloat: number;
  readonly markFloat: number | null;
  /** As the venue reports it, settlement currency; of a future it is that of the last session alone. */
  readonly profitFloat: number | null;
}

export interface VenueAccount {
  readonly currency: string;
  readonly equityFloat: number;
  readonly balanceFloat: number;
  readonly availableFloat: number;
  readonly initialMarginFloat: number;
  readonly maintenanceMarginFloat: number;
}
