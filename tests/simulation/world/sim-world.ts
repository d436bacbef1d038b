/**
 * One history's surroundings: venue, market, network and the daemon on one virtual clock, under one
 * seed. Every random choice comes from a stream of its own name, so that one more draw somewhere
 * shifts nothing elsewhere.
 */
import { createVirtualWorld, type VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { type RunningVenue, startVenue } from '../../../daemon/venue/index.ts';
import type { Account } from '../../../streams/venues/simulated/index.ts';
import { simStartUs } from '../../fixtures/venue-sim/engines.ts';
import type { Plan } from '../plan.ts';
import { type SimConfig, simConfig, venuePort, venueSecret } from './sim-config.ts';
import { type DaemonEvents, SimDaemon } from './sim-daemon.ts';
import { SimMarket } from './sim-market.ts';

export interface SimWorld {
  readonly world: VirtualWorld;
  readonly venue: RunningVenue;
  readonly market: SimMarket;
  readonly daemon: SimDaemon;
  readonly config: SimConfig;
  /** Our account at the venue: the truth. */
  readonly account: Account;
}

/** The first 32 bits shift the start, so that histories do not all begin at one time of day. */
function startOf(seed: string): number {
  return simStartUs + Number.parseInt(seed.slice(0, 4), 16) * 1_000_000;
}

/** Opens the venue; the daemon is made and not started. */
export async function openSimWorld(plan: Plan, events: DaemonEvents): Promise<SimWorld> {
  const { seed } = plan;
  const world = createVirtualWorld({ seed, startUs: startOf(seed), log: { level: 'silent' } });
  const config = simConfig(plan.trading.withStrategy, plan.quiet !== undefined);
  const market = new SimMarket(world.random.fork('market'));
  world.network.latency = { minUs: 200, maxUs: 3_000 };
  const venue = await world.clock.runWhile(
    startVenue({
      ports: world.portsFor('venue'),
      host: '127.0.0.1',
      port: venuePort,
      source: market,
      seed,
      accounts: [{ clientId: config.clientId, secret: venueSecret }],
      orderingFreedoms: true,
    }),
  );
  const daemon = new SimDaemon(world, config, events);
  const account = venue.engine.accounts.find(({ name }) => name === config.clientId);
  if (account === undefined) throw new Error('the venue has no such account');
  return { world, venue, market, daemon, config, account };
}
