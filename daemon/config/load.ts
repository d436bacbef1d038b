/**
 * Reads profile and launch policy, applies the environment, and refuses to go on with one error
 * that lists every problem of all of them, with path, expected form and source.
 */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { canonicalHash } from '../../streams/facts/hash.ts';
import { missingExecutionKeys } from '../../streams/facts/policy/execution.ts';
import type { Disk } from '../../streams/ports/index.ts';
import {
  hostProblems,
  profileProblems,
  strategyProblems,
  writtenStrategies,
} from './cross-checks.ts';
import { asText, type Override, overridesOf, withOverrides } from './environment.ts';
import { configInvalid, type Problem, problemsOf } from './problems.ts';
import { type LaunchPolicy, launchPolicySchema, type Profile, profileSchema } from './schema.ts';
import { readYamlFile } from './yaml-file.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadOptions {
  readonly disk: Disk;
  /** A shipped profile's name, or the path of a file. */
  readonly profile: string;
  readonly shippedProfiles: string;
  readonly environment: Environment;
}

export interface LoadedConfig {
  readonly profile: Profile;
  readonly launchPolicy: LaunchPolicy;
  readonly profilePath: string;
  readonly launchPolicyPath: string;
  /** Environment variables that changed the wiring, with the path each one set. */
  readonly overrides: ReadonlyArray<{ readonly variable: string; readonly path: string }>;
  /** As the files say it, before defaults: what tells a default from a choice. */
  readonly written: { readonly profile: unknown; readonly launchPolicy: unknown };
  /** Required policy keys that are not set: their capability starts blocked with `ConfigMissing`. */
  readonly missingRequired: readonly string[];
  /** sha256 of the whole effective configuration; it holds no secret, only names of secrets. */
  readonly runtimeConfigHash: string;
}

function profilePathOf({ disk, profile, shippedProfiles }: LoadOptions): string {
  const looksLikeName = /^[a-z0-9][a-z0-9-]*$/.test(basename(profile));
  const isName = looksLikeName && basename(profile) === profile;
  const path = isName ? join(shippedProfiles, `${profile}.yaml`) : resolve(profile);
  if (disk.stat(path)?.kind === 'file') return path;
  const names = disk
    .list(shippedProfiles)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length));
  throw new HoldfastError(
    'CONFIG_NOT_FOUND',
    `no profile ${JSON.stringify(profile)}: use one of ${names.join(', ')}, or the path of a profile file`,
  );
}

function merged(raw: unknown, overrides: readonly Override[]): unknown {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return raw;
  const { wiring } = raw as { wiring?: unknown };
  const effective = withOverrides(wiring, overrides);
  return effective === undefined ? raw : { ...raw, wiring: effective };
}

/** A variable whose value looks like a number is a text where the schema wants a text. */
function retyped(
  overrides: readonly Override[],
  raw: unknown,
  environment: Environment,
): readonly Override[] {
  const parsed = profileSchema.safeParse(merged(raw, overrides));
  if (parsed.success) return overrides;
  const texts = new Set(
    parsed.error.issues
      .filter((issue) => issue.code === 'invalid_type' && issue.expected === 'string')
      .map(({ path }) => path.join('.')),
  );
  return overrides.map((override) =>
    texts.has(['wiring', ...override.path].join('.')) ? asText(override, environment) : override,
  );
}

type About = 'form' | 'meaning';

/** Whether an override is where a problem comes from: it set the value, or the form around it. */
function isAbout(override: Override, problem: Problem, about: About): boolean {
  const at = ['wiring', ...override.path].join('.');
  if (problem.path === at || problem.path.startsWith(`${at}.`)) return true;
  return about === 'form' && problem.path !== 'wiring' && at.startsWith(`${problem.path}.`);
}

