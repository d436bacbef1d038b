/**
 * Compares venue and ledger, pure. Authority: venue trades, venue orders, venue positions, ledger.
 *
 * Fills happen while the venue is being read, so an instrument whose trades, orders or position
 * changed between the first and the last read has *moved*: nothing is concluded about it, and the
 * collection is repeated. Nothing is inferred: a position that does not fit is a difference, never
 * a made-up fill.
 */
import type { Adoptable, AdoptablePosition } from '../../streams/facts/adoption.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { Side } from '../../streams/facts/market.ts';
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
  /** Of the differences those that an operator may take over, by the same subject. */
  readonly adoptable: ReadonlyMap<Difference, Adoptable>;
  /** Instruments about which nothing can be said this time. */
  readonly moved: ReadonlySet<string>;
  /** Venue time of the newest trade read, epoch µs; 0: none. */
  readonly newestTradeUs: number;
}

type LedgerFacts = Pick<
  LedgerView,
  | 'hasIntent'
  | 'ownsLabel'
  | 'knowsTrade'
  | 'instrumentOf'
  | 'knowsDelivery'
  | 'hasAdoptedOrder'
  | 'bornUs'
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
  readonly unknown: VenueTrade[];
  readonly newestTradeUs: number;
}

/** The first read decides: the stream has had the time of all other reads to deliver by now. */
function compareTrades(collection: Collection, ledger: LedgerFacts): TradeFindings {
  const missedFills: VenueTrade[] = [];
  const unknown: VenueTrade[] = [];
  let newestTradeUs = 0;
  for (const trade of collection.trades) {
    newestTradeUs = Math.max(newestTradeUs, trade.tsUs);
    if (ledger.knowsTrade(trade.instrument, trade.tradeId)) continue;
    const isExplained = ledger.hasIntent(trade.label) || ledger.hasAdoptedOrder(trade.orderId);
    if (isExplained) missedFills.push(trade);
    else if (trade.tsUs >= ledger.bornUs) unknown.push(trade);
  }
  return { missedFills, unknown, newestTradeUs };
}

function signedText(side: Side, lots: number): string {
  return String(side === 'buy' ? lots : -lots);
}

function unknownTrade(trade: VenueTrade): Difference {
  const venue = signedText(trade.side, trade.lots);
  return { kind: 'unknown_trade', subject: tradeKey(trade), venue, ledger: null };
}

/** Open orders of the account that are not of our making and that nobody took over. */
function foreignAmong(openOrders: readonly VenueOrder[], ledger: LedgerFacts): VenueOrder[] {
  return openOrders.filter(
    ({ label, orderId }) => !ledger.ownsLabel(label) && !ledger.hasAdoptedOrder(orderId),
  );
}

function foreignOrder(order: VenueOrder): Difference {
  const subject = `${order.instrument.name} ${order.orderId}`;
  const venue = signedText(order.side, order.lots - order.filledLots);
  return { kind: 'foreign_order', subject, venue, ledger: null };
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

interface PositionDifference {
  readonly difference: Difference;
  readonly position: Omit<AdoptablePosition, 'instrument'>;
  /** Undefined: the venue has no row of it, so it is flat there. */
  readonly instrument: Instrument | undefined;
}

function comparePositions(
  collection: Collection,
  skipped: ReadonlySet<string>,
): PositionDifference[] {
  const venue = new Map(collection.positions.map((p) => [p.instrument.name, p]));
  const ledger = collection.after.positions;
  const differences: PositionDifference[] = [];
  for (const name of new Set([...venue.keys(), ...ledger.keys()])) {
    const held = venue.get(name);
    const venueLots = held?.signedLots ?? 0;
    const ledgerLots = ledger.get(name) ?? 0;
    if (venueLots === ledgerLots || skipped.has(name)) continue;
    const lots = { venue: String(venueLots), ledger: String(ledgerLots) };
    const averagePriceFloat = held?.averagePriceFloat ?? 0;
    differences.push({
      difference: { kind: 'position', subject: name, ...lots },
      position: { venueLots, ledgerLots, averagePriceFloat },
      instrument: held?.instrument,
    });
  }
  return differences;
}

/** What of it an operator may take over. A trade that can be named explains a position better. */
function adoptableOf(
  unknown: readonly VenueTrade[],
  foreign: readonly VenueOrder[],
  positions: readonly PositionDifference[],
  ledger: LedgerFacts,
): Map<Difference, Adoptable> {
  const adoptable = new Map<Difference, Adoptable>();
  for (const trade of unknown) adoptable.set(unknownTrade(trade), { kind: 'trade', trade });
  for (const order of foreign) adoptable.set(foreignOrder(order), { kind: 'order', order });
  const traded = new Set(unknown.map(({ instrument }) => instrument.name));
  for (const { difference, position, instrument } of positions) {
    const known = instrument ?? ledger.instrumentOf(difference.subject);
    if (known === undefined || traded.has(difference.subject)) continue;
    adoptable.set(difference, { kind: 'position', position: { ...position, instrument: known } });
  }
  return adoptable;
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
  const foreign = foreignAmong(collection.openOrders, ledger).filter(
    (order) => !moved.has(order.instrument.name),
  );
  const adoptable = adoptableOf(unknown, foreign, positions, ledger);
  const others = positions.map(({ difference }) => difference);
  const differences = [...new Set([...adoptable.keys(), ...unresolved, ...others])];
  return {
    missedFills,
    deliveries,
    observed,
    ghosts,
    differences,
    adoptable,
    moved,
    newestTradeUs,
  };
}
