/** The simulated venue without its wires: engine, market sources, and rows as the wire shows them. */
export { type Account, type Position, type SelfTrading, type Wallet, walletOf } from './account.ts';
export { positionRow, type RateFigures, summaryRow } from './account-rows.ts';
export { advancedTicks, checkAdvanced } from './advanced-orders.ts';
export { lotsOfWire, ticksOfWire } from './checks.ts';
export { type EngineOptions, VenueEngine } from './engine.ts';
export type { AccountChanges, BookFrame, VenueListener } from './events.ts';
export type { FillShape } from './fill-shape.ts';
export { fill, oppositeOf } from './fills.ts';
export { generator } from './generator.ts';
export { type GeneratorRates, recordedRates } from './generator-parameters.ts';
export { type LedgerEntry, ledgerRow, moveCash } from './ledger.ts';
export { Lifecycle, nextSettlementUs, settlementWindowUs } from './lifecycle.ts';
export { type LinkedGroup, type LinkKind, placeLinked } from './linked-orders.ts';
export { coins, defaultListing } from './listing.ts';
export { marginOf } from './margin.ts';
export type { Market } from './market.ts';
export * from './market-rows.ts';
export { configureMmp, resetMmp } from './mmp.ts';
export {
  baseQuantity,
  type MmpConfig,
  type MmpTrip,
  mmpKey,
  usableMmp,
} from './mmp-state.ts';
export { moveBetween } from './moves.ts';
export {
  type Advanced,
  type Order,
  type OrderEntry,
  type OrderTerms,
  remainingLots,
  shownLots,
  type TimeInForceOnWire,
  type Trigger,
} from './order.ts';
export { edit, type OrderEdit } from './order-edit.ts';
export { orderRow, userTradeRow } from './order-rows.ts';
export {
  cancel,
  cancelWhere,
  closingTerms,
  ownOrder,
  place,
} from './orders.ts';
export { instrumentWire, moneyPerUnit, type Product, productOf } from './product.ts';
export { type RecordedWorld, replay } from './replay.ts';
export { type ScriptStep, script } from './script.ts';
export { seededRandom } from './seeded-random.ts';
export { deliver, type Settlement, settlementRow } from './settlement.ts';
export type { MarketSource } from './source.ts';
export { dumpEngine, restoreEngine } from './state.ts';
export { changesOf, foldChanges } from './state-changes.ts';
export type { TouchedBooks } from './touched-books.ts';
export type { PublicTrade, UserTrade } from './trade.ts';
export { editTrigger, placeTrigger } from './trigger-orders.ts';
export { amountFloat, priceFloat } from './value.ts';
export * from './venue-error.ts';
export { encodeWire, spellFloat } from './wire-json.ts';
