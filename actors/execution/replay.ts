/**
 * The ledger read back: orders, trades, positions. A recorded intent that has not ended cannot be
 * told from one that was sent, so after replay every such order is in doubt; nothing is re-sent.
 */
import { isTerminal } from '../../machines/order-lifecycle.ts';
import { gridCountOfText } from '../../streams/facts/decimal.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { canonicalJson } from '../../streams/facts/hash.ts';
import {
  type Instrument,
  type InstrumentRow,
  instrumentOf,
} from '../../streams/facts/instrument.ts';
import {
  type FactReader,
  factReader,
  factSchemas,
  parseFact,
} from '../../streams/facts/registry.ts';
import type { CapsuleRecordedPayload } from '../../streams/facts/schemas/evidence.ts';
import type {
  FillRecordedPayload,
  OrderIntentPayload,
  OrderTransitionPayload,
} from '../../streams/facts/schemas/execution.ts';
import type { GroupTransitionPayload } from '../../streams/facts/schemas/group.ts';
import type {
  PositionAdoptedPayload,
  PositionDeliveredPayload,
} from '../../streams/facts/schemas/position.ts';
import type { FactSchemaTable } from '../../streams/facts/schemas/schema-table.ts';
import { usFromIso } from '../../streams/facts/time.ts';
import type { VenueDelivery } from '../../streams/facts/venue-records.ts';
import type { IntentLedger } from './ledger.ts';
import { intentOfPayload } from './ledger-payloads.ts';
import { newOrderRecord, type OrderRecord, unseenMarket } from './order-record.ts';
import type { Fill } from './positions.ts';

/** The event type stands within the first bytes of a canonical fact. */
const headBytes = 256;
const nothingToReplay = /"event_type":"(snapshot|attribution)\.recorded"/;
/** What stands around the payload of a canonical fact; within a text each quote is escaped. */
const typeMark = ',"event_type":"';
const payloadMark = ',"payload":';
const pinsMark = ',"pins":';
const versionMark = ',"schema_version":';
const traceMark = ',"trace_id":"';
const timeMark = ',"ts_utc":"';

/** The ledger as replay needs it. */
type ReplayedLedger = Pick<IntentLedger, 'stream' | 'knowsInstrument'>;

/** What replay does with what it reads. */
export interface ReplayTarget {
  addOrder(order: OrderRecord): void;
  group(payload: GroupTransitionPayload): void;
  orderOf(intentId: string): OrderRecord | undefined;
  restore(order: OrderRecord, payload: OrderTransitionPayload): void;
  trade(tradeId: string, fill: Fill, order: OrderRecord | undefined): void;
  adopt(instrument: Instrument, lots: number, averagePriceFloat: number, tsUs: number): void;
  deliver(delivery: VenueDelivery): void;
}

export interface ReplaySummary {
  readonly records: number;
  readonly intents: number;
  readonly fills: number;
}

interface CutFact {
  readonly type: string;
  readonly traceId: string;
  readonly tsUtc: string;
  /** Canonical JSON of the payload. */
  readonly payload: string;
}

function quoted(text: string, mark: string, at: number): string {
  const from = at + mark.length;
  return text.slice(from, text.indexOf('"', from));
}

/**
 * Cuts a fact of its type's current version, in canonical form, without parsing it: the envelope is half
 * of the bytes and little of it is read here. Undefined for any other form.
 */
function cutFact(text: string, versions: ReadonlyMap<string, string>): CutFact | undefined {
  const typeAt = text.indexOf(typeMark);
  const payloadAt = text.indexOf(payloadMark, typeAt);
  const pinsAt = text.lastIndexOf(pinsMark);
  const versionAt = text.indexOf(versionMark, pinsAt);
  const traceAt = text.indexOf(traceMark, versionAt);
  const timeAt = text.indexOf(timeMark, traceAt);
  if (typeAt < 0 || payloadAt < typeAt || pinsAt < payloadAt) return undefined;
  if (versionAt < pinsAt || traceAt < versionAt || timeAt < traceAt) return undefined;
  const type = quoted(text, typeMark, typeAt);
  const version = text.slice(versionAt + versionMark.length, traceAt);
  if (version !== versions.get(type)) return undefined;
  return {
    type,
    traceId: quoted(text, traceMark, traceAt),
    tsUtc: quoted(text, timeMark, timeAt),
    payload: text.slice(payloadAt + payloadMark.length, pinsAt),
  };
}

/** A fact of an older version, brought up to date by the registry; refuses types it does not know. */
function upcastFact(bytes: Uint8Array, read: FactReader): CutFact {
  const { event_type: type, trace_id: traceId, ts_utc: tsUtc, payload } = read(bytes);
  return { type, traceId, tsUtc, payload: canonicalJson(payload) };
}

/** Which version of each type is current, as it is written, and who reads the others. */
interface FactVersions {
  readonly current: ReadonlyMap<string, string>;
  readonly read: FactReader;
}

function versionsOf(table: FactSchemaTable, read: FactReader): FactVersions {
  const current = Object.entries(table).map(([type, row]) => [type, `${row.version}`] as const);
  return { current: new Map(current), read };
}

const knownVersions = versionsOf(factSchemas, parseFact);

/** The number (or null) of a member of canonical JSON text. */
function numberOf(text: string, name: string): number | null {
  const mark = `"${name}":`;
  const from = text.indexOf(mark) + mark.length;
  const value = text.slice(from, text.indexOf(',', from));
  return value === 'null' ? null : Number(value);
}

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
  readonly #capsules = new Map<string, Promised>();
  intents = 0;
  fills = 0;

  constructor(ledger: ReplayedLedger, target: ReplayTarget, versions: FactVersions) {
    this.#versions = versions;
    this.#ledger = ledger;
    this.#target = target;
  }

  take(bytes: Uint8Array): void {
    const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headBytes));
    if (nothingToReplay.test(head.toString('latin1'))) return;
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
      case 'position.adopted':
        this.#adopted(JSON.parse(payload), tsUtc);
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
  return { records, intents: replay.intents, fills: replay.fills };
}

/** Orders whose fate a restart makes unknown. */
export function doubtful(orders: Iterable<OrderRecord>): OrderRecord[] {
  return [...orders].filter((order) => !isTerminal(order.state));
}
