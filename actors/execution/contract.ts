/** The execution room's public types: what goes in, what comes out. */
import type { Adoption } from '../../streams/facts/adoption.ts';
import type { DecisionContext } from '../../streams/facts/decision.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { IntentClass, ProposedIntent } from '../../streams/facts/intent.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import type { ExecutionPolicy } from '../../streams/facts/policy/execution.ts';
import type { OpenOrder, PositionsView } from '../../streams/facts/positions.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';
import type { GroupNakedPayload } from '../../streams/facts/schemas/group.ts';
import type { VenueDelivery, VenueOrder, VenueTrade } from '../../streams/facts/venue-records.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { CapabilityOffice, DeribitSession } from '../../streams/venues/deribit/index.ts';
import type { PlaceReply } from '../../streams/venues/trading-client.ts';
import type { InputBasis } from '../evidence/index.ts';
import type { ExposureView } from './exposure.ts';
import type { FeeState } from './gates/fees.ts';
import type { GateFacts, StageView } from './gates/gate.ts';
import type { FlattenReport, FlattenScope } from './groups/account-flattener.ts';
import type { GuardGate } from './guard-gate.ts';
import type { VenueQueries } from './in-doubt.ts';
import type { LedgerOwner, LedgerStream } from './ledger.ts';
import type { GroupStyle, OrderRecord } from './order-record.ts';
import type { AppliedTransition } from './order-tracker.ts';
import type { AuditStream } from './suppression.ts';

export type LegOutcome =
  | {
      readonly kind: 'sent';
      readonly legIdx: number;
      readonly intentId: string;
      readonly class: IntentClass;
    }
  | {
      readonly kind: 'refused';
      readonly legIdx: number;
      /** Null: refused before it was an intent. */
      readonly intentId: string | null;
      readonly class: IntentClass;
      readonly code: RejectCode;
      /** The gate, or `dispatch` when the chokepoint stopped what was already recorded. */
      readonly gate: string;
      readonly facts: GateFacts;
    };

export interface SubmitOutcome {
  readonly groupId: string;
  readonly sent: number;
  /** One a proposal, in order. Siblings of a refused leg carry its code. */
  readonly legs: readonly LegOutcome[];
}

export type CancelOutcome =
  | { readonly kind: 'sent' }
  | { readonly kind: 'blocked'; readonly code: RejectCode; readonly cause: string }
  /** Not an order of ours, ended already, or not known to the venue yet. */
  | { readonly kind: 'nothing_to_cancel'; readonly cause: string };

/** What the streams of orders and fills are fed from. Called after the fact, never in its way. */
export interface ExecutionListener {
  onTransition?(order: OrderRecord, change: AppliedTransition): void;
  onFill?(trade: VenueTrade, order: OrderRecord | undefined): void;
  onSubmitted?(outcome: SubmitOutcome, decision: DecisionContext): void;
  /** What the venue said to an order; `unknown`: nothing, in time. */
  onAnswered?(order: OrderRecord, reply: PlaceReply): void;
  /** A group filled in part and its containment has ended. */
  onNaked?(event: GroupNakedPayload): void;
  /** An order with our label and no intent of this ledger. */
  onGhost?(order: VenueOrder): void;
  /** What the account held was closed, hedged, or could not be. */
  onFlattened?(report: FlattenReport): void;
}

export interface ExecutionOptions {
  readonly ports: Pick<Ports, 'clock' | 'telemetry'>;
  readonly pins: Pins;
  readonly owner: LedgerOwner;
  /** The policy in force; a new object when it changes. */
  readonly policy: () => ExecutionPolicy;
  readonly stage: StageView;
  /** What attributions are marked with. */
  readonly attributionMode: 'live' | 'paper' | 'shadow';
  readonly market: MarketView;
  readonly guard: GuardGate;
  readonly ledger: LedgerStream;
  readonly audit: AuditStream;
  readonly office: CapabilityOffice;
  readonly session: DeribitSession;
  /** Independent channel: HTTP with a session of its own. */
  readonly queries: VenueQueries;
  /** Venue clock − local clock, µs. Absent: 0. */
  readonly venueOffsetUs?: () => number;
  /** Which admitted facts a decision of now can know. Absent: nobody counts them. */
  readonly inputBasis?: () => InputBasis | null;
  /** The vol surface's last good fit for an option's expiry, as canonical JSON. Absent: nobody fits. */
  readonly surfaceFitJson?: (instrument: Instrument) => string | null;
  /** How old the fee rates are that edges are judged with. */
  readonly fees: () => FeeState;
  /** Until when our own impact closes an instrument to OPEN, monotonic µs. Absent: never. */
  readonly impactBlockedUntilUs?: (instrumentName: string) => number;
  /** Maintenance margin use of the account, 0…1; undefined: not known. */
  readonly marginUse?: () => number | undefined;
  readonly listener?: ExecutionListener;
}

