/** `holdfast config check`: validates a profile and explains every effective value and its source. */
import { join } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { roles } from '../http/tokens.ts';
import { type CommandEnvironment, paint, printJson, renderTable } from './terminal.ts';

export interface ExplainedValue {
  readonly path: string;
  readonly value: unknown;
  /** `profile`, `policy`, `default`, or the environment variable that set it. */
  readonly source: string;
}

/** A secret by name: what needs it, and whether it is there. Never its value. */
export interface SecretNeed {
  readonly name: string;
  readonly present: boolean;
  readonly needed: 'yes' | 'generated' | 'optional';
  readonly use: string;
}

/** A list of plain values is one leaf; a list of things is looked into. */
function leaves(value: unknown, path: string): Array<[string, unknown]> {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return [[path, value]];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    leaves(inner, path === '' ? key : `${path}.${key}`),
  );
}

/** Every leaf of the effective configuration with where it came from. */
export function explainConfig(config: LoadedConfig): ExplainedValue[] {
  const variables = new Map(config.overrides.map(({ variable, path }) => [path, variable]));
  const writtenProfile = new Set(leaves(config.written.profile, '').map(([path]) => path));
  const profile = leaves(config.profile, '').map(([path, value]) => ({
    path,
    value,
    source: variables.get(path) ?? (writtenProfile.has(path) ? 'profile' : 'default'),
  }));
  const at = 'launch_policy';
  const writtenPolicy = new Set(leaves(config.written.launchPolicy, at).map(([path]) => path));
  const policy = leaves(config.launchPolicy, at).map(([path, value]) => ({
    path,
    value,
    source: writtenPolicy.has(path) ? 'policy' : 'default',
  }));
  return [...profile, ...policy];
}

/** The secrets this profile can use. */
export function secretNeeds(
  { environment }: CommandEnvironment,
  config: LoadedConfig,
): SecretNeed[] {
  const { venue, simulated_venue, store } = config.profile.wiring;
  const has = (name: string): boolean =>
    Boolean(environment[name]) || Boolean(environment[`${name}_FILE`]);
  const need = (name: string, needed: SecretNeed['needed'], use: string): SecretNeed => ({
    name,
    present: has(name),
    needed,
    use,
  });
  const tokens = roles.map((role) => `HOLDFAST_TOKEN_${role.toUpperCase()}`);
  const hasToken = tokens.some(has);
  const generated = hasToken || config.profile.name !== 'local' ? '' : 'HOLDFAST_TOKEN_OWNER';
  return [
    need(venue.client_secret_env, simulated_venue.start ? 'generated' : 'yes', 'venue key'),
    ...(store.kind === 'server' ? [need(store.password_env, 'optional', 'store')] : []),
    ...tokens.map((name) =>
      need(name, name === generated ? 'generated' : 'optional', 'control port'),
    ),
  ];
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

function stateOf({ present, needed }: SecretNeed): string {
  if (present) return paint.green('set');
  return { yes: paint.red('missing'), generated: 'generated at start', optional: 'not set' }[
    needed
  ];
}

function printTables(
  { terminal }: CommandEnvironment,
  config: LoadedConfig,
  values: readonly ExplainedValue[],
  secrets: readonly SecretNeed[],
): void {
  const rows = values.map(({ path, value, source }) => [path, JSON.stringify(value) ?? '', source]);
  terminal.out(renderTable(['key', 'value', 'source'], rows));
  terminal.out('');
  const secretRows = secrets.map((secret) => [secret.name, stateOf(secret), secret.use]);
  terminal.out(renderTable(['secret', 'state', 'use'], secretRows));
  terminal.out('');
  for (const key of config.missingRequired) {
    terminal.out(
      `${paint.yellow('missing')}  launch_policy.${key} is required: its capability stays blocked (ConfigMissing)`,
    );
  }
  terminal.out(`${paint.green('ok')}  ${config.profilePath}`);
  terminal.out(`    policy ${config.launchPolicyPath}`);
  terminal.out(`    configuration hash ${config.runtimeConfigHash}`);
}

/** Exit code 0 also with missing required keys: the daemon would start, with capabilities blocked. */
export function configCheckCommand(environment: CommandEnvironment, profile: string): number {
  const config = loadFor(environment, profile);
  const values = explainConfig(config);
  const secrets = secretNeeds(environment, config);
  if (environment.json) {
    printJson(environment.terminal, {
      ok: true,
      profile_path: config.profilePath,
      launch_policy_path: config.launchPolicyPath,
      runtime_config_hash: config.runtimeConfigHash,
      missing_required: config.missingRequired,
      secrets,
      values,
    });
  } else printTables(environment, config, values, secrets);
  return 0;
}
