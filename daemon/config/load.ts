/**
 * Reads profile and launch policy, applies the environment, and refuses to go on with one error
 * that lists every problem with its path and the expected form.
 */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { strategyKinds } from '../../actors/strategy/index.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { canonicalHash } from '../../streams/facts/hash.ts';
import { missingExecutionKeys } from '../../streams/facts/policy/execution.ts';
import type { Disk } from '../../streams/ports/index.ts';
import { overridesOf, withOverrides } from './environment.ts';
import { type LaunchPolicy, launchPolicySchema, type Profile, profileSchema } from './schema.ts';

export interface LoadOptions {
  readonly disk: Disk;
  /** A shipped profile's name, or the path of a file. */
  readonly profile: string;
  readonly shippedProfiles: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Problem {
  /** `wiring.status.port`. */
  readonly path: string;
  readonly problem: string;
  readonly source: string;
}

export interface LoadedConfig {
  readonly profile: Profile;
  readonly launchPolicy: LaunchPolicy;
  readonly profilePath: string;
  readonly launchPolicyPath: string;
  /** Environment variables that changed the wiring, with the path each one set. */
  readonly overrides: ReadonlyArray<{ readonly variable: string; readonly path: string }>;
  /** Required policy keys that are not set: their capability starts blocked with `ConfigMissing`. */
  readonly missingRequired: readonly string[];
  /** sha256 of the whole effective configuration; it holds no secret, only names of secrets. */
  readonly runtimeConfigHash: string;
}

function profilePathOf({ disk, profile, shippedProfiles }: LoadOptions): string {
  const shipped = join(shippedProfiles, `${profile}.yaml`);
  const looksLikeName = basename(profile) === profile && !profile.endsWith('.yaml');
  const path = looksLikeName ? shipped : resolve(profile);
  if (disk.exists(path)) return path;
  const names = disk
    .list(shippedProfiles)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length));
  throw new HoldfastError(
    'CONFIG_NOT_FOUND',
    `no profile ${JSON.stringify(profile)}: use one of ${names.join(', ')}, or the path of a profile file`,
  );
}

function parseYaml(disk: Disk, path: string): unknown {
  const document = parseDocument(disk.readFile(path).toString('utf8'), { uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalid(
      document.errors.map((error) => ({
        path: '',
        problem: error.message.split('\n')[0] ?? '',
        source: path,
      })),
    );
  }
  return document.toJS() as unknown;
}

function problemsOf(error: z.ZodError, source: string, at: string[] = []): Problem[] {
  return error.issues.map((issue) => ({
    path: [...at, ...issue.path.map(String)].join('.'),
    problem:
      issue.code === 'unrecognized_keys' ? `unknown key ${issue.keys.join(', ')}` : issue.message,
    source,
  }));
}

function invalid(problems: readonly Problem[]): HoldfastError {
  const lines = problems.map(
    ({ path, problem, source }) => `  ${path === '' ? '(file)' : path}: ${problem}   [${source}]`,
  );
  const noun = problems.length === 1 ? 'problem' : 'problems';
  return new HoldfastError(
    'CONFIG_INVALID',
    `the configuration has ${problems.length} ${noun}; correct and start again:\n${lines.join('\n')}`,
    { details: { problems } },
  );
}

function strategyProblems(profile: Profile, source: string): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>();
  for (const [index, strategy] of profile.policy.strategies.entries()) {
    const at = ['policy', 'strategies', String(index)];
    if (seen.has(strategy.id))
      problems.push({
        path: [...at, 'id'].join('.'),
        problem: `used twice: ${strategy.id}`,
        source,
      });
    seen.add(strategy.id);
    const kind = strategyKinds.get(strategy.kind);
    if (kind === undefined) {
      const known = [...strategyKinds.keys()].join(', ');
      problems.push({
        path: [...at, 'kind'].join('.'),
        problem: `unknown strategy kind; there are: ${known}`,
        source,
      });
      continue;
    }
    const parsed = kind.parameters.safeParse(strategy.parameters);
    if (!parsed.success) problems.push(...problemsOf(parsed.error, source, [...at, 'parameters']));
  }
  return problems;
}

function wiringProblems({ wiring, stage }: Profile, source: string): Problem[] {
  const problems: Problem[] = [];
  const { venue, simulated_venue } = wiring;
  if (venue.environment !== 'simulated') {
    problems.push({
      path: 'wiring.venue.environment',
      problem: `only "simulated" is unlocked in stage ${stage}; a promotion record unlocks more`,
      source,
    });
  }
  if (!simulated_venue.start && (venue.ws_url === undefined || venue.http_url === undefined)) {
    problems.push({
      path: 'wiring.venue',
      problem: 'ws_url and http_url are needed when no simulated venue is started',
      source,
    });
  }
  if (simulated_venue.source === 'world' && simulated_venue.world === undefined) {
    problems.push({
      path: 'wiring.simulated_venue.world',
      problem: 'name the sealed world to replay',
      source,
    });
  }
  for (const name of ['status', 'control'] as const) {
    const { host, tls_key_file, tls_cert_file } = wiring[name];
    const loopback = host === '127.0.0.1' || host === '::1' || host === 'localhost';
    if (!loopback && (tls_key_file === undefined || tls_cert_file === undefined)) {
      problems.push({
        path: `wiring.${name}.host`,
        problem: 'a non-loopback address needs tls_key_file and tls_cert_file',
        source,
      });
    }
  }
  return problems;
}

/** Loads and validates. Throws CONFIG_NOT_FOUND, or CONFIG_INVALID with every problem. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const { disk, environment } = options;
  const profilePath = profilePathOf(options);
  const overrides = overridesOf(environment);
  const raw = parseYaml(disk, profilePath);
  const merged =
    typeof raw === 'object' && raw !== null && 'wiring' in raw
      ? { ...raw, wiring: withOverrides(raw.wiring, overrides) }
      : raw;
  const parsed = profileSchema.safeParse(merged);
  if (!parsed.success) throw invalid(problemsOf(parsed.error, profilePath));
  const profile = parsed.data;
  const reference = profile.policy.launch_policy;
  const launchPolicyPath = isAbsolute(reference)
    ? reference
    : join(dirname(profilePath), reference);
  if (!disk.exists(launchPolicyPath)) {
    throw invalid([
      {
        path: 'policy.launch_policy',
        problem: `no such file: ${launchPolicyPath}`,
        source: profilePath,
      },
    ]);
  }
  const policy = launchPolicySchema.safeParse(parseYaml(disk, launchPolicyPath));
  const problems = [
    ...(policy.success ? [] : problemsOf(policy.error, launchPolicyPath)),
    ...strategyProblems(profile, profilePath),
    ...wiringProblems(profile, profilePath),
  ];
  if (problems.length > 0 || !policy.success) throw invalid(problems);
  return {
    profile,
    launchPolicy: policy.data,
    profilePath,
    launchPolicyPath,
    overrides: overrides.map(({ variable, path }) => ({
      variable,
      path: ['wiring', ...path].join('.'),
    })),
    missingRequired: missingRequired(policy.data),
    runtimeConfigHash: canonicalHash({ profile, launchPolicy: policy.data }),
  };
}

function missingRequired({ execution, guard }: LaunchPolicy): string[] {
  const missing = missingExecutionKeys(execution).map((key) => `execution.${key}`);
  if (guard.max_daily_loss_usd === null) missing.push('guard.max_daily_loss_usd');
  return missing;
}