export interface RecoverySummary {
  readonly records: number;
  readonly intents: number;
  readonly fills: number;
  /** Orders that are in doubt because of the restart. */
  readonly inDoubt: number;
  readonly durationMs: number;
}

export interface Execution {
  /** Replays the ledger and puts every unfinished order in doubt. Once, before anything else. */
  recover(): RecoverySummary;
  /**
   * The legs of one decision, synchronously from proposal to bytes handed over. Refusals are
   * answers; only a broken invariant throws (INTERNAL).
   */
  submit(
    proposals: readonly ProposedIntent[],
    decision: DecisionContext,
    style?: GroupStyle,
  ): SubmitOutcome;
  /** A decision that was made and may not be sent: one no-trade record a proposal, nothing else. */
  suppress(decision: DecisionContext, code: RejectCode, facts: GateFacts): void;
  /** Cancels one order by intent id or venue order id. */
  cancel(id: string, strategyId: string, traceId: string): CancelOutcome;
  /** Cancels an open order of the account: ours through its intent, a ghost by its venue id. */
  cancelVenueOrder(order: VenueOrder, strategyId: string): CancelOutcome;
  onVenueOrder(order: VenueOrder): void;
  onVenueTrade(trade: VenueTrade): void;
  /** The books of one message: one durable block. */
  onVenueTrades(trades: readonly VenueTrade[]): void;
  /** The trading session is gone (orders out of sight) or back (look them up). */
  onLinkDown(cause: string): void;
  onLinkUp(): void;
  /**
   * Takes over what an operator named: one durable block. Throws JOURNAL_*, and CONFLICT when the
   * ledger has moved since it was compared.
   */
  adopt(adoption: Adoption): void;
  /** This command was carried out before. */
  hasAdoption(adoptionId: string): boolean;
  /** An operator took over this order of the venue, and it is not over. */
  hasAdoptedOrder(orderId: string): boolean;
  readonly adoptedOrderCount: number;
  /** A proof: no trade is missing, and these orders are open. What was taken over and is not among them is over. */
  provenOpen(orders: readonly VenueOrder[]): void;
  /** Books what the venue delivered at expiry, once. Throws JOURNAL_*. */
  onVenueDelivery(delivery: VenueDelivery): void;
  hasDelivery(deliveryId: string): boolean;
  /** Instruments the ledger names: after `recover`, those of earlier runs as well. */
  readonly ledgerInstruments: Iterable<Instrument>;
  /** True when this trade is in the ledger. */
  hasTrade(tradeId: string): boolean;
  order(intentId: string): OrderRecord | undefined;
  /** An intent with this label is remembered by this ledger, ended or not. */
  hasLabel(label: string): boolean;
  /** Reconciliation proved that the venue never had it: ends it as `not_sent`. Idempotent. */
  markAbsent(intentId: string): void;
  orderByVenueId(orderId: string): OrderRecord | undefined;
  readonly positions: PositionsView;
  readonly exposure: ExposureView;
  readonly openOrders: Iterable<OpenOrder>;
  readonly inDoubtCount: number;
  /** Second dispatches of one intent, attempted or seen at the venue. Must stay 0. */
  readonly duplicateDispatches: number;
  /** Orders that should never have come so far, or that the venue called malformed. Must stay 0. */
  readonly illegalAttempts: number;
  /** Groups that filled in part, in the last 24 hours of this run. */
  readonly nakedEvents24h: number;
  /** Keys (strategy, instrument, side) that repeated too often and wait for an operator. */
  readonly throttled: readonly string[];
  /** Closes what the account holds: `account-flattener.ts`. Harmless when it is on already. */
  flatten(cause: string, scope: FlattenScope): void;
  /** An operator re-arms them. Returns the keys that may execute again. */
  rearm(): readonly string[];
  /** Atomic groups that are not over. */
  readonly openGroups: number;
  /** Lifecycle anomalies since start, by kind. */
  readonly anomalies: ReadonlyMap<string, number>;
  /** What a strategy may ask about its standing. */
  readonly standing: {
    positionLots(instrumentName: string): number;
    workingLots(instrumentName: string): number;
  };
  /** Refusals since start, by code. */
  readonly rejectCounts: ReadonlyMap<RejectCode, number>;
  /** The credits the venue grants this account, read from the account itself. */
  grantCredits(limits: { readonly creditsPerS: number; readonly burst: number }): void;
  /** Takes the credit of one read that may wait; false: not now, orders need the venue. */
  admitsRead(): boolean;
  /** Stops timers; nothing is sent any more. */
  stop(): void;
}
