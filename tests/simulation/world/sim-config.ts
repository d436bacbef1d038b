/** What a simulated daemon is configured with: the shipped profile and policy, narrowed to the history. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type LoadedConfig, loadConfig } from '../../../daemon/config/load.ts';
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

let loaded: LoadedConfig | undefined;
let policyText: string | undefined;

function shipped(): { config: LoadedConfig; text: string } {
  loaded ??= loadConfig({
    disk: productionDisk(),
    profile: 'local',
    shippedProfiles: join(packageRoot, 'daemon/profiles'),
    environment: {},
  });
  policyText ??= readFileSync(join(packageRoot, 'daemon/policies/paper.yaml'), 'utf8');
  return { config: loaded, text: policyText };
}

export interface SimConfig {
  readonly config: LoadedConfig;
  /** The policy file the daemon reads again and again. */
  readonly policyText: string;
  readonly clientId: string;
  readonly secretName: string;
}

/** `withStrategy`: the house's crosser trades beside the hand. */
export function simConfig(withStrategy: boolean): SimConfig {
  const { config, text } = shipped();
  const { profile } = config;
  const strategies = withStrategy ? [crosser] : [];
  const policy = { ...profile.policy, strategies, watch: ['BTC-*', 'ETH-*'] };
  return {
    config: { ...config, profile: { ...profile, policy }, launchPolicyPath: policyPath },
    policyText: text,
    clientId: profile.wiring.venue.client_id,
    secretName: profile.wiring.venue.client_secret_env,
  };
}
