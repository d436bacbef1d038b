/**
 * The ledger read back: orders, trades, positions. A recorded intent that has not ended cannot be
 * told from one that was sent, so after replay every such order is in doubt; nothing is re-sent.
 */
import { isTerminal } from '../../machines/order-lifecycle.ts';
import { gridCountOfText } from '../../streams/facts/decimal.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import {
  type Instrument,
  type InstrumentRow,
  instrumentOf,
} from '../../streams/facts/instrument.ts';
import { factReader, factSchemas, parseFact } from '../../streams/facts/registry.ts';
import type { CapsuleRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
import type {
  FillRecordedPayload,
  OrderIntentPayload,
  OrderTransitionPayload,
} from '../../streams/facts/schemas/execution.ts';
import type { GroupTransitionPayload } from '../../streams/facts/schemas/group.ts';
import type { PositionDeliveredPayload } from '../../streams/facts/schemas/position.ts';
import type { FactSchemaTable } from '../../streams/facts/schemas/schema-table.ts';
import { usFromIso } from '../../streams/facts/time.ts';
import type { VenueDelivery } from '../../streams/facts/venue-records.ts';
import {
  cutFact,
  type FactVersions,
  numberOf,
  quoted,
  upcastFact,
  versionsOf,
} from './cut-fact.ts';
import type { IntentLedger } from './ledger.ts';
import { intentOfPayload } from './ledger-payloads.ts';
import { isSettled, newOrderRecord, type OrderRecord, unseenMarket } from './order-record.ts';
import type { Fill } from './positions.ts';
import { type AdoptionTarget, recordedFill, replayAdoption } from './replay-adoption.ts';
import { lessonOf, lessonsMax, marketOfSnapshot, type SlippageLesson } from './replayed-market.ts';

/** The event type stands within the first bytes of a canonical fact. */
const headBytes = 256;
const isSnapshot = '"event_type":"snapshot.recorded"';

/** The ledger as replay needs it. */
type ReplayedLedger = Pick<IntentLedger, 'stream' | 'knowsInstrument'>;

/** What replay does with what it reads. */
export interface ReplayTarget {
  addOrder(order: OrderRecord): void;
  group(payload: GroupTransitionPayload): void;
  orderOf(intentId: string): OrderRecord | undefined;
  restore(order: OrderRecord, payload: OrderTransitionPayload): void;
  trade(tradeId: string, fill: Fill, order: OrderRecord | undefined): void;
  adopted: AdoptionTarget;
  deliver(delivery: VenueDelivery): void;
  /** How kind a prediction was, of the last fills, oldest first. */
  learn(lesson: SlippageLesson): void;
}

export interface ReplaySummary {
  readonly records: number;
  readonly intents: number;
  readonly fills: number;
}

const knownVersions = versionsOf(factSchemas, parseFact);

/** Three numbers of a text that is mostly names of gates. */
type Promised = Pick<
  CapsuleRecordedPayload,
  'fair_price_float' | 'predicted_slippage_bps_float' | 'decided_us'
>;

class Replay {
  readonly #ledger: ReplayedLedger;
  readonly #target: ReplayTarget;
  readonly #versions: FactVersions;
  readonly #instruments = new Map<string, Instrument>();
  readonly #kinds = new Map<string, Instrument['kind']>();
  readonly #capsules = new Map<string, Promised>();
  /** The snapshots of orders that may still fill: bytes, read at the end for those that are left. */
  readonly #snapshots = new Map<OrderRecord, Buffer>();
  readonly #lessons: SlippageLesson[] = [];
  #snapshot: Buffer | undefined;
  intents = 0;
  fills = 0;

  constructor(ledger: ReplayedLedger, target: ReplayTarget, versions: FactVersions) {
    this.#versions = versions;
    this.#ledger = ledger;
    this.#target = target;
  }

  take(bytes: Uint8Array): void {
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headBytes));
    if (head.includes(isSnapshot)) {
      this.#snapshot = Buffer.from(bytes);
      return;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    const { type, traceId, tsUtc, payload } =
      cutFact(text, this.#versions.current) ?? upcastFact(bytes, this.#versions.read);
    switch (type) {
      case 'instrument.recorded':
        this.#instrument(JSON.parse(payload));
        break;
      case 'capsule.recorded':
        this.#capsule(payload);
        break;
      case 'order.intent':
        this.#intent(JSON.parse(payload), traceId);
        break;
      case 'order.transition':
        this.#transition(JSON.parse(payload));
        break;
      case 'group.transition':
        this.#target.group(JSON.parse(payload) as GroupTransitionPayload);
        break;
      case 'fill.recorded':
        this.#fill(JSON.parse(payload), tsUtc);
        break;
      case 'attribution.recorded':
        this.#attribution(payload);
        break;
      case 'trade.adopted':
      case 'order.adopted':
      case 'order.adopted_ended':
      case 'position.adopted':
        replayAdoption(
          { type, tsUs: usFromIso(tsUtc), payload: JSON.parse(payload) },
          (revision) => this.#instrumentOf(revision),
          this.#target.adopted,
        );
        break;
      case 'position.delivered':
        this.#delivered(JSON.parse(payload), tsUtc);
        break;
    }
  }

  /** Not parsed: of its text, most of which names gates, three numbers are kept. */
  #capsule(payload: string): void {
    const intentMark = '"intent_id":"';
    this.#capsules.set(quoted(payload, intentMark, payload.indexOf(intentMark)), {
      fair_price_float: numberOf(payload, 'fair_price_float'),
      predicted_slippage_bps_float: Number(numberOf(payload, 'predicted_slippage_bps_float')),
      decided_us: Number(numberOf(payload, 'decided_us')),
    });
  }

  #instrument(payload: { readonly instrument: InstrumentRow; readonly revision: string }): void {
    const instrument = instrumentOf(payload.instrument);
    this.#instruments.set(payload.revision, instrument);
    this.#kinds.set(instrument.name, instrument.kind);
    this.#ledger.knowsInstrument(instrument);
  }

  #instrumentOf(revision: string): Instrument {
    const instrument = this.#instruments.get(revision);
    if (instrument === undefined) {
      throw new HoldfastError('JOURNAL_DAMAGED', `the ledger has no instrument ${revision}`);
    }
    return instrument;
  }

  #intent(payload: OrderIntentPayload, traceId: string): void {
    const instrument = this.#instrumentOf(payload.instrument_revision);
    const capsule = this.#capsules.get(payload.intent_id);
    this.#capsules.delete(payload.intent_id);
    const order = newOrderRecord(
      intentOfPayload(payload, instrument, traceId),
      { style: payload.group_style, legs: payload.group_legs },
      {
        capsuleId: payload.capsule_id,
        fairPriceFloat: capsule?.fair_price_float ?? null,
        predictedSlippageBpsFloat: capsule?.predicted_slippage_bps_float ?? null,
        decidedUs: capsule?.decided_us ?? null,
        ...unseenMarket,
      },
    );
    // Whatever happened, this process will not send it: it may have been sent.
    Object.assign(order, { state: 'recorded', dispatched: true });
    this.intents += 1;
    // A capsule stands in one block with its snapshot, after it.
    if (capsule !== undefined && this.#snapshot !== undefined) {
      this.#snapshots.set(order, this.#snapshot);
    }
    this.#target.addOrder(order);
  }

  /** Orders that can fill no more need no market any more. */
  #forget(order: OrderRecord): void {
    if (isSettled(order)) this.#snapshots.delete(order);
  }

  #attribution(payload: string): void {
    const lesson = lessonOf(payload, (name) => this.#kinds.get(name));
    if (lesson === undefined) return;
    this.#lessons.push(lesson);
    if (this.#lessons.length >= 2 * lessonsMax) this.#lessons.splice(0, lessonsMax);
  }

  /** Gives the orders that may still fill the market they were decided on, and teaches the last fills. */
  finish(): void {
    for (const [order, bytes] of this.#snapshots) {
      order.expectation = { ...order.expectation, ...marketOfSnapshot(bytes, order) };
    }
    for (const lesson of this.#lessons.slice(-lessonsMax)) this.#target.learn(lesson);
  }

  #transition(payload: OrderTransitionPayload): void {
    const order = this.#target.orderOf(payload.intent_id);
    if (order === undefined) return;
    this.#target.restore(order, payload);
    this.#forget(order);
  }

  #fill(payload: FillRecordedPayload, tsUtc: string): void {
    const instrument = this.#instrumentOf(payload.instrument_revision);
    const order = payload.intent_id === null ? undefined : this.#target.orderOf(payload.intent_id);
    this.fills += 1;
    const fill = recordedFill(payload, instrument, usFromIso(tsUtc));
    this.#target.trade(payload.trade_id, fill, order);
    if (order !== undefined) this.#forget(order);
  }

  #delivered(payload: PositionDeliveredPayload, tsUtc: string): void {
    const instrument = this.#instrumentOf(payload.instrument_revision);
    this.#target.deliver({
      deliveryId: payload.delivery_id,
      instrument,
      tsUs: usFromIso(tsUtc),
      signedLots: gridCountOfText(instrument.amount, payload.amount, 'exact'),
      indexFloat: payload.index_price_float,
      markFloat: payload.mark_price_float,
      profitFloat: payload.venue_profit_float,
    });
  }
}

/**
 * Reads the whole ledger into the target. Throws JOURNAL_DAMAGED when it does not fit together and
 * SCHEMA_INVALID for a fact no version of `table` knows.
 */
export function replayLedger(
  ledger: ReplayedLedger,
  target: ReplayTarget,
  table: FactSchemaTable = factSchemas,
): ReplaySummary {
  const versions = table === factSchemas ? knownVersions : versionsOf(table, factReader(table));
  const replay = new Replay(ledger, target, versions);
  let records = 0;
  for (const { bytes } of ledger.stream.read(0)) {
    replay.take(bytes);
    records += 1;
  }
  replay.finish();
  return { records, intents: replay.intents, fills: replay.fills };
}

/** Orders whose fate a restart makes unknown. */
export function doubtful(orders: Iterable<OrderRecord>): OrderRecord[] {
  return [...orders].filter((order) => !isTerminal(order.state));
}
