/**
 * `holdfast run --world W`: daemon and venue in one process, on a virtual clock driven by the
 * recording's own time. The same world and profile give the same decisions and the same intents at
 * any speed; the run says how many, with their digests, so that two runs can be compared.
 */
import { join, resolve } from 'node:path';
import { openWorldOf } from '../../actors/ingress/oracle/index.ts';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import { isoFromUs, usPerSecond } from '../../streams/facts/time.ts';
import { loadFor } from '../cli/config-check.ts';
import { startProgress } from '../cli/progress.ts';
import { type CommandEnvironment, paint, printJson } from '../cli/terminal.ts';
import type { LoadedConfig } from '../config/load.ts';
import { newRunId } from '../system/identity.ts';
import { drive } from './drive.ts';
import { openStage, type Stage } from './stage.ts';
import { type RunSummary, summarise } from './summary.ts';

export interface RunOptions {
  readonly world: string;
  readonly profile: string;
  readonly root: string;
  /** A factor of real time, or `max`. */
  readonly speed: string;
  readonly out?: string;
}

/** Virtual time the daemon gets to stop in. */
const stopMs = 1_000;

function speedOf(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const speed = Number(text);
  if (Number.isFinite(speed) && speed > 0) return speed;
  throw new HoldfastError(
    'USAGE',
    `--speed is a positive factor or "max", not ${JSON.stringify(text)}`,
  );
}

/** Where this run keeps its journal: its own directory, always. Throws CONFLICT. */
function openDataDirectory(
  { ports }: CommandEnvironment,
  config: LoadedConfig,
  out: string | undefined,
): string {
  const runs = resolve(config.profile.wiring.data_directory, 'runs');
  const directory = resolve(out ?? join(runs, newRunId(ports)));
  if (ports.disk.exists(join(directory, 'journal'))) {
    throw new HoldfastError(
      'CONFLICT',
      `${directory} holds another run's journal: every replay has its own, name an empty directory`,
    );
  }
  ports.disk.makeDirectory(directory);
  return directory;
}

/** Drives the stage with a progress line, until its end or a stop signal. */
async function play(
  { ports, terminal }: CommandEnvironment,
  stage: Stage,
  speed: number,
  interruptedBy: () => string,
): Promise<void> {
  const { first_ts_us, last_ts_us } = stage.world.manifest;
  const total = Math.ceil((last_ts_us - first_ts_us) / usPerSecond);
  const progress = startProgress(terminal, 'replaying', 's of recording');
  try {
    await drive(stage, {
      real: ports.clock,
      speed,
      onProgress: (nowUs) => {
        const done = Math.max(0, Math.floor((nowUs - first_ts_us) / usPerSecond));
        progress.update(Math.min(total, done), total, isoFromUs(nowUs).slice(11, 19));
      },
      interruptedBy,
    });
  } finally {
    progress.stop();
  }
}

function refusalsText({ refusals }: RunSummary): string {
  const codes = Object.entries(refusals.by_code).map(([code, count]) => `${code} ${count}`);
  return codes.length === 0 ? 'none' : codes.join(', ');
}

function print({ terminal, json }: CommandEnvironment, summary: RunSummary): void {
  if (json) {
    printJson(terminal, summary);
    return;
  }
  const { world, decisions, intents, fills, refusals } = summary;
  const speed = `${summary.speedup.toFixed(0)}×, ${Math.round(summary.events_per_s)} events/s`;
  terminal.out(
    `${paint.green('done')}  ${world.scenario_id}  ${world.manifest_fingerprint.slice(0, 12)}  run ${summary.run_id}`,
  );
  terminal.out(
    `  ${summary.events_admitted} events, ${summary.recorded_s.toFixed(0)} s of recording in ${summary.wall_s.toFixed(1)} s (${speed})`,
  );
  for (const [name, { count, digest }] of Object.entries({ decisions, intents, fills, refusals })) {
    terminal.out(`  ${String(count).padStart(6)} ${name.padEnd(9)} ${digest}`);
  }
  terminal.out(`  refused: ${refusalsText(summary)}`);
  terminal.out(`  mode ${summary.trading_mode} ${summary.mode_reasons.join(', ')}`.trimEnd());
  terminal.out(`  journal in ${summary.data_directory}`);
}

/** Resolves with 0; rejects with WORLD_*, CONFIG_*, CONFLICT, USAGE or INTERRUPTED. */
export async function runCommand(
  environment: CommandEnvironment,
  options: RunOptions,
): Promise<number> {
  const speed = speedOf(options.speed);
  const { ports } = environment;
  let signalled = '';
  const unsubscribe = ports.host.onStopSignal((signal) => {
    signalled = signal;
  });
  try {
    return await run(environment, options, speed, () => signalled);
  } finally {
    unsubscribe();
  }
}

async function run(
  environment: CommandEnvironment,
  options: RunOptions,
  speed: number,
  interruptedBy: () => string,
): Promise<number> {
  const { ports } = environment;
  const config = loadFor(environment, options.profile);
  const world = openWorldOf(ports.disk, resolve(options.root), options.world);
  const dataDirectory = openDataDirectory(environment, config, options.out);
  const startedUs = ports.clock.monotonicUs();
  const stage = await openStage({ config, world, runId: newRunId(ports), dataDirectory });
  try {
    stage.system.start();
    await play(environment, stage, speed, interruptedBy);
    const wallUs = ports.clock.monotonicUs() - startedUs;
    const summary = summarise({ system: stage.system, world, dataDirectory, wallUs });
    const text = `${JSON.stringify(summary, null, 2)}\n`;
    ports.disk.writeFileAtomic(join(dataDirectory, 'run.json'), text);
    print(environment, summary);
    return 0;
  } catch (error) {
    throw asHoldfastError(error);
  } finally {
    const { virtual, system, ports: daemon } = stage;
    await virtual.clock.runWhile(system.stop('the run ended', stopMs)).catch((cause: unknown) => {
      daemon.telemetry.log.error('run.stop_failed', { cause: String(cause) });
    });
  }
}
