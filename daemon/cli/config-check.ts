/** `holdfast config check`: validates a profile and explains every effective value and its source. */
import { join } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { type CommandEnvironment, paint, printJson, renderTable } from './terminal.ts';

export interface ExplainedValue {
  readonly path: string;
  readonly value: unknown;
  /** `profile`, `policy`, or the environment variable that set it. */
  readonly source: string;
}

function leaves(value: unknown, path: string): Array<[string, unknown]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** Every leaf of the effective configuration with where it came from. */
export function explainConfig(config: LoadedConfig): ExplainedValue[] {
  const variables = new Map(config.overrides.map(({ variable, path }) => [path, variable]));
  const profile = leaves(config.profile, '').map(([path, value]) => ({
    path,
    value,
    source: variables.get(path) ?? 'profile',
  }));
  const policy = leaves(config.launchPolicy, 'launch_policy').map(([path, value]) => ({
    path,
    value,
    source: 'policy',
  }));
  return [...profile, ...policy];
}

/** Loads the profile as a start would. */
export function loadFor(environment: CommandEnvironment, profile: string): LoadedConfig {
  return loadConfig({
    disk: environment.ports.disk,
    profile,
    shippedProfiles: join(environment.packageRoot, 'daemon', 'profiles'),
    environment: environment.environment,
  });
}

export function configCheckCommand(environment: CommandEnvironment, profile: string): number {
  const { terminal } = environment;
  const config = loadFor(environment, profile);
  const values = explainConfig(config);
  if (environment.json) {
    printJson(terminal, {
      ok: true,
      profile_path: config.profilePath,
      launch_policy_path: config.launchPolicyPath,
      runtime_config_hash: config.runtimeConfigHash,
      missing_required: config.missingRequired,
      values,
    });
    return 0;
  }
  terminal.out(
    renderTable(
      ['key', 'value', 'source'],
      values.map(({ path, value, source }) => [path, JSON.stringify(value) ?? '', source]),
    ),
  );
  terminal.out('');
  for (const key of config.missingRequired) {
    terminal.out(
      `${paint.yellow('missing')}  launch_policy.${key} is required: its capability stays blocked (ConfigMissing)`,
    );
  }
  terminal.out(`${paint.green('ok')}  ${config.profilePath}`);
  terminal.out(`    policy ${config.launchPolicyPath}`);
  terminal.out(`    configuration hash ${config.runtimeConfigHash}`);
  return 0;
}
