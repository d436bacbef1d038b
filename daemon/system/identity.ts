/** Who we are in this execution: build, run, pins. */
import { join, relative } from 'node:path';
import { strategyKinds } from '../../actors/strategy/index.ts';
import { canonicalHash, sha256Hex } from '../../streams/facts/hash.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import { isoFromUs } from '../../streams/facts/time.ts';
import type { Disk, Ports } from '../../streams/ports/index.ts';
import type { LoadedConfig } from '../config/load.ts';

/** Version of the status and control contracts. */
export const contractVersion = '1.0.0';

function compiledFiles(disk: Disk, directory: string): string[] {
  return disk.list(directory).flatMap((name) => {
    const path = join(directory, name);
    if (disk.stat(path)?.kind === 'directory') return compiledFiles(disk, path);
    return name.endsWith('.js') ? [path] : [];
  });
}

/** `0.1.0+<12 hex>`: version and digest of the compiled product. The same files, the same build. */
export function buildIdOf(disk: Disk, packageRoot: string): string {
  const manifest = JSON.parse(
    disk.readFile(join(packageRoot, 'package.json')).toString('utf8'),
  ) as {
    version: string;
  };
  const digests = ['daemon', 'actors', 'machines', 'streams'].flatMap((floor) =>
    compiledFiles(disk, join(packageRoot, 'dist', floor))
      .sort()
      .map((path) => `${relative(packageRoot, path)} ${sha256Hex(disk.readFile(path))}`),
  );
  return `${manifest.version}+${sha256Hex(digests.join('\n')).slice(0, 12)}`;
}

/** `20261121T021100Z-1a2b3c4d`: sorts by time, unique by chance. */
export function newRunId({ clock, random }: Pick<Ports, 'clock' | 'random'>): string {
  const stamp = isoFromUs(clock.nowUs()).slice(0, 19).replace(/[-:]/g, '');
  return `${stamp}Z-${random.hex(4)}`;
}

/** What a run is about: a world by name and fingerprint, or a live session with a venue. */
export interface Scenario {
  readonly scenarioId: string;
  readonly manifestFingerprint: string;
  readonly seed?: number;
}

/** A live session has no manifest: venue, environment and account stand for it. */
export function liveScenario({ profile }: LoadedConfig): Scenario {
  const { kind, name, environment, account } = profile.wiring.venue;
  return {
    scenarioId: `live.${name}.${environment}`,
    manifestFingerprint: canonicalHash({ kind, name, environment, account }),
  };
}

function strategyHash(config: LoadedConfig, id?: string): string {
  const rows = config.profile.policy.strategies
    .filter((strategy) => id === undefined || strategy.id === id)
    .map(({ id: runner, kind, parameters }) => ({
      runner,
      kind,
      version: strategyKinds.get(kind)?.version ?? '0',
      parameters,
    }));
  return canonicalHash(rows);
}

/** Pins of the system; `runnerId` narrows the parameter hash to one runner. */
export function pinsOf(
  scenario: Scenario,
  runId: string,
  config: LoadedConfig,
  runnerId?: string,
): Pins {
  return {
    scenario_id: scenario.scenarioId,
    run_id: runId,
    manifest_fingerprint: scenario.manifestFingerprint,
    parameter_hash: strategyHash(config, runnerId),
    ...(scenario.seed === undefined ? {} : { seed: scenario.seed }),
  };
}
