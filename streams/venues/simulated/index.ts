/** The simulated venue without its wires: engine, market sources, and rows as the wire shows them. */
export { type Account, type Position, type Wallet, walletOf } from './account.ts';
export {
  limitsRow,
  orderRow,
  positionRow,
  type RateFigures,
  summaryRow,
  userTradeRow,
} from './account-rows.ts';
export { lotsOfWire, priceBand, ticksOfWire } from './checks.ts';
export { type EngineOptions, VenueEngine } from './engine.ts';
export type { AccountChanges, BookFrame, VenueListener } from './events.ts';
export { defaultRates, type GeneratorRates, generator } from './generator.ts';
export { coins, defaultListing } from './listing.ts';
export { marginOf } from './margin.ts';
export type { Market } from './market.ts';
export * from './market-rows.ts';
export type { Order, OrderTerms, TimeInForceOnWire } from './order.ts';
export {
  cancel,
  cancelWhere,
  closingTerms,
  edit,
  type OrderEdit,
  ownOrder,
  place,
} from './orders.ts';
export { instrumentWire, moneyPerUnit, type Product, productOf } from './product.ts';
export { type RecordedWorld, replay } from './replay.ts';
export { type ScriptStep, script } from './script.ts';
export { normal, seededRandom, waitUs } from './seeded-random.ts';
export type { MarketSource } from './source.ts';
export { dumpEngine, restoreEngine } from './state.ts';
export type { PublicTrade, UserTrade } from './trade.ts';
export { amountFloat, priceFloat } from './value.ts';
export * from './venue-error.ts';
export { encodeWire, spellFloat } from './wire-json.ts';
