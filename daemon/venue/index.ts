/** The simulated venue as a server. */
export {
  generator,
  type MarketSource,
  replay,
  script,
} from '../../streams/venues/simulated/index.ts';
export type { Faults } from './faults.ts';
export type { RateLimit, TimelineMode, VenueAccountConfig, VenueServerOptions } from './options.ts';
export { type RunningVenue, startVenue, type VenueStats } from './venue.ts';
