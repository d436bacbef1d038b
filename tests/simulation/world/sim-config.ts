/** What a simulated daemon is configured with: the shipped profile and policy, narrowed to the history. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { parseLaunchPolicy } from '../../../daemon/config/launch-policy-file.ts';
import { type LoadedConfig, loadConfig } from '../../../daemon/config/load.ts';
import type { LaunchPolicy } from '../../../daemon/config/schema.ts';
import { productionDisk } from '../../../daemon/ports/production/index.ts';
import type { Setup } from '../plan.ts';
import { btcPerpetual } from './sim-market.ts';

const packageRoot = fileURLToPath(new URL('../../../..', import.meta.url));
export const policyPath = '/etc/policy.yaml';
export const venuePort = 8790;
export const venueSecret = 'virtual-venue-secret';

/** A strategy of the house beside the hand that trades: it decides on every tick it wants. */
const crosser = {
  id: 'btc-crosser',
  kind: 'perpetual-crosser',
  enabled: true,
  decision_deadline_ms: 250,
  parameters: {
    instrument: btcPerpetual,
    order_amount: 1_000,
    position_amount_max: 10_000,
    enter_bps: 1,
    exit_bps: 0.5,
    hold_s_max: 10,
    cooldown_ms: 1_500,
    imbalance_gain_bps: 6,
    trend_gain: 0.8,
    flow_gain_bps: 4,
  },
};

/** Where a history has no quiet stretches, pauses of minutes would be most of it: they are short there. */
const shortPauses = {
  emergency_reduceonly_cooldown_s: 15,
  bunker_exit_stable_s: 8,
  reason_clear_stable_s: 4,
  evidenceguard_window_s: 5,
  evidenceguard_global_cooldown_s: 10,
  queue_clear_window_s: 5,
  dvol_cooldown_s: 8,
  spread_depth_cooldown_s: 8,
  basis_reduceonly_cooldown_s: 8,
  policy_recompute_s: 20,
};

type Section = Record<string, unknown>;
interface PolicyDocument extends Section {
  readonly execution: Section;
  readonly guard: Section;
}

let loaded: LoadedConfig | undefined;
let document: PolicyDocument | undefined;
/** Policies are proved when they are parsed, which takes longer than a short history. */
const parsed = new Map<string, LaunchPolicy>();

function shippedConfig(): LoadedConfig {
  loaded ??= loadConfig({
    disk: productionDisk(),
    profile: 'local',
    shippedProfiles: join(packageRoot, 'daemon/profiles'),
    environment: {},
  });
  return loaded;
}

/** The shipped policy, with short pauses where there is no quiet, and what this history changes; null takes a key away. */
function policyTextOf(
  { execution = {}, guard = {}, strayHost = false }: Setup,
  hasQuiet: boolean,
): string {
  document ??= parse(
    readFileSync(join(packageRoot, 'daemon/policies/paper.yaml'), 'utf8'),
  ) as PolicyDocument;
  const without = (section: Section): Section =>
    Object.fromEntries(Object.entries(section).filter(([, value]) => value !== null));
  return stringify({
    ...document,
    ...(strayHost ? { venue_hosts_allowed: ['venue.elsewhere'] } : {}),
    execution: without({ ...document.execution, ...execution }),
    guard: without({ ...document.guard, ...(hasQuiet ? {} : shortPauses), ...guard }),
  });
}

function parsedPolicy(text: string): LaunchPolicy {
  let policy = parsed.get(text);
  if (policy === undefined) {
    policy = parseLaunchPolicy(parse(text) as Readonly<Record<string, unknown>>);
    parsed.set(text, policy);
  }
  return policy;
}

export interface SimConfig {
  readonly config: LoadedConfig;
  /** The policy file the daemon reads again and again. */
  readonly policyText: string;
  /** What people set it to when the faults are over: the shipped one. */
  readonly calmPolicyText: string;
  readonly clientId: string;
  readonly secretName: string;
}

/**
 * `withStrategy`: the house's crosser trades beside the hand. `hasQuiet`: there is time for pauses as
 * long as they are shipped.
 */
export function simConfig(withStrategy: boolean, setup: Setup, hasQuiet: boolean): SimConfig {
  const config = shippedConfig();
  const { profile } = config;
  const strategies = withStrategy ? [crosser] : [];
  const policy = { ...profile.policy, strategies, watch: ['BTC-*', 'ETH-*'] };
  const { watchdog } = profile.wiring;
  const wiring = {
    ...profile.wiring,
    watchdog: { ...watchdog, required: setup.watchdog ?? false },
  };
  const policyText = policyTextOf(setup, hasQuiet);
  return {
    config: {
      ...config,
      profile: { ...profile, policy, wiring },
      launchPolicy: parsedPolicy(policyText),
      launchPolicyPath: policyPath,
    },
    policyText,
    calmPolicyText: policyTextOf({}, hasQuiet),
    clientId: profile.wiring.venue.client_id,
    secretName: profile.wiring.venue.client_secret_env,
  };
}
