/**
 * One history's surroundings: venue, market, network and the daemon on one virtual clock, under one
 * seed. Every random choice comes from a stream of its own name, so that one more draw somewhere
 * shifts nothing elsewhere.
 */
import { createVirtualWorld, type VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { type RunningVenue, startVenue } from '../../../daemon/venue/index.ts';
import { defaultMatchingLimit } from '../../../daemon/venue/options.ts';
import type { Ports } from '../../../streams/ports/index.ts';
import type { Account } from '../../../streams/venues/simulated/index.ts';
import { simStartUs } from '../../fixtures/venue-sim/engines.ts';
import type { Plan } from '../plan.ts';
import { SimStore } from '../store/sim-store.ts';
import { type SimConfig, simConfig, venuePort, venueSecret } from './sim-config.ts';
import { type DaemonEvents, SimDaemon } from './sim-daemon.ts';
import { SimMarket } from './sim-market.ts';

export interface SimWorld {
  readonly world: VirtualWorld;
  /** The venue's present process. */
  readonly venue: RunningVenue;
  readonly market: SimMarket;
  readonly daemon: SimDaemon;
  readonly config: SimConfig;
  /** Beside the daemon, where the plan has one. */
  readonly store: SimStore | undefined;
  /** Our account at the venue: the truth. Another object after a restart of the venue. */
  readonly account: Account;
  /** What the venue grants us. */
  readonly matchingLimit: { readonly ratePerSecond: number; readonly burst: number };
  /** Ends the venue's process without a word; it is back after `forS` with what it had said. */
  restartVenue(forS: number): void;
  /** The venue's keys are what the profile allows; only where the setup gave more. */
  narrowScopes(): void;
}

const stateDirectory = '/venue';

/** The first 32 bits shift the start, so that histories do not all begin at one time of day. */
function startOf(seed: string): number {
  return simStartUs + Number.parseInt(seed.slice(0, 4), 16) * 1_000_000;
}

/** Keeping state costs time: only histories in which the venue restarts do. */
function restarts({ entries, setup }: Plan): boolean {
  return setup.keyScope !== undefined || entries.some(({ kind }) => kind === 'venue_restart');
}

/** Opens the venue; the daemon is made and not started. */
export async function openSimWorld(plan: Plan, events: DaemonEvents): Promise<SimWorld> {
  const { seed, setup } = plan;
  const world = createVirtualWorld({ seed, startUs: startOf(seed), log: { level: 'silent' } });
  const config = simConfig(plan.trading.withStrategy, setup, plan.quiet !== undefined);
  const market = new SimMarket(world.random.fork('market'));
  world.network.latency = { minUs: 200, maxUs: 3_000 };
  const node = world.node('venue');
  const matchingLimit = setup.matching ?? defaultMatchingLimit;
  let keyScope = setup.keyScope;
  const open = (ports: Ports): Promise<RunningVenue> =>
    startVenue({
      ports,
      host: '127.0.0.1',
      port: venuePort,
      source: market,
      seed,
      accounts: [
        {
          clientId: config.clientId,
          secret: venueSecret,
          ...(setup.deposits === undefined ? {} : { deposits: setup.deposits }),
          ...(keyScope === undefined ? {} : { scope: keyScope }),
        },
      ],
      orderingFreedoms: true,
      matchingLimit,
      ...(restarts(plan) ? { stateDirectory } : {}),
    });
  const accountOf = ({ engine }: RunningVenue): Account => {
    const account = engine.accounts.find(({ name }) => name === config.clientId);
    if (account === undefined) throw new Error('the venue has no such account');
    return account;
  };
  let venue = await world.clock.runWhile(open(node.ports));
  let account = accountOf(venue);
  const restartVenue = (forS: number): void => {
    if (!node.isAlive) return;
    node.crash('process');
    world.clock.schedule(forS * 1_000_000, () => {
      void open(node.restart()).then((opened) => {
        venue = opened;
        account = accountOf(opened);
      });
    });
  };
  const store = plan.store === true ? new SimStore(world, config) : undefined;
  const daemon = new SimDaemon(world, config, {
    ...events,
    onBoot: (system, life) => {
      events.onBoot(system, life);
      store?.start(daemon.node.ports);
    },
  });
  return {
    world,
    market,
    daemon,
    config,
    store,
    matchingLimit,
    restartVenue,
    narrowScopes: () => {
      if (keyScope === undefined) return;
      keyScope = undefined;
      restartVenue(0.5);
    },
    get venue() {
      return venue;
    },
    get account() {
      return account;
    },
  };
}
