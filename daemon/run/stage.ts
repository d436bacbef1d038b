/**
 * The stage of a replay: a virtual world that begins a little before the recording, with the venue
 * on one node, playing the recording, and the whole daemon on another. The daemon writes to
 * the real disk; its clock, network and randomness follow from the world alone.
 */
import { HoldfastError } from '../../streams/facts/errors.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { World } from '../../streams/worlds/index.ts';
import type { LoadedConfig } from '../config/load.ts';
import { productionDisk } from '../ports/production/index.ts';
import { createVirtualWorld, type VirtualWorld } from '../ports/virtual/index.ts';
import { createSystem, type System } from '../system.ts';
import { type RunningVenue, replay, startVenue } from '../venue/index.ts';
import { replayDisk } from './replay-disk.ts';

/** Virtual time before the recording begins: to connect, reconcile and earn Active. */
const leadUs = 10 * usPerSecond;
const venuePort = 8790;
/** Of the virtual venue alone: nothing outside this process can reach it. */
const virtualSecret = 'virtual-venue-secret';

export interface StageOptions {
  readonly config: LoadedConfig;
  readonly world: World;
  readonly runId: string;
  /** Of this run alone. */
  readonly dataDirectory: string;
}

export interface Stage {
  readonly virtual: VirtualWorld;
  readonly world: World;
  readonly venue: RunningVenue;
  /** The daemon's. */
  readonly ports: Ports;
  readonly system: System;
}

/** Builds both; nothing runs before `system.start()`. Rejects with JOURNAL_*, CONFIG_*. */
export async function openStage(options: StageOptions): Promise<Stage> {
  const { config, world, runId, dataDirectory } = options;
  const { manifest_fingerprint, scenario_id, first_ts_us } = world.manifest;
  const virtual = createVirtualWorld({ seed: manifest_fingerprint, startUs: first_ts_us - leadUs });
  const { client_id, client_secret_env } = config.profile.wiring.venue;
  const venue = await virtual.clock.runWhile(
    startVenue({
      ports: virtual.portsFor('venue'),
      host: '127.0.0.1',
      port: venuePort,
      source: replay(world),
      accounts: [{ clientId: client_id, secret: virtualSecret }],
      timeline: 'clock',
      onSourceStopped: (error) => {
        throw error;
      },
    }),
  );
  const ports = virtual.portsFor('daemon', {
    disk: replayDisk(productionDisk()),
    secrets: { [client_secret_env]: virtualSecret },
  });
  const clientSecret = ports.secrets.get(client_secret_env);
  if (clientSecret === undefined)
    throw new HoldfastError('INTERNAL', 'the virtual secret is not set');
  const system = await virtual.clock.runWhile(
    createSystem({
      ports,
      config,
      runId,
      scenario: { scenarioId: scenario_id, manifestFingerprint: manifest_fingerprint },
      dataDirectory,
      venueUrls: {
        ws: `ws://127.0.0.1:${venue.port}/ws/api/v2`,
        http: `http://127.0.0.1:${venue.port}`,
      },
      clientSecret,
      worldFingerprint: manifest_fingerprint,
      onFatal: (error) => {
        throw error;
      },
    }),
  );
  return { virtual, world, venue, ports, system };
}
