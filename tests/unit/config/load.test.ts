import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig } from '../../../daemon/config/load.ts';
import { productionPorts } from '../../../daemon/ports/production/index.ts';
import { loadEdited, problemsOfLoad, setAt } from '../../fixtures/system/configuration.ts';
import { packageRoot } from '../../fixtures/system/profile-files.ts';
import { codeOf } from '../../fixtures/system/requests.ts';

const load = suite('configuration');

const nothing = (): void => undefined;

const { disk } = productionPorts({
  log: { level: 'silent', destination: 'stderr' },
  environment: {},
});
const shippedProfiles = join(packageRoot, 'daemon/profiles');

load('every shipped profile is valid and complete', () => {
  const names = disk.list(shippedProfiles).map((name) => name.replace('.yaml', ''));
  assert.ok(names.includes('local') && names.includes('paper'));
  for (const profile of names) {
    const config = loadConfig({ disk, profile, shippedProfiles, environment: {} });
    assert.equal(config.missingRequired, [], profile);
    assert.match(config.runtimeConfigHash, /^[0-9a-f]{64}$/);
  }
});

load('a profile that is not there names those that are', async () => {
  for (const profile of ['nope', './nope.yaml', shippedProfiles, '.']) {
    const options = { disk, profile, shippedProfiles, environment: {} };
    assert.is(await codeOf(() => loadConfig(options)), 'CONFIG_NOT_FOUND', profile);
  }
});

load('one error lists the problems of profile, policy, strategies, wiring and environment', () => {
  const problems = problemsOfLoad(
    ({ profile, policy }) => {
      setAt(profile, 'policy.strategies.0.kind', 'nothing');
      setAt(profile, 'policy.strategies.1.parameters.hold_s', 'a while');
      setAt(policy, 'guard.mm_util_reduceonly', 0.5);
      setAt(policy, 'execution.max_order_notional_usd', '20k');
      setAt(profile, 'wiring.log.level', 'loud');
    },
    { HOLDFAST_WIRING__STOP_DEADLINE_MS: '8s' },
  );
  const expected = [
    /^wiring\.log\.level: Invalid option: expected one of .* \[\/etc\/profile\.yaml\]$/,
    /^wiring\.stop_deadline_ms: expected number, received string \[HOLDFAST_WIRING__STOP_DEADLINE_MS\]$/,
    /^policy\.strategies\.0\.kind: unknown strategy kind; there are: .*perpetual-crosser/,
    /^policy\.strategies\.1\.parameters\.hold_s: expected number/,
    /^execution\.max_order_notional_usd: expected number, received string \[\/etc\/policy\.yaml\]$/,
    /^guard\.mm_util_reduceonly: must be above mm_util_reject_opens/,
  ];
  assert.is(problems.length, expected.length, problems.join('\n'));
  for (const pattern of expected) {
    const found = problems.some((problem) => pattern.test(problem));
    assert.ok(found, `${pattern}\n${problems.join('\n')}`);
  }
});

