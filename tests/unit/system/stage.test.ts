/** Whether a stage may talk to a venue: every one of four conditions alone forbids it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { LoadedConfig } from '../../../daemon/config/load.ts';
import { stageView } from '../../../daemon/system/stage.ts';
import { shippedConfig } from '../../fixtures/system/configs.ts';

const stage = suite('stage');
const loopback = { ws: 'ws://127.0.0.1:8787/ws/api/v2' };
const { profile, launchPolicy } = shippedConfig();
const { wiring } = profile;

stage('the local profile may talk to the simulated venue on loopback', () => {
  const view = stageView(shippedConfig(), loopback);
  assert.equal(view, { stage: 'DEV', host: '127.0.0.1', permitted: true });
});

for (const allowed of ['DEV', 'STAGING', 'PAPER'] as const) {
  stage(`${allowed} is unlocked`, () => {
    const config = { ...shippedConfig(), profile: { ...profile, stage: allowed } };
    assert.is(stageView(config, loopback).permitted, true);
  });
}

for (const [what, changes, urls] of [
  ['MICRO_LIVE', { profile: { ...profile, stage: 'MICRO_LIVE' } }, loopback],
  ['PROD', { profile: { ...profile, stage: 'PROD' } }, loopback],
  ['live execution', { profile: { ...profile, execution: 'live' } }, loopback],
  [
    'a venue that is not simulated',
    {
      profile: {
        ...profile,
        wiring: { ...wiring, venue: { ...wiring.venue, environment: 'production' } },
      },
    },
    loopback,
  ],
  ['a host that is not on the list', {}, { ws: 'wss://www.deribit.com/ws/api/v2' }],
  ['a host that only begins like one', {}, { ws: 'ws://127.0.0.1.example.org/ws' }],
  ['a host in the user part', {}, { ws: 'ws://127.0.0.1@www.deribit.com/ws' }],
  [
    'an empty list of hosts',
    { launchPolicy: { ...launchPolicy, venue_hosts_allowed: [] } },
    loopback,
  ],
] as const) {
  stage(`${what} is not permitted`, () => {
    // Values the schema of this build refuses are tried as well: the view is asked at every dispatch.
    const config = { ...shippedConfig(), ...changes } as LoadedConfig;
    assert.is(stageView(config, urls).permitted, false);
  });
}

stage.run();
