/** The door of the market room. */
export {
  createMarketRoom,
  type GapKind,
  type MarketChange,
  type MarketCounters,
  type MarketFreshness,
  type MarketGap,
  type MarketRoom,
  type MarketRoomOptions,
} from './room.ts';
