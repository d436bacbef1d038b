/** The simulated venue as a server. */
export {
  generator,
  type MarketSource,
  replay,
} from '../../streams/venues/simulated/index.ts';
export type { FaultSchedule } from './faults/schedule.ts';

export type { Faults, TrippedFault } from './faults.ts';
export type { RateLimit, TimelineMode, VenueAccountConfig, VenueServerOptions } from './options.ts';
export { type RunningVenue, startVenue, type VenueStats } from './venue.ts';
