/** What reconciliation sees of the ledger, and what it may do to it. */
import { type Execution, type OrderRecord, parseLabel } from '../../actors/execution/index.ts';
import type {
  LedgerCut,
  LedgerOrder,
  LedgerView,
  ReconcileActions,
} from '../../actors/reconciliation/index.ts';
import { decodeEnvelope } from '../../streams/facts/envelope.ts';
import { usFromIso } from '../../streams/facts/time.ts';
import type { Clock } from '../../streams/ports/index.ts';

/** What is read of the execution room, and what is asked of it. */
type ReadExecution = Pick<
  Execution,
  | 'openOrders'
  | 'order'
  | 'positions'
  | 'hasLabel'
  | 'hasTrade'
  | 'hasDelivery'
  | 'hasAdoption'
  | 'hasAdoptedOrder'
>;
type ActedExecution = Pick<
  Execution,
  | 'hasTrade'
  | 'onVenueTrade'
  | 'hasDelivery'
  | 'onVenueDelivery'
  | 'onVenueOrder'
  | 'cancelVenueOrder'
  | 'markAbsent'
  | 'adopt'
  | 'provenOpen'
>;

/** The part of the journal that is read at start. */
interface ReadJournal {
  stream(name: 'ledger' | 'control'): {
    read(from: number): Iterable<{ readonly bytes: Uint8Array }>;
  };
}

/** Where the last proof stood; survives in the control stream. */
export interface ReconcileMark {
  /** When this ledger began, epoch µs. */
  readonly bornUs: number;
  lastReconciledUs: number | null;
}

function ledgerOrderOf(order: OrderRecord): LedgerOrder {
  const { intent } = order;
  return {
    intentId: intent.intentId,
    label: intent.label,
    instrument: intent.instrument,
    lots: intent.qtyLots,
    filledLots: order.tradedLots,
    state: order.state,
    reduceOnly: intent.reduceOnly,
    recordedUs: order.sentUs ?? 0,
    validUntilUs: intent.validUntilUs,
  };
}

function cutOf(execution: ReadExecution): LedgerCut {
  const orders = new Map<string, LedgerOrder>();
  for (const { intentId } of execution.openOrders) {
    const order = execution.order(intentId);
    if (order !== undefined) orders.set(order.intent.label, ledgerOrderOf(order));
  }
  const positions = new Map<string, number>();
  for (const { instrument, signedLots } of execution.positions.all) {
    if (signedLots !== 0) positions.set(instrument.name, signedLots);
  }
  return { orders, positions };
}

export function ledgerView(
  account: string,
  execution: ReadExecution,
  mark: ReconcileMark,
  exposureSafe: () => boolean,
): LedgerView {
  return {
    cut: () => cutOf(execution),
    hasIntent: (label) => execution.hasLabel(label),
    ownsLabel: (label) => parseLabel(label) !== undefined,
    knowsTrade: (_instrument, tradeId) => execution.hasTrade(tradeId),
    instrumentOf: (name) => execution.positions.get(name)?.instrument,
    hasAdoption: (adoptionId) => execution.hasAdoption(adoptionId),
    hasAdoptedOrder: (orderId) => execution.hasAdoptedOrder(orderId),
    account,
    knowsDelivery: (deliveryId) => execution.hasDelivery(deliveryId),
    get bornUs() {
      return mark.bornUs;
    },
    get lastReconciledUs() {
      return mark.lastReconciledUs;
    },
    exposureSafe,
  };
}

/** The enumerated corrections, executed through the rooms that own them. */
export function reconcileActions(execution: ActedExecution, mark: ReconcileMark): ReconcileActions {
  return {
    recordMissedFill: (trade) => {
      if (execution.hasTrade(trade.tradeId)) return false;
      execution.onVenueTrade(trade);
      return true;
    },
    recordDelivery: (delivery) => {
      if (execution.hasDelivery(delivery.deliveryId)) return false;
      execution.onVenueDelivery(delivery);
      return true;
    },
    observeOrder: (order) => execution.onVenueOrder(order),
    cancelOrder: (order, cause) =>
      Promise.resolve(execution.cancelVenueOrder(order, `reconciliation.${cause}`).kind === 'sent'),
    declareAbsent: ({ intentId }) => execution.markAbsent(intentId),
    recordProof: (reconciledToUs, openOrders) => {
      if (reconciledToUs > 0)
        mark.lastReconciledUs = Math.max(mark.lastReconciledUs ?? 0, reconciledToUs);
      execution.provenOpen(openOrders);
    },
    adopt: (adoption) => execution.adopt(adoption),
  };
}

const finishedText = '"event_type":"reconcile.finished"';

/**
 * Where the last proof of an earlier run stood, conservatively: the start of what it looked at. An
 * empty ledger is born now.
 */
export function reconcileMark(journal: ReadJournal, clock: Pick<Clock, 'nowUs'>): ReconcileMark {
  let bornUs = clock.nowUs();
  for (const { bytes } of journal.stream('ledger').read(0)) {
    bornUs = usFromIso(decodeEnvelope(bytes).ts_utc);
    break;
  }
  let lastReconciledUs: number | null = null;
  for (const { bytes } of journal.stream('control').read(0)) {
    // Most of the stream is something else: looked for as text, which every encoding of it holds.
    if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(finishedText)) continue;
    const { event_type, payload } = decodeEnvelope(bytes);
    if (event_type !== 'reconcile.finished' || payload.outcome !== 'proven') continue;
    const from = payload.lookback_from_us;
    if (typeof from === 'number') lastReconciledUs = from;
  }
  return { bornUs, lastReconciledUs };
}