type Document = 'profile' | 'policy';
const single: Array<[problem: string, document: Document, path: string, value: unknown]> = [
  ['wiring.status.prot: unknown key: did you mean port?', 'profile', 'wiring.status.prot', 1],
  ['wiring.zzz: unknown key; there are: data_directory, oracle_root', 'profile', 'wiring.zzz', {}],
  [
    'policy.strategies.0.enabld: unknown key: did you mean enabled?',
    'profile',
    'policy.strategies.0.enabld',
    true,
  ],
  [
    'policy.strategies.0.parameters.enter_pct: unknown key: did you mean enter_bps?',
    'profile',
    'policy.strategies.0.parameters.enter_pct',
    1,
  ],
  [
    'policy.strategies.1.id: used twice: btc-crosser',
    'profile',
    'policy.strategies.1.id',
    'btc-crosser',
  ],
  [
    'execution.order_ack_timeout_s: unknown key: did you mean order_ack_timeout_ms?',
    'policy',
    'execution.order_ack_timeout_s',
    2,
  ],
  ['stage: PROD needs a signed promotion record', 'profile', 'stage', 'PROD'],
  ['execution: expected "simulated"', 'profile', 'execution', 'live'],
  [
    'wiring.venue.environment: only "simulated" is unlocked',
    'profile',
    'wiring.venue.environment',
    'production',
  ],
  [
    'wiring.venue.client_secret: unknown key: did you mean client_secret_env?',
    'profile',
    'wiring.venue.client_secret',
    'hush',
  ],
  [
    'wiring.venue.ws_url: holds a password',
    'profile',
    'wiring.venue.ws_url',
    'ws://me:hush@127.0.0.1:1',
  ],
  [
    'wiring.venue.ws_url: a ws:// or wss:// address',
    'profile',
    'wiring.venue.ws_url',
    'http://127.0.0.1',
  ],
  [
    'wiring.venue: ws_url and http_url are needed',
    'profile',
    'wiring.simulated_venue.start',
    false,
  ],
  [
    'wiring.simulated_venue.world: name the sealed world',
    'profile',
    'wiring.simulated_venue.source',
    'world',
  ],
  [
    'wiring.simulated_venue.host: 10.0.0.1 is not in venue_hosts_allowed',
    'profile',
    'wiring.simulated_venue.host',
    '10.0.0.1',
  ],
  [
    'wiring.status.host: a non-loopback address needs tls',
    'profile',
    'wiring.status.host',
    '0.0.0.0',
  ],
  [
    'wiring.control: tls_key_file and tls_cert_file go together',
    'profile',
    'wiring.control.tls_key_file',
    'key.pem',
  ],
  [
    'wiring.control.port: 8780 is the port of status already',
    'profile',
    'wiring.control.port',
    8_780,
  ],
  ['wiring.status.port: Too big: expected number', 'profile', 'wiring.status.port', 65_536],
  ['wiring: expected object', 'profile', 'wiring', []],
  [
    'policy.launch_policy: no such file: /etc/nope.yaml',
    'profile',
    'policy.launch_policy',
    'nope.yaml',
  ],
  ['guard.mm_util_kill: Too big', 'policy', 'guard.mm_util_kill', 1.01],
];
for (const [problem, document, path, value] of single) {
  load(`it refuses: ${problem}`, () => {
    const problems = problemsOfLoad((written) => setAt(written[document], path, value));
    assert.is(problems.length, 1, problems.join('\n'));
    assert.ok(problems[0]?.startsWith(problem), problems[0]);
  });
}

/** Nine levels of nine aliases each: half a billion values from a few hundred bytes. */
function aliasBomb(): string {
  const levels = Array.from('abcdefghi').map((name, at, names) => {
    const value = at === 0 ? '"x"' : `*${names[at - 1]}`;
    return `${name}: &${name} [${Array(9).fill(value).join(', ')}]`;
  });
  return `${levels.join('\n')}\n`;
}

const texts: Array<[problem: string, document: Document, change: (text: string) => string]> = [
  [': expected object', 'profile', () => '- a\n'],
  [': expected object', 'policy', () => ''],
  [': Map keys must be unique at line', 'profile', (text) => `${text}stage: DEV\n`],
  [
    ': Map keys must be unique at line',
    'policy',
    (text) => text.replace('guard:', 'name: b\nguard:'),
  ],
  [': Nested mappings are not allowed', 'policy', () => 'a: b: c\n'],
  [': Unresolved alias', 'profile', () => '<<: *a\n'],
  [': Excessive alias count', 'policy', aliasBomb],
];
for (const [problem, document, change] of texts) {
  load(`it refuses a ${document} text with ${problem.slice(2)}`, () => {
    const problems = problemsOfLoad(nothing, {}, (written) => {
      written[document] = change(written[document]);
    });
    assert.is(problems.length, 1, problems.join('\n'));
    assert.ok(problems[0]?.startsWith(problem), problems[0]);
  });
}

