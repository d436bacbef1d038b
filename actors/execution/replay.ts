/**
 * The ledger read back: orders, trades, positions. A recorded intent that has not ended cannot be
 * told from one that was sent, so after replay every such order is in doubt; nothing is re-sent.
 */
import { isTerminal } from '../../machines/order-lifecycle.ts';
import { gridCountOfText } from '../../streams/facts/decimal.ts';
import type { Fact } from '../../streams/facts/envelope.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import {
  type Instrument,
  type InstrumentRow,
  instrumentOf,
} from '../../streams/facts/instrument.ts';
import { parseFact } from '../../streams/facts/registry.ts';
import type {
  CapsuleRecordedPayload,
  FillRecordedPayload,
  OrderIntentPayload,
  OrderTransitionPayload,
  PositionAdoptedPayload,
} from '../../streams/facts/schemas/execution.ts';
import { usFromIso } from '../../streams/facts/time.ts';
import type { IntentLedger } from './ledger.ts';
import { intentOfPayload } from './ledger-payloads.ts';
import { newOrderRecord, type OrderRecord } from './order-record.ts';
import type { Fill } from './positions.ts';

/** Current version of every ledger fact: an older one goes through the registry's upcasters. */
const currentVersion = 1;
/** The event type stands within the first bytes of a canonical fact. */
const headBytes = 256;

/** What replay does with what it reads. */
export interface ReplayTarget {
  addOrder(order: OrderRecord): void;
  orderOf(intentId: string): OrderRecord | undefined;
  restore(order: OrderRecord, payload: OrderTransitionPayload): void;
  trade(tradeId: string, fill: Fill, order: OrderRecord | undefined): void;
  adopt(instrument: Instrument, lots: number, averagePriceFloat: number, tsUs: number): void;
}

export interface ReplaySummary {
  readonly records: number;
  readonly intents: number;
  readonly fills: number;
}

class Replay {
  readonly #ledger: IntentLedger;
  readonly #target: ReplayTarget;
  readonly #instruments = new Map<string, Instrument>();
  readonly #capsules = new Map<string, CapsuleRecordedPayload>();
  intents = 0;
  fills = 0;

  constructor(ledger: IntentLedger, target: ReplayTarget) {
    this.#ledger = ledger;
    this.#target = target;
  }

  take(bytes: Uint8Array): void {
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headBytes));
    // Snapshots are the largest records and change nothing here.
    if (head.includes('"event_type":"snapshot.recorded"')) return;
    const fact = this.#parse(bytes);
    switch (fact.event_type) {
      case 'instrument.recorded':
        this.#instrument(fact.payload as { instrument: InstrumentRow; revision: string });
        break;
      case 'capsule.recorded': {
        const capsule = fact.payload as unknown as CapsuleRecordedPayload;
        this.#capsules.set(capsule.intent_id, capsule);
        break;
      }
      case 'order.intent':
        this.#intent(fact.payload as unknown as OrderIntentPayload, fact.trace_id);
        break;
      case 'order.transition':
        this.#transition(fact.payload as unknown as OrderTransitionPayload);
        break;
      case 'fill.recorded':
        this.#fill(fact.payload as unknown as FillRecordedPayload, fact.ts_utc);
        break;
      case 'position.adopted':
        this.#adopted(fact.payload as unknown as PositionAdoptedPayload, fact.ts_utc);
        break;
      // Groups, cancels and recovery marks are read by others.
    }
  }

  /** The journal has proved the bytes; the registry is asked only for older versions. */
  #parse(bytes: Uint8Array): Fact {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    const fact = JSON.parse(text) as Fact;
    return fact.schema_version === currentVersion ? fact : parseFact(bytes);
  }

  #instrument(payload: { readonly instrument: InstrumentRow; readonly revision: string }): void {
    this.#instruments.set(payload.revision, instrumentOf(payload.instrument));
    this.#ledger.knowsInstrument(payload.revision);
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
      },
    );
    order.state = 'recorded';
    // Whatever happened, this process will not send it: it may have been sent.
    order.dispatched = true;
    this.intents += 1;
    this.#target.addOrder(order);
  }

  #transition(payload: OrderTransitionPayload): void {
    const order = this.#target.orderOf(payload.intent_id);
    if (order !== undefined) this.#target.restore(order, payload);
  }

  #fill(payload: FillRecordedPayload, tsUtc: string): void {
    const instrument = this.#instrumentOf(payload.instrument_revision);
    const order = payload.intent_id === null ? undefined : this.#target.orderOf(payload.intent_id);
    this.fills += 1;
    this.#target.trade(
      payload.trade_id,
      {
        instrument,
        side: payload.side,
        priceTicks: gridCountOfText(instrument.price, payload.price, 'exact'),
        lots: gridCountOfText(instrument.amount, payload.amount, 'exact'),
        feeFloat: Number(payload.fee),
        indexFloat: payload.index_price_float,
        tsUs: usFromIso(tsUtc),
      },
      order,
    );
  }

  #adopted(payload: PositionAdoptedPayload, tsUtc: string): void {
    const instrument = this.#instrumentOf(payload.instrument_revision);
    const lots = gridCountOfText(instrument.amount, payload.amount, 'exact');
    this.#target.adopt(instrument, lots, payload.average_price_float, usFromIso(tsUtc));
  }
}

/** Reads the whole ledger into the target. Throws JOURNAL_DAMAGED when it does not fit together. */
export function replayLedger(ledger: IntentLedger, target: ReplayTarget): ReplaySummary {
  const replay = new Replay(ledger, target);
  let records = 0;
  for (const { bytes } of ledger.stream.read(0)) {
    replay.take(bytes);
    records += 1;
  }
  return { records, intents: replay.intents, fills: replay.fills };
}

/** Orders whose fate a restart makes unknown. */
export function doubtful(orders: Iterable<OrderRecord>): OrderRecord[] {
  return [...orders].filter((order) => !isTerminal(order.state));
}
