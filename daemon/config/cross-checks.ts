/** What no single schema sees: strategies against their kinds, wiring against itself and the policy. */
import { strategyKinds } from '../../actors/strategy/index.ts';
import { isLoopback } from '../http/origin.ts';
import { type Problem, problemsOf } from './problems.ts';
import type { LaunchPolicy, Profile } from './schema.ts';

/** Stages that this build can start: nothing above may start without a promotion record. */
const startableStages: ReadonlySet<string> = new Set(['DEV', 'STAGING', 'PAPER']);

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The strategies of a profile as they were written, also when other parts of it are wrong. */
export function writtenStrategies(raw: unknown): readonly unknown[] {
  const policy = isRecord(raw) ? raw.policy : undefined;
  const strategies = isRecord(policy) ? policy.strategies : undefined;
  return Array.isArray(strategies) ? strategies : [];
}

export function strategyProblems(strategies: readonly unknown[], source: string): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<unknown>();
  for (const [index, strategy] of strategies.entries()) {
    if (!isRecord(strategy)) continue;
    const at = ['policy', 'strategies', String(index)];
    const say = (key: string, problem: string): void => {
      problems.push({ path: [...at, key].join('.'), problem, source });
    };
    const { id, kind: name, parameters } = strategy;
    if (seen.has(id)) say('id', `used twice: ${String(id)}`);
    if (id !== undefined) seen.add(id);
    if (typeof name !== 'string') continue;
    const kind = strategyKinds.get(name);
    if (kind === undefined) {
      say('kind', `unknown strategy kind; there are: ${[...strategyKinds.keys()].join(', ')}`);
    } else if (isRecord(parameters)) {
      const parsed = kind.parameters.safeParse(parameters);
      const inside = [...at, 'parameters'];
      if (!parsed.success) {
        problems.push(...problemsOf(kind.parameters, parsed.error, source, inside));
      }
    }
  }
  return problems;
}

function venueProblems({ wiring, stage }: Profile): Array<[path: string, problem: string]> {
  const problems: Array<[string, string]> = [];
  const { venue, simulated_venue } = wiring;
  if (venue.environment !== 'simulated') {
    const why = `only "simulated" is unlocked in stage ${stage}; a promotion record unlocks more`;
    problems.push(['wiring.venue.environment', why]);
  }
  if (!simulated_venue.start && (venue.ws_url === undefined || venue.http_url === undefined)) {
    const why = 'ws_url and http_url are needed when no simulated venue is started';
    problems.push(['wiring.venue', why]);
  }
  if (simulated_venue.source === 'world' && simulated_venue.world === undefined) {
    problems.push(['wiring.simulated_venue.world', 'name the sealed world to replay']);
  }
  return problems;
}

function listenProblems({ wiring }: Profile): Array<[path: string, problem: string]> {
  const problems: Array<[string, string]> = [];
  for (const name of ['status', 'control'] as const) {
    const { host, tls_key_file, tls_cert_file } = wiring[name];
    const hasTls = tls_key_file !== undefined && tls_cert_file !== undefined;
    if ((tls_key_file === undefined) !== (tls_cert_file === undefined)) {
      problems.push([`wiring.${name}`, 'tls_key_file and tls_cert_file go together']);
    } else if (!isLoopback(host) && !hasTls) {
      const why = 'a non-loopback address needs tls_key_file and tls_cert_file';
      problems.push([`wiring.${name}.host`, why]);
    }
  }
  const taken = new Map<number, string>();
  const venuePort: Array<[string, number]> = wiring.simulated_venue.start
    ? [['simulated_venue', wiring.simulated_venue.port]]
    : [];
  const ports: Array<[string, number]> = [
    ['status', wiring.status.port],
    ['control', wiring.control.port],
    ...venuePort,
  ];
  for (const [name, port] of ports) {
    const other = port === 0 ? undefined : taken.get(port);
    if (other !== undefined) {
      problems.push([`wiring.${name}.port`, `${port} is the port of ${other} already`]);
    }
    taken.set(port, name);
  }
  return problems;
}

/** Problems of a profile whose every value has the right form. */
export function profileProblems(profile: Profile, source: string): Problem[] {
  const stage: Array<[string, string]> = startableStages.has(profile.stage)
    ? []
    : [['stage', `${profile.stage} needs a signed promotion record, and there is none`]];
  return [...stage, ...venueProblems(profile), ...listenProblems(profile)].map(
    ([path, problem]) => ({ path, problem, source }),
  );
}

/** The venue has to be one the launch policy allows. */
export function hostProblems(
  { wiring }: Profile,
  { venue_hosts_allowed }: LaunchPolicy,
  source: string,
): Problem[] {
  const { simulated_venue, venue } = wiring;
  const hosts: Array<[string, string]> = simulated_venue.start
    ? [['wiring.simulated_venue.host', simulated_venue.host]]
    : Object.entries({
        'wiring.venue.ws_url': venue.ws_url,
        'wiring.venue.http_url': venue.http_url,
      })
        .filter(([, url]) => url !== undefined)
        .map(([path, url]) => [path, new URL(url ?? '').hostname]);
  const allowed = venue_hosts_allowed.join(', ');
  return hosts
    .filter(([, host]) => !venue_hosts_allowed.includes(host))
    .map(([path, host]) => ({
      path,
      problem: `${host} is not in venue_hosts_allowed of the launch policy (${allowed})`,
      source,
    }));
}
