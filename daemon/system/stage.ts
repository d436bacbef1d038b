/** Whether this stage may talk to this venue host: asked at start and at every dispatch. */
import type { StageView } from '../../actors/execution/index.ts';
import type { LoadedConfig } from '../config/load.ts';

/** Stages that this build has unlocked: nothing here can reach money. */
const unlockedStages: ReadonlySet<string> = new Set(['DEV', 'STAGING', 'PAPER']);

export function stageView(
  { profile, launchPolicy }: LoadedConfig,
  urls: { readonly ws: string },
): StageView {
  const host = new URL(urls.ws).hostname;
  const permitted =
    unlockedStages.has(profile.stage) &&
    profile.execution === 'simulated' &&
    profile.wiring.venue.environment === 'simulated' &&
    launchPolicy.venue_hosts_allowed.includes(host);
  return { stage: profile.stage, host, permitted };
}
