/**
 * Compares venue and ledger, pure. Authority: venue trades, venue orders, venue positions, ledger.
 *
 * Fills happen while the venue is being read, so an instrument whose trades, orders or position
 * changed between the first and the last read has *moved*: nothing is concluded about it, and the
 * collection is repeated. Nothing is inferred: a position that does not fit is a difference, never
 * a made-up fill.
 */
import type { VenueDelivery, VenueOrder, VenueTrade } from '../../streams/facts/venue-records.ts';
import type { Collection, Difference, LedgerCut, LedgerOrder, LedgerView } from './contract.ts';

export interface Comparison {
  /** Real trades the ledger lacks and an intent exists for. */
  readonly missedFills: readonly VenueTrade[];
  /** Expired positions of ours that the venue turned into cash, not in the ledger yet. */
  readonly deliveries: readonly VenueDelivery[];
  /** The venue's word on intents that are not terminal here. */
  readonly observed: readonly VenueOrder[];
  /** Our label, no intent; or an intent that ended here and is open there. */
  readonly ghosts: readonly VenueOrder[];
  readonly differences: readonly Difference[];
  /** Instruments about which nothing can be said this time. */
  readonly moved: ReadonlySet<string>;
  /** Venue time of the newest trade read, epoch µs; 0: none. */
  readonly newestTradeUs: number;
}

type LedgerFacts = Pick<
  LedgerView,
  'hasIntent' | 'ownsLabel' | 'knowsTrade' | 'knowsDelivery' | 'bornUs'
>;

const tradeKey = (trade: VenueTrade): string => `${trade.instrument.name} ${trade.tradeId}`;

function movedInstruments(collection: Collection): Set<string> {
  const { before, after } = collection;
  const moved = new Set<string>();
  const seen = new Set(collection.trades.map(tradeKey));
  for (const trade of collection.tradesAfter) {
    if (!seen.has(tradeKey(trade))) moved.add(trade.instrument.name);
  }
  for (const name of new Set([...before.positions.keys(), ...after.positions.keys()])) {
    if ((before.positions.get(name) ?? 0) !== (after.positions.get(name) ?? 0)) moved.add(name);
  }
  for (const label of new Set([...before.orders.keys(), ...after.orders.keys()])) {
    const was = before.orders.get(label);
    const is = after.orders.get(label);
    if (was?.state === is?.state && was?.filledLots === is?.filledLots) continue;
    moved.add(((is ?? was) as LedgerOrder).instrument.name);
  }
  return moved;
}

interface TradeFindings {
  readonly missedFills: VenueTrade[];
  readonly unknown: Difference[];
  readonly newestTradeUs: number;
}

/** The first read decides: the stream has had the time of all other reads to deliver by now. */
function compareTrades(collection: Collection, ledger: LedgerFacts): TradeFindings {
  const missedFills: VenueTrade[] = [];
  const unknown: Difference[] = [];
  let newestTradeUs = 0;
  for (const trade of collection.trades) {
    newestTradeUs = Math.max(newestTradeUs, trade.tsUs);
    if (ledger.knowsTrade(trade.instrument, trade.tradeId)) continue;
    if (ledger.hasIntent(trade.label)) missedFills.push(trade);
    else if (trade.tsUs >= ledger.bornUs) unknown.push(unknownTrade(trade));
  }
  return { missedFills, unknown, newestTradeUs };
}

function unknownTrade(trade: VenueTrade): Difference {
  const signed = trade.side === 'buy' ? trade.lots : -trade.lots;
  return { kind: 'unknown_trade', subject: tradeKey(trade), venue: String(signed), ledger: null };
}

/** Open orders of ours that no live intent stands behind, before the reads nor after. */
export function ghostsAmong(
  openOrders: readonly VenueOrder[],
  before: LedgerCut,
  after: LedgerCut,
  ledger: Pick<LedgerView, 'ownsLabel'>,
): VenueOrder[] {
  return openOrders.filter(
    ({ label }) => ledger.ownsLabel(label) && !before.orders.has(label) && !after.orders.has(label),
  );
}

