/** What a simulated daemon is configured with: the shipped profile and policy, narrowed to the history. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { parseLaunchPolicy } from '../../../daemon/config/launch-policy-file.ts';
import { type LoadedConfig, loadConfig } from '../../../daemon/config/load.ts';
import type { LaunchPolicy } from '../../../daemon/config/schema.ts';
import { productionDisk } from '../../../daemon/ports/production/index.ts';
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

interface Launch {
  readonly text: string;
  readonly policy: LaunchPolicy;
}

let loaded: LoadedConfig | undefined;
/** By whether pauses are short. */
const launches = new Map<boolean, Launch>();

function shipped(): LoadedConfig {
  loaded ??= loadConfig({
    disk: productionDisk(),
    profile: 'local',
    shippedProfiles: join(packageRoot, 'daemon/profiles'),
    environment: {},
  });
  return loaded;
}

function launchWith(pausesAreShort: boolean): Launch {
  let launch = launches.get(pausesAreShort);
  if (launch === undefined) {
    const file = readFileSync(join(packageRoot, 'daemon/policies/paper.yaml'), 'utf8');
    const text = pausesAreShort ? withShortPauses(file) : file;
    const document = parse(text) as Readonly<Record<string, unknown>>;
    launch = { text, policy: parseLaunchPolicy(document) };
    launches.set(pausesAreShort, launch);
  }
  return launch;
}

function withShortPauses(text: string): string {
  const lines = Object.entries(shortPauses).map(([key, value]) => `  ${key}: ${value}\n`);
  return text.replace('\nguard:\n', `\nguard:\n${lines.join('')}`);
}

export interface SimConfig {
  readonly config: LoadedConfig;
  /** The policy file the daemon reads again and again. */
  readonly policyText: string;
  readonly clientId: string;
  readonly secretName: string;
}

/**
 * `withStrategy`: the house's crosser trades beside the hand. `hasQuiet`: there is time for pauses as
 * long as they are shipped.
 */
export function simConfig(withStrategy: boolean, hasQuiet: boolean): SimConfig {
  const config = shipped();
  const { text, policy: launchPolicy } = launchWith(!hasQuiet);
  const { profile } = config;
  const strategies = withStrategy ? [crosser] : [];
  const policy = { ...profile.policy, strategies, watch: ['BTC-*', 'ETH-*'] };
  return {
    config: {
      ...config,
      profile: { ...profile, policy },
      launchPolicy,
      launchPolicyPath: policyPath,
    },
    policyText: text,
    clientId: profile.wiring.venue.client_id,
    secretName: profile.wiring.venue.client_secret_env,
  };
}
