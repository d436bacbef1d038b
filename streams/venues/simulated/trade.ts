/** Trades: what the public sees, and what each of the two owners sees of the same event. */
import type { Side } from '../../facts/market.ts';

export interface PublicTrade {
  readonly id: string;
  /** Per product, +1 each. */
  readonly seq: number;
  readonly tsUs: number;
  readonly priceTicks: number;
  readonly lots: number;
  /** Side of the taker. */
  readonly side: Side;
  /** 0 up, 1 zero-up, 2 down, 3 zero-down. */
  readonly tickDirection: number;
  /** Null: a recording does not say it. */
  readonly mark: number | null;
  readonly index: number | null;
  /** Percent; options only. */
  readonly iv: number | undefined;
  /** Whose order closed a position the venue took over. */
  readonly liquidation?: 'M' | 'T' | undefined;
}

/** A trade as one of its owners sees it. */
export interface UserTrade {
  readonly trade: PublicTrade;
  readonly productIndex: number;
  readonly orderId: string;
  readonly orderType: 'limit' | 'market';
  readonly side: Side;
  readonly liquidity: 'maker' | 'taker';
  readonly fee: number;
  readonly label: string;
  /** State of the order after this trade. */
  readonly orderState: string;
  readonly profit: number;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
}