interface OrderFindings {
  readonly observed: VenueOrder[];
  readonly unresolved: Difference[];
}

function saysMore(order: VenueOrder, intent: LedgerOrder): boolean {
  return (
    order.state !== 'open' ||
    order.filledLots !== intent.filledLots ||
    intent.state === 'sent' ||
    intent.state === 'recorded' ||
    intent.state === 'in_doubt'
  );
}

function compareOrders(collection: Collection, moved: Set<string>): OrderFindings {
  const byLabel = new Map<string, VenueOrder[]>();
  for (const order of collection.openOrders) {
    byLabel.set(order.label, [...(byLabel.get(order.label) ?? []), order]);
  }
  const observed: VenueOrder[] = [];
  const unresolved: Difference[] = [];
  for (const [label, intent] of collection.after.orders) {
    if (moved.has(intent.instrument.name)) continue;
    const found = byLabel.get(label) ?? collection.lookedUp.get(label) ?? [];
    const [only, ...others] = found;
    if (only === undefined && intent.recordedUs > collection.settledBeforeUs) {
      // On its way: the venue cannot know it yet.
      moved.add(intent.instrument.name);
      continue;
    }
    if (only === undefined || others.length > 0) {
      const venue = others.length > 0 ? `${found.length} orders` : null;
      unresolved.push({ kind: 'intent_unresolved', subject: label, venue, ledger: intent.state });
    } else if (saysMore(only, intent)) observed.push(only);
  }
  return { observed, unresolved };
}

function comparePositions(collection: Collection, skipped: ReadonlySet<string>): Difference[] {
  const venue = new Map(collection.positions.map((p) => [p.instrument.name, p.signedLots]));
  const ledger = collection.after.positions;
  const differences: Difference[] = [];
  for (const name of new Set([...venue.keys(), ...ledger.keys()])) {
    const there = venue.get(name) ?? 0;
    const here = ledger.get(name) ?? 0;
    if (there === here || skipped.has(name)) continue;
    const lots = { venue: String(there), ledger: String(here) };
    differences.push({ kind: 'position', subject: name, ...lots });
  }
  return differences;
}

/**
 * Deliveries of exactly what the ledger holds. Any other stays what it is: a position that does not
 * fit, which nobody explains away.
 */
function compareDeliveries(
  collection: Collection,
  unsettled: ReadonlySet<string>,
  ledger: LedgerFacts,
): VenueDelivery[] {
  return collection.deliveries.filter(({ deliveryId, instrument, signedLots, tsUs }) => {
    if (tsUs < ledger.bornUs || ledger.knowsDelivery(deliveryId)) return false;
    if (unsettled.has(instrument.name)) return false;
    return signedLots !== 0 && collection.after.positions.get(instrument.name) === signedLots;
  });
}

/** Everything one collection says. */
export function compare(collection: Collection, ledger: LedgerFacts): Comparison {
  const moved = movedInstruments(collection);
  const { missedFills, unknown, newestTradeUs } = compareTrades(collection, ledger);
  const { observed, unresolved } = compareOrders(collection, moved);
  const ghosts = ghostsAmong(
    collection.openOrders,
    collection.before,
    collection.after,
    ledger,
  ).filter((order) => !moved.has(order.instrument.name));
  // A missed fill explains a position difference: look again once it is booked.
  const explained = new Set([...moved, ...missedFills.map(({ instrument }) => instrument.name)]);
  const deliveries = compareDeliveries(collection, explained, ledger);
  for (const { instrument } of deliveries) explained.add(instrument.name);
  const positions = comparePositions(collection, explained);
  return {
    missedFills,
    deliveries,
    observed,
    ghosts,
    differences: [...unknown, ...unresolved, ...positions],
    moved,
    newestTradeUs,
  };
}
