/** The door of the venue room. */
export type { BackoffParams } from './backoff.ts';
export type {
  VenueRoom,
  VenueRoomHandlers,
  VenueRoomOptions,
  VenueRoomParams,
} from './contract.ts';
export { createVenueRoom } from './room.ts';
export type { VenueHealth } from './venue-health.ts';
