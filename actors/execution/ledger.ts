/**
 * The intent ledger: what is on disk before the venue can see it. Intents go in with their capsule
 * and snapshot as one block, one sync; trade ids are durable before they are applied; transitions
 * follow at once. A failed write is reported and never retried here.
 */
import type { OrderLifecycleEventType } from '../../machines/order-lifecycle.ts';
import type { Adoption } from '../../streams/facts/adoption.ts';
import type { HoldfastError } from '../../streams/facts/errors.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type {
  OrderCancelPayload,
  OrderTransitionPayload,
} from '../../streams/facts/schemas/execution.ts';
import { traceIdOf } from '../../streams/facts/trace.ts';
import type { VenueDelivery } from '../../streams/facts/venue-records.ts';
import type { DecisionSnapshot, TruthCapsule } from '../evidence/index.ts';
import type { AdoptedOrder, AdoptedOrderEnd } from './adopted-orders.ts';
import { adoptionFacts, orderAdoptedEndedFact, tradeAdoptedFact } from './adoption-facts.ts';
import type { FactWriter, SortedFact } from './fact-writer.ts';
import { groupTransitionPayload } from './groups/group-records.ts';
import { OrderGroup } from './groups/order-group.ts';
import {
  type AttributedFill,
  deliveryPayload,
  fillPayload,
  intentJson,
  sortedRow,
  transitionJson,
} from './ledger-payloads.ts';
import type { OrderRecord } from './order-record.ts';
import { appendSurely } from './sure-append.ts';

/** A fact without the policy revision of the moment. */
export type Unstamped = Omit<SortedFact, 'policyRev'>;

/** The journal stream as far as the ledger needs it. It copies what it is given. */
export interface LedgerStream {
  /** Resolves when durable; rejects at once when the queue is full. */
  append(record: Uint8Array): Promise<number>;
  /**
   * One block, written and synced before it returns. `reserve`: cancels, reductions and what proves
   * them, which a full disk takes as well.
   */
  appendNow(records: readonly Uint8Array[], options?: { readonly reserve?: boolean }): number;
  readonly nextOffset: number;
  read(from: number): Iterable<{ readonly bytes: Uint8Array }>;
}

export interface LedgerOwner {
  readonly venue: string;
  readonly account: string;
}

export interface IntentBlock {
  /** Undefined: a reduction that goes on without. */
  readonly snapshot: DecisionSnapshot | undefined;
  readonly capsules: readonly TruthCapsule[];
  readonly orders: readonly OrderRecord[];
  /** The legs open risk together: the group's own first record goes into the block. */
  readonly grouped: boolean;
  readonly traceId: string;
  readonly tsUs: number;
}

export interface LedgerOptions {
  readonly stream: LedgerStream;
  readonly writer: FactWriter;
  readonly owner: LedgerOwner;
  readonly policyRev: () => string;
  readonly nowUs: () => number;
  /** An append that was not made durable: evidence cannot be GREEN. */
  readonly onWriteError: (error: HoldfastError) => void;
}

