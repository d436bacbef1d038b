/**
 * `holdfast run --world W`: daemon and venue in one process, on a virtual clock driven by the
 * recording's own time. The same world and profile give the same decisions and the same intents at
 * any speed; the run says how many, with their digests, so that two runs can be compared.
 */
import { join, resolve } from 'node:path';
import { openWorldOf } from '../../actors/ingress/oracle/index.ts';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { isoFromUs, usPerSecond } from '../../streams/facts/time.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { World } from '../../streams/worlds/index.ts';
import { loadFor } from '../cli/config-check.ts';
import { startProgress } from '../cli/progress.ts';
import { type CommandEnvironment, paint, printJson } from '../cli/terminal.ts';
import type { LoadedConfig } from '../config/load.ts';
import { productionDisk } from '../ports/production/index.ts';
import { createVirtualWorld, type VirtualWorld } from '../ports/virtual/index.ts';
import { newRunId } from '../system/identity.ts';
import { createSystem, type System } from '../system.ts';
import { replay, startVenue } from '../venue/index.ts';
import { type RunSummary, summarise } from './summary.ts';

export interface RunOptions {
  readonly world: string;
  readonly profile: string;
  readonly root: string;
  /** A factor of real time, or `max`. */
  readonly speed: string;
  readonly out?: string;
}

/** Virtual time before the recording begins: to connect, reconcile and earn Active. */
const leadUs = 10 * usPerSecond;
/** Virtual time after it ends: for what is in flight, and the fence of what is in doubt. */
const tailUs = 20 * usPerSecond;
/** One slice of a paced run: short enough to look continuous, long enough to cost nothing. */
const sliceMs = 20;
/** Virtual time between two looks at the progress of an unpaced run. */
const strideUs = 5 * usPerSecond;
const venuePort = 8790;
/** Of the virtual venue alone: nothing outside this process can reach it. */
const virtualSecret = 'virtual-venue-secret';

function speedOf(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new HoldfastError(
    'USAGE',
    `--speed is a positive factor or "max", not ${JSON.stringify(text)}`,
  );
}

interface Stage {
  readonly virtual: VirtualWorld;
  readonly ports: Ports;
  readonly system: System;
  readonly endUs: number;
}

async function openStage(
  environment: CommandEnvironment,
  config: LoadedConfig,
  world: World,
  dataDirectory: string,
): Promise<Stage> {
  const { manifest } = world;
  const startUs = manifest.first_ts_us - leadUs;
  const virtual = createVirtualWorld({ seed: manifest.manifest_fingerprint, startUs });
  const venuePorts = virtual.portsFor('venue');
  const { client_id } = config.profile.wiring.venue;
  const venue = await virtual.clock.runWhile(
    startVenue({
      ports: venuePorts,
      host: '127.0.0.1',
      port: venuePort,
      source: replay(world),
      accounts: [{ clientId: client_id, secret: virtualSecret }],
      timeline: 'clock',
    }),
  );
  const secretName = config.profile.wiring.venue.client_secret_env;
  const ports = virtual.portsFor('daemon', {
    disk: productionDisk(),
    secrets: { [secretName]: virtualSecret },
  });
  const clientSecret = ports.secrets.get(secretName);
  if (clientSecret === undefined)
    throw new HoldfastError('INTERNAL', 'the virtual secret is not set');
  const system = await virtual.clock.runWhile(
    createSystem({
      ports,
      config,
      runId: newRunId(environment.ports),
      scenario: {
        scenarioId: manifest.scenario_id,
        manifestFingerprint: manifest.manifest_fingerprint,
      },
      dataDirectory,
      venueUrls: {
        ws: `ws://127.0.0.1:${venue.port}/ws/api/v2`,
        http: `http://127.0.0.1:${venue.port}`,
      },
      clientSecret,
      worldFingerprint: manifest.manifest_fingerprint,
      onFatal: (error) => {
        throw error;
      },
    }),
  );
  return { virtual, ports, system, endUs: manifest.last_ts_us + tailUs };
}

