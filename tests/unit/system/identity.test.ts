/** Who a run is: its build, its id, its pins; equal inputs, equal names. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { buildIdOf, liveScenario, newRunId, pinsOf } from '../../../daemon/system/identity.ts';
import { pinsSchema } from '../../../streams/facts/pins.ts';
import type { Disk } from '../../../streams/ports/index.ts';
import { shippedConfig } from '../../fixtures/system/configs.ts';

const identity = suite('identity');
const root = '/product';
const startUs = 1_763_690_400_000_000;

function productDisk(edit: (files: Map<string, string>) => void = () => undefined): Disk {
  const files = new Map([
    ['package.json', '{"version":"0.1.0"}'],
    ['dist/daemon/main.js', 'start();'],
    ['dist/daemon/system/system.js', 'compose();'],
    ['dist/actors/guard/guard.js', 'guard();'],
    ['dist/machines/mode.js', 'mode();'],
    ['dist/streams/facts/hash.js', 'hash();'],
    ['dist/streams/facts/time.js', 'time();'],
    ['dist/tests/some.test.js', 'test();'],
    ['dist/daemon/main.js.map', '{}'],
    ['docs/README.md', '#'],
  ]);
  edit(files);
  const { disk } = createVirtualWorld({ seed: 1, startUs, log: { level: 'silent' } }).portsFor('a');
  for (const [path, text] of files) {
    const full = `${root}/${path}`;
    disk.makeDirectory(full.slice(0, full.lastIndexOf('/')));
    disk.writeFileAtomic(full, text);
  }
  return disk;
}

const build = (edit?: (files: Map<string, string>) => void): string =>
  buildIdOf(productDisk(edit), root);

identity('a build is its version and twelve digits of its files', () => {
  assert.match(build(), /^0\.1\.0\+[0-9a-f]{12}$/);
  assert.is(build(), build(), 'the same files, the same build');
});

for (const [what, edit] of [
  ['a changed file', (files) => files.set('dist/machines/mode.js', 'mode( );')],
  ['a new file', (files) => files.set('dist/actors/new.js', '')],
  ['a missing file', (files) => files.delete('dist/daemon/system/system.js')],
  ['another version', (files) => files.set('package.json', '{"version":"0.1.1"}')],
  [
    'a renamed file',
    (files) => {
      files.delete('dist/streams/facts/time.js');
      files.set('dist/streams/facts/times.js', 'time();');
    },
  ],
  [
    'a moved file',
    (files) => {
      files.delete('dist/actors/guard/guard.js');
      files.set('dist/actors/guard.js', 'guard();');
    },
  ],
] as const satisfies readonly (readonly [string, (files: Map<string, string>) => unknown])[]) {
  identity(`${what} is another build`, () => assert.is.not(build(edit), build()));
}

identity('tests, maps and documents are not the build', () => {
  const other = build((files) => {
    files.set('dist/tests/some.test.js', 'other();');
    files.set('dist/daemon/main.js.map', '{"a":1}');
    files.set('docs/README.md', '# Other');
  });
  assert.is(other, build());
});

identity('run ids sort by time, and two of one second differ', () => {
  const { clock, random } = createVirtualWorld({
    seed: 1,
    startUs,
    log: { level: 'silent' },
  }).portsFor('a');
  const at = (us: number): string => newRunId({ clock: { ...clock, nowUs: () => us }, random });
  const ids = [at(startUs), at(startUs + 1_000_000), at(startUs + 86_400_000_000)];
  assert.match(ids[0] ?? '', /^20251121T020000Z-[0-9a-f]{8}$/);
  assert.equal(ids.toSorted(), ids);
  assert.is.not(at(startUs), at(startUs));
  assert.ok(pinsSchema.shape.run_id.safeParse(ids[0]).success);
});

const scenario = { scenarioId: 'world', manifestFingerprint: 'a'.repeat(64) };
const config = shippedConfig();
const { profile } = config;
const [first, ...others] = profile.policy.strategies;

function withStrategies(strategies: typeof profile.policy.strategies) {
  return { ...config, profile: { ...profile, policy: { ...profile.policy, strategies } } };
}

identity('pins are valid, of this run, and of this world', () => {
  const pins = pinsOf(scenario, 'run-1', config);
  assert.ok(pinsSchema.safeParse(pins).success);
  assert.is(pins.scenario_id, 'world');
  assert.is(pins.run_id, 'run-1');
  assert.not.ok('seed' in pins);
  assert.is(pinsOf({ ...scenario, seed: 7 }, 'run-1', config).seed, 7);
});

identity('the parameters of a runner are its own: another strategy does not change them', () => {
  if (first === undefined) throw new Error('the local profile has strategies');
  const own = pinsOf(scenario, 'r', config, first.id).parameter_hash;
  const hash = (strategies: typeof profile.policy.strategies, id?: string): string =>
    pinsOf(scenario, 'r', withStrategies(strategies), id).parameter_hash;
  assert.is.not(own, pinsOf(scenario, 'r', config).parameter_hash, 'the system has all of them');
  assert.is(hash([first], first.id), own);
  assert.is.not(hash([first]), pinsOf(scenario, 'r', config).parameter_hash);
  const changed = { ...first, parameters: { ...first.parameters, order_amount: 7 } };
  assert.is.not(hash([changed, ...others], first.id), own);
  assert.is.not(hash([{ ...first, kind: 'option-pair' }], first.id), own);
});

identity('a live session is named after venue, environment and account', () => {
  const here = liveScenario(config);
  assert.match(here.scenarioId, /^live\.[a-z-]+\.simulated$/);
  assert.match(here.manifestFingerprint, /^[0-9a-f]{64}$/);
  assert.equal(liveScenario(shippedConfig()), here);
  for (const change of [{ account: 'other' }, { name: 'other' }]) {
    const venue = { ...profile.wiring.venue, ...change };
    const there = liveScenario({
      ...config,
      profile: { ...profile, wiring: { ...profile.wiring, venue } },
    });
    assert.is.not(there.manifestFingerprint, here.manifestFingerprint);
  }
});

identity.run();