export class IntentLedger {
  readonly #options: LedgerOptions;
  /** Revisions the ledger holds: what later records refer to. */
  readonly #instruments = new Map<string, Instrument>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  get stream(): LedgerStream {
    return this.#options.stream;
  }

  get owner(): LedgerOwner {
    return this.#options.owner;
  }

  /** Told by replay, so that a revision is not written again after every start. */
  knowsInstrument(instrument: Instrument): void {
    this.#instruments.set(instrument.revision, instrument);
  }

  /** Every instrument it names. */
  readonly instruments = (): Iterable<Instrument> => this.#instruments.values();

  /** One block: instruments not yet known, snapshot, capsules, intents. Throws JOURNAL_*. */
  recordIntents(block: IntentBlock): void {
    const { traceId, tsUs, snapshot } = block;
    this.#options.writer.begin();
    const records: Uint8Array[] = this.#instrumentRecords(
      block.orders.map((order) => order.intent.instrument),
    );
    const add = (eventType: string, id: string, partitionKey: string, payload: string): void => {
      records.push(
        this.#record({ eventType, identity: [id], partitionKey, traceId, tsUs, payload }),
      );
    };
    if (snapshot !== undefined) {
      add('snapshot.recorded', snapshot.snapshotId, snapshot.decisionId, snapshot.text);
    }
    for (const { capsuleId, decisionId, text } of block.capsules) {
      add('capsule.recorded', capsuleId, decisionId, text);
    }
    for (const order of block.orders) {
      const { intentId, instrument } = order.intent;
      add('order.intent', intentId, this.#orderKey(instrument), intentJson(order));
    }
    if (block.grouped) records.push(this.#record(groupRecord(block)));
    const reserve = block.orders.every(({ intent }) => intent.class !== 'OPEN');
    this.#options.stream.appendNow(records, { reserve });
    for (const order of block.orders) this.knowsInstrument(order.intent.instrument);
  }

  /** Appended at once, durable with the next group commit. */
  recordTransition(
    order: OrderRecord,
    change: {
      readonly from: string;
      readonly event: OrderLifecycleEventType;
      readonly evidenceId?: string;
      readonly cause?: string;
      readonly anomaly: string | null;
    },
  ): void {
    const payload: OrderTransitionPayload = {
      anomaly: change.anomaly,
      cause: change.cause ?? null,
      event: change.event,
      evidence_id: change.evidenceId ?? null,
      from: change.from,
      intent_id: order.intent.intentId,
      reported_lots: order.reportedLots,
      sequence: order.sequence,
      to: order.state,
      venue_order_id: order.venueOrderId,
    };
    this.#append({
      eventType: 'order.transition',
      identity: [payload.intent_id, payload.from, payload.to, payload.evidence_id, order.sequence],
      partitionKey: this.#orderKey(order.intent.instrument),
      traceId: order.intent.traceId,
      tsUs: this.#options.nowUs(),
      payload: transitionJson(payload),
    });
  }

  recordCancel(instrument: Instrument, payload: OrderCancelPayload, traceId: string): void {
    this.#append({
      eventType: 'order.cancel_requested',
      identity: [payload.intent_id],
      partitionKey: this.#orderKey(instrument),
      traceId,
      tsUs: this.#options.nowUs(),
      payload,
    });
  }

  /** Trade ids, durable before it returns. Throws JOURNAL_*. */
  recordFills(fills: readonly AttributedFill[]): void {
    const { owner } = this.#options;
    const place = { owner, nowUs: this.#options.nowUs() };
    const facts: Unstamped[] = [];
    for (const { trade, order, attribution, adoptedBy } of fills) {
      if (adoptedBy !== undefined) {
        facts.push(tradeAdoptedFact(place, trade, adoptedBy));
        continue;
      }
      const { tradeId, tsUs, instrument } = trade;
      const identity = [owner.venue, owner.account, tradeId];
      const traceId = order?.intent.traceId ?? traceIdOf(`trade:${tradeId}`);
      const common = { identity, partitionKey: this.#orderKey(instrument), traceId, tsUs };
      const payload = fillPayload(trade, order?.intent.intentId ?? null, owner);
      facts.push({ ...common, eventType: 'fill.recorded', payload });
      // In the same block: no crash leaves a fill without the row that says what it cost.
      if (attribution !== undefined) {
        facts.push({ ...common, eventType: 'attribution.recorded', payload: attribution });
      }
    }
    const named = fills.map(({ trade }) => trade.instrument);
    this.#recordBlock(named, facts);
  }

  /** What an operator takes over, in one block, durable before it is applied. Throws JOURNAL_*. */
  recordAdoption(adoption: Adoption): void {
    const { trades, orders, positions } = adoption;
    const named = [...trades, ...orders, ...positions].map(({ instrument }) => instrument);
    const place = { owner: this.#options.owner, nowUs: this.#options.nowUs() };
    this.#recordBlock(named, adoptionFacts(place, adoption));
  }

  /** An order that had been taken over is over; appended at once, durable with the next commit. */
  recordAdoptedEnd(order: AdoptedOrder, end: AdoptedOrderEnd): void {
    const place = { owner: this.#options.owner, nowUs: this.#options.nowUs() };
    this.#append(orderAdoptedEndedFact(place, order, end));
  }

  /** What the venue delivered, durable before it is applied. Throws JOURNAL_*. */
  recordDelivery(delivery: VenueDelivery, lotsBefore: number): void {
    const { instrument, tsUs, deliveryId } = delivery;
    const { owner } = this.#options;
    const fact = {
      eventType: 'position.delivered',
      identity: [owner.venue, owner.account, deliveryId],
      partitionKey: this.#orderKey(instrument),
      traceId: traceIdOf(`delivery:${deliveryId}`),
      tsUs,
      payload: deliveryPayload(delivery, lotsBefore, owner),
    };
    this.#recordBlock([instrument], [fact]);
  }

  /** One block with the instruments it names; a full disk takes it from the reserve. */
  #recordBlock(instruments: readonly Instrument[], facts: readonly Unstamped[]): void {
    const records = this.#instrumentRecords(instruments);
    for (const fact of facts) records.push(this.#encode(fact));
    this.#options.stream.appendNow(records, { reserve: true });
    for (const instrument of instruments) this.knowsInstrument(instrument);
  }

  #instrumentRecords(instruments: readonly Instrument[]): Buffer[] {
    const records: Buffer[] = [];
    const inBlock = new Set<string>();
    for (const instrument of instruments) {
      if (this.#instruments.has(instrument.revision) || inBlock.has(instrument.revision)) continue;
      inBlock.add(instrument.revision);
      records.push(
        this.#encode({
          eventType: 'instrument.recorded',
          identity: [instrument.revision],
          partitionKey: instrument.name,
          traceId: traceIdOf(`instrument:${instrument.revision}`),
          tsUs: this.#options.nowUs(),
          payload: { instrument: sortedRow(instrument), revision: instrument.revision },
        }),
      );
    }
    return records;
  }

  #append(fact: Unstamped): void {
    const { stream, onWriteError } = this.#options;
    appendSurely(stream, this.#encode(fact), onWriteError);
  }

  #encode(fact: Unstamped): Buffer {
    return this.#options.writer.encode(this.#stamped(fact));
  }

  /** A record of the block that is being written. */
  #record(fact: Unstamped): Uint8Array {
    return this.#options.writer.append(this.#stamped(fact));
  }

  // Member by member: with a spread V8 makes a dictionary of it.
  #stamped({ eventType, identity, partitionKey, traceId, tsUs, payload }: Unstamped): SortedFact {
    const policyRev = this.#options.policyRev();
    return { eventType, tsUs, identity, partitionKey, traceId, policyRev, payload };
  }

  #orderKey(instrument: Instrument): string {
    return `${this.#options.owner.account}:${instrument.name}`;
  }
}

function groupRecord({ orders, traceId, tsUs }: IntentBlock): Unstamped {
  const opening = orders.filter(({ intent }) => intent.class === 'OPEN');
  const group = new OrderGroup(opening);
  group.apply('ledger.recorded');
  const payload = groupTransitionPayload(group, 'new', 'ledger.recorded');
  const identity = [payload.group_id, payload.from, payload.to, payload.sequence];
  const partitionKey = payload.group_id;
  return { eventType: 'group.transition', identity, partitionKey, traceId, tsUs, payload };
}