/** Lets virtual time pass to the end of the recording, paced or as fast as it goes. */
async function drive(
  environment: CommandEnvironment,
  stage: Stage,
  world: World,
  speed: number,
): Promise<void> {
  const { clock: real } = environment.ports;
  const { clock } = stage.virtual;
  const { first_ts_us, last_ts_us } = world.manifest;
  const total = Math.ceil((last_ts_us - first_ts_us) / usPerSecond);
  const progress = startProgress(environment.terminal, 'replaying', 's of recording');
  const show = (): void => {
    const done = Math.max(0, Math.floor((clock.nowUs - first_ts_us) / usPerSecond));
    progress.update(Math.min(total, done), total, isoFromUs(clock.nowUs).slice(11, 19));
  };
  const interrupted = { signal: '' };
  const unsubscribe = environment.ports.host.onStopSignal((signal) => {
    interrupted.signal = signal;
  });
  const startedUs = real.monotonicUs();
  const originUs = clock.nowUs;
  while (clock.nowUs < stage.endUs && interrupted.signal === '') {
    const paced = originUs + (real.monotonicUs() - startedUs) * speed;
    await clock.runUntil(
      Math.min(
        stage.endUs,
        speed === Number.POSITIVE_INFINITY ? clock.nowUs + strideUs : Math.floor(paced),
      ),
    );
    show();
    if (speed !== Number.POSITIVE_INFINITY) await real.sleep(sliceMs);
  }
  unsubscribe();
  progress.stop();
  if (interrupted.signal !== '') {
    throw new HoldfastError(
      'INTERRUPTED',
      `stopped by ${interrupted.signal} before the world ended`,
    );
  }
}

function print({ terminal, json }: CommandEnvironment, summary: RunSummary): void {
  if (json) {
    printJson(terminal, summary);
    return;
  }
  const { world, decisions, intents, fills, suppressed } = summary;
  terminal.out(
    `${paint.green('done')}  ${world.scenario_id}  ${world.manifest_fingerprint.slice(0, 12)}  run ${summary.run_id}`,
  );
  terminal.out(
    `  ${summary.events_admitted} events, ${summary.recorded_s.toFixed(0)} s of recording in ${summary.wall_s.toFixed(1)} s (${summary.speedup.toFixed(0)}×)`,
  );
  terminal.out(`  ${decisions.count} decisions  ${decisions.digest}`);
  terminal.out(`  ${intents.count} intents    ${intents.digest}`);
  terminal.out(
    `  ${fills} fills, ${suppressed} intents refused, mode ${summary.trading_mode} ${summary.mode_reasons.join(', ')}`,
  );
  terminal.out(`  journal in ${summary.data_directory}`);
}

/** Resolves with 0; rejects with WORLD_*, CONFIG_*, USAGE or INTERRUPTED. */
export async function runCommand(
  environment: CommandEnvironment,
  options: RunOptions,
): Promise<number> {
  const speed = speedOf(options.speed);
  const { ports } = environment;
  const config = loadFor(environment, options.profile);
  const world = openWorldOf(ports.disk, resolve(options.root), options.world);
  const runs = resolve(config.profile.wiring.data_directory, 'runs');
  const dataDirectory = resolve(options.out ?? join(runs, newRunId(ports)));
  if (ports.disk.exists(join(dataDirectory, 'journal'))) {
    throw new HoldfastError(
      'CONFLICT',
      `${dataDirectory} holds another run's journal: every replay has its own, name an empty directory`,
    );
  }
  ports.disk.makeDirectory(dataDirectory);
  const startedUs = ports.clock.monotonicUs();
  const stage = await openStage(environment, config, world, dataDirectory);
  try {
    stage.system.start();
    await drive(environment, stage, world, speed);
    const wallUs = ports.clock.monotonicUs() - startedUs;
    const summary = summarise({ system: stage.system, world, dataDirectory, wallUs });
    ports.disk.writeFileAtomic(
      join(dataDirectory, 'run.json'),
      `${JSON.stringify(summary, null, 2)}\n`,
    );
    print(environment, summary);
    return 0;
  } catch (error) {
    throw asHoldfastError(error);
  } finally {
    await stage.virtual.clock
      .runWhile(stage.system.stop('the run ended', 1_000))
      .catch(() => undefined);
  }
}