load('no problem shows a value: a secret in the wrong place stays where it is', () => {
  const secret = 'hush-hush-hush';
  const problems = problemsOfLoad(
    ({ profile }) => {
      setAt(profile, 'wiring.venue.client_secret', secret);
      setAt(profile, 'wiring.venue.client_secret_env', secret);
      setAt(profile, 'wiring.venue.http_url', secret);
    },
    { HOLDFAST_WIRING__STATUS__PORT: secret },
  );
  assert.is(problems.length, 4, problems.join('\n'));
  assert.not.ok(problems.join('\n').includes(secret));
});

load('the environment overrides wiring and nothing else, and says so', () => {
  const config = loadEdited(nothing, {
    HOLDFAST_WIRING__STATUS__PORT: '1234',
    HOLDFAST_WIRING__STORE__KIND: 'none',
    HOLDFAST_WIRING__STATUS__NAMES: '[desk.example]',
    HOLDFAST_POLICY__NAME: 'ignored',
    HOLDFAST_WIRING__CONTROL__PORT: '',
  });
  const { status, store, control } = config.profile.wiring;
  assert.is(status.port, 1234);
  assert.equal(status.names, ['desk.example']);
  assert.equal(store, { kind: 'none' });
  assert.is(control.port, 8781);
  assert.equal(
    config.overrides.map(({ path }) => path),
    ['wiring.status.names', 'wiring.status.port', 'wiring.store.kind'],
  );
});

load('a number in a variable is a text where the profile wants a text', () => {
  const config = loadEdited(nothing, { HOLDFAST_WIRING__VENUE__CLIENT_ID: '0042' });
  assert.is(config.profile.wiring.venue.client_id, '0042');
});

const wrongVariables: Array<[name: string, value: string, problem: RegExp]> = [
  ['HOLDFAST_WIRING__STATUS__PORT', 'eighty', /^wiring\.status\.port: expected number/],
  ['HOLDFAST_WIRING__STATUS__PORT', '[1', /^wiring\.status\.port: expected number/],
  ['HOLDFAST_WIRING__STATUS__PROT', '1', /^wiring\.status\.prot: unknown key: did you mean port/],
  ['HOLDFAST_WIRING__STATUS', '1', /^wiring\.status: expected object/],
  ['HOLDFAST_WIRING__STATUS__PORT__MORE', '1', /^wiring\.status\.port: expected number/],
  ['HOLDFAST_WIRING__CONSTRUCTOR__NAME', 'a', /^wiring\.constructor: unknown key/],
];
for (const [name, value, problem] of wrongVariables) {
  load(`it refuses ${name}=${value} by the variable's name`, () => {
    const problems = problemsOfLoad(nothing, { [name]: value });
    assert.is(problems.length, 1, problems.join('\n'));
    assert.match(problems[0] ?? '', problem);
    assert.match(problems[0] ?? '', new RegExp(`\\[${name}\\]$`));
  });
}

load('a required key that is missing is listed, and does not refuse', () => {
  const config = loadEdited(({ policy }) => {
    setAt(policy, 'execution.max_position_usd', undefined);
    setAt(policy, 'guard.max_daily_loss_usd', undefined);
  });
  assert.equal(config.missingRequired, ['execution.max_position_usd', 'guard.max_daily_loss_usd']);
});

load('the configuration hash follows meaning, not spelling', () => {
  const hash = loadEdited(nothing).runtimeConfigHash;
  const reordered = loadEdited(({ profile }) => {
    const { wiring } = profile;
    delete profile.wiring;
    profile.wiring = wiring;
  });
  assert.is(reordered.runtimeConfigHash, hash);
  const spelledOut = loadEdited(({ profile }) => setAt(profile, 'wiring.status.port', 8_780));
  assert.is(spelledOut.runtimeConfigHash, hash, 'a default spelled out');
  const changed = loadEdited(({ policy }) => setAt(policy, 'guard.guard_tick_ms', 99));
  assert.is.not(changed.runtimeConfigHash, hash);
});

load.run();
