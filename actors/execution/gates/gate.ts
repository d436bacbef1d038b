/**
 * What a gate is: a pure question about one intent. It reads the view and answers; it changes
 * nothing, and allowing allocates nothing.
 */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import type { BookView, InstrumentView, MarketView } from '../../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import type { OpenOrder } from '../../../streams/facts/positions.ts';
import type { RejectCode } from '../../../streams/facts/reject-codes.ts';
import type { ExposureView } from '../exposure.ts';
import type { GuardView } from '../guard-gate.ts';
import type { FeeState } from './fees.ts';
import type { InventorySkew } from './inventory-skew.ts';

export type GateFacts = Readonly<Record<string, string | number | boolean | null>>;

export interface Rejection {
  readonly code: RejectCode;
  /** The numbers that decided, for the no-trade trace. */
  readonly facts: GateFacts;
}

/** Undefined: allowed. */
export type GateResult = Rejection | undefined;

export interface StageView {
  readonly stage: string;
  readonly host: string;
  /** The stage is unlocked and the host is on its allow-list. */
  readonly permitted: boolean;
}

/** The legs of the same decision: they stand or fall, and count, together. */
export interface GroupView {
  /** Legs judged before this one: they count as pending. */
  readonly earlier: readonly OrderIntent[];
  readonly legCount: number;
  /** Value of all its OPEN legs, USD; NaN when a reference price is missing. */
  readonly openNotionalUsdFloat: number;
  /** Gross − fees − slippage over its OPEN legs as the house reckons, USD; undefined when one did not state it. */
  readonly netEdgeUsdFloat: number | undefined;
  readonly skew: InventorySkew;
  /** Strategy and instruments: what the churn breaker counts by. */
  readonly churnKey: string;
}

/** What may meet an order of ours at the venue: an order of ours, or one an operator took over. */
export type RestingOrder = Pick<OpenOrder, 'intentId' | 'side' | 'limitTicks'>;

export interface GateView {
  readonly nowUs: number;
  readonly nowMonotonicUs: number;
  readonly policy: ExecutionPolicy;
  readonly guard: GuardView;
  /** The guard's refusal of this intent's class; undefined: permitted. */
  readonly guardRefusal: RejectCode | undefined;
  /** Another group is being contained. */
  readonly containing: boolean;
  /** Until when our own impact closes this instrument to OPEN, monotonic µs; 0: it does not. */
  readonly impactBlockedUntilUs: number;
  readonly fees: FeeState;
  /** Limit the strategy asked for, before the house moved it away from the market. */
  readonly proposedTicks: number;
  /** Until when this key may open nothing, monotonic µs; 0: it may. */
  readonly churnBlockedUntilUs: number;
  /** One execution more of this kind would be one too many. */
  readonly repeats: (intent: OrderIntent) => boolean;
  /** Maintenance margin use of the account, 0…1; undefined: not known. */
  readonly marginUse: number | undefined;
  readonly market: MarketView;
  /** The intent's own instrument. */
  readonly seen: InstrumentView | undefined;
  readonly exposure: ExposureView;
  readonly openOrders: (instrumentName: string) => Iterable<RestingOrder>;
  readonly openOrderCount: number;
  readonly openGroupCount: number;
  readonly ordersInLastSecond: number;
  /** The venue credits left suffice for this class. */
  readonly creditsSuffice: boolean;
  readonly stage: StageView;
  readonly group: GroupView;
  /** Emergency closes and hedges are exempt from liquidity, edge and collar: they have a ladder. */
  readonly route: 'normal' | 'emergency';
}

export type Gate = (intent: OrderIntent, view: GateView) => GateResult;

export function reject(code: RejectCode, facts: GateFacts = {}): Rejection {
  return { code, facts };
}

/** Best opposite price in ticks, undefined without one. */
export function touchTicks(book: BookView, side: 'buy' | 'sell'): number | undefined {
  const opposite = side === 'buy' ? 'asks' : 'bids';
  return book.valid && book.depth(opposite) > 0 ? book.ticksAt(opposite, 0) : undefined;
}

/** Would trade against the book as it stands. */
export function crosses(book: BookView, side: 'buy' | 'sell', limitTicks: number): boolean {
  const touch = touchTicks(book, side);
  if (touch === undefined) return false;
  return side === 'buy' ? limitTicks >= touch : limitTicks <= touch;
}

/** USD price of the underlying: index, else mark, else last frame's middle for USD-quoted kinds. */
export function referenceUsdFloat(seen: InstrumentView | undefined): number {
  const ticker = seen?.ticker;
  if (ticker !== undefined && ticker.indexFloat > 0) return ticker.indexFloat;
  const option = seen?.instrument.kind === 'option';
  if (ticker !== undefined && !option && ticker.markFloat > 0) return ticker.markFloat;
  return Number.NaN;
}