/** The problems with the variable that made each, where one did. */
function sourced(
  problems: readonly Problem[],
  overrides: readonly Override[],
  about: About,
): Problem[] {
  return problems.map((problem) => {
    const setBy = overrides.find((override) => isAbout(override, problem, about));
    return setBy === undefined ? problem : { ...problem, source: setBy.variable };
  });
}

interface ReadProfile {
  readonly profile: Profile | undefined;
  readonly written: unknown;
  readonly overrides: readonly Override[];
  readonly problems: readonly Problem[];
}

function readProfile({ disk, environment }: LoadOptions, path: string): ReadProfile {
  const file = readYamlFile(disk, path);
  const found = overridesOf(environment);
  if (file.problems.length > 0) {
    return { profile: undefined, written: undefined, overrides: found, problems: file.problems };
  }
  const overrides = retyped(found, file.value, environment);
  const parsed = profileSchema.safeParse(merged(file.value, overrides));
  const problems = [
    ...(parsed.success
      ? sourced(profileProblems(parsed.data, path), overrides, 'meaning')
      : sourced(problemsOf(profileSchema, parsed.error, path), overrides, 'form')),
    ...strategyProblems(writtenStrategies(file.value), path),
  ];
  return { profile: parsed.data, written: file.value, overrides, problems };
}

interface ReadPolicy {
  readonly path: string;
  readonly policy: LaunchPolicy | undefined;
  readonly written: unknown;
  readonly problems: readonly Problem[];
}

/** The launch policy that a profile refers to, also a profile with other problems. */
function readPolicy(disk: Disk, profilePath: string, writtenProfile: unknown): ReadPolicy {
  const { policy } = (writtenProfile ?? {}) as { policy?: { launch_policy?: unknown } };
  const reference = policy?.launch_policy;
  const none = { path: '', policy: undefined, written: undefined };
  if (typeof reference !== 'string' || reference === '') return { ...none, problems: [] };
  const path = isAbsolute(reference) ? reference : join(dirname(profilePath), reference);
  if (disk.stat(path)?.kind !== 'file') {
    const problem = `no such file: ${path}`;
    return {
      ...none,
      problems: [{ path: 'policy.launch_policy', problem, source: profilePath }],
    };
  }
  const file = readYamlFile(disk, path);
  if (file.problems.length > 0) return { ...none, path, problems: file.problems };
  const parsed = launchPolicySchema.safeParse(file.value);
  const problems = parsed.success ? [] : problemsOf(launchPolicySchema, parsed.error, path);
  return { path, policy: parsed.data, written: file.value, problems };
}

/** Loads and validates. Throws CONFIG_NOT_FOUND, or CONFIG_INVALID with every problem. */
export function loadConfig(options: LoadOptions): LoadedConfig {
  const profilePath = profilePathOf(options);
  const read = readProfile(options, profilePath);
  const launch = readPolicy(options.disk, profilePath, read.written);
  const { profile, overrides } = read;
  const { policy } = launch;
  const problems = [...read.problems, ...launch.problems];
  if (profile !== undefined && policy !== undefined) {
    problems.push(...sourced(hostProblems(profile, policy, profilePath), overrides, 'meaning'));
  }
  if (problems.length > 0 || profile === undefined || policy === undefined) {
    throw configInvalid(problems);
  }
  return {
    profile,
    launchPolicy: policy,
    profilePath,
    launchPolicyPath: launch.path,
    overrides: overrides.map(({ variable, path }) => ({
      variable,
      path: ['wiring', ...path].join('.'),
    })),
    written: { profile: read.written, launchPolicy: launch.written },
    missingRequired: missingRequired(policy),
    runtimeConfigHash: canonicalHash({ profile, launchPolicy: policy }),
  };
}

function missingRequired({ execution, guard }: LaunchPolicy): string[] {
  const missing = missingExecutionKeys(execution).map((key) => `execution.${key}`);
  if (guard.max_daily_loss_usd === null) missing.push('guard.max_daily_loss_usd');
  return missing;
}
