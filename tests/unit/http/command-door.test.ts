import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CommandDoor, type CommandDoorOptions } from '../../../daemon/http/command-door.ts';
import {
  type CommandAnswer,
  type Commands,
  commandRows,
} from '../../../daemon/http/command-table.ts';
import { TokenTable } from '../../../daemon/http/tokens.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { codeOf, inbound } from '../../fixtures/system/requests.ts';

const commandDoor = suite('command door');

const supervisor = 'supervisor-token-x';
const owner = 'owner-token-of-tests';
const nowUs = 1_700_000_000_000_000;

const answer: CommandAnswer = {
  trading_mode: 'ReduceOnly',
  mode_reasons: ['REDUCEONLY_EMERGENCY_REDUCEONLY_ACTIVE'],
  outcome: 'done',
  fact_id: null,
  trace_id: 'a'.repeat(32),
};

interface Bench {
  readonly door: CommandDoor;
  readonly ran: string[];
  readonly refused: string[];
  readonly pass: (ms: number) => Promise<void>;
}

function bench(remembered: CommandDoorOptions['remembered'] = []): Bench {
  const world = createVirtualWorld({ seed: 1, startUs: nowUs, log: { level: 'silent' } });
  const ran: string[] = [];
  const refused: string[] = [];
  const run = (name: string): CommandAnswer => {
    ran.push(name);
    return answer;
  };
  const commands: Commands = {
    emergencyReduceOnly: ({ cause }) => run(`reduce ${cause}`),
    kill: (_options, { role }) => run(`kill ${role}`),
    rearm: () => run('rearm'),
    restore: (tier, { cause }) => run(`restore ${tier} ${cause}`),
    freeze: () => run('freeze'),
    unfreeze: () => run('unfreeze'),
    policyEffect: ({ policy }) => (policy.loosens === true ? 'loosens' : 'tightens'),
    applyPolicy: ({ policy }, { role }) => run(`policy ${String(policy.loosens)} ${role}`),
    reconcile: () => run('reconcile'),
    adopt: async ({ account }) => run(`adopt ${account}`),
    refused: (path, role, error) => refused.push(`${path} ${role ?? '-'} ${error.code}`),
  };
  const tokens = new TokenTable();
  tokens.add('supervisor', supervisor);
  tokens.add('owner', owner);
  const door = new CommandDoor({ ports: world.portsFor('daemon'), tokens, commands, remembered });
  return { door, ran, refused, pass: (ms) => world.clock.runFor(ms) };
}

let keys = 0;

function send(
  { door }: Bench,
  path: string,
  token: string,
  body: unknown = {},
  headers: Record<string, string> = {},
) {
  const row = commandRows.find((candidate) => candidate.path === path);
  if (row === undefined) throw new Error(`no command ${path}`);
  keys += 1;
  const all = {
    authorization: `Bearer ${token}`,
    'idempotency-key': `key-${keys}`,
    'x-request-time': String(nowUs / 1_000),
    ...headers,
  };
  const request = inbound(path, { method: 'POST', headers: all, body: JSON.stringify(body) });
  const route = { kind: 'json', method: 'POST', path, summary: '' } as never;
  return door.run(row, { route, params: {} }, request, 'a'.repeat(32));
}

const reduceOnly = '/api/v1/emergency/reduce_only';
const restore = '/api/v1/control/restore';
const restoreBody = { tier: 'Kill', reason: 'looked at it' };

commandDoor('a command runs with its cause and answers the mode', async () => {
  const at = bench();
  const response = await send(at, reduceOnly, supervisor, { cause: 'a drill' });
  assert.equal(JSON.parse(String(response.body)), answer);
  await send(at, reduceOnly, supervisor);
  await send(at, restore, owner, restoreBody);
  assert.equal(at.ran, ['reduce a drill', 'reduce by hand', 'restore Kill looked at it']);
  assert.equal(at.refused, []);
});

commandDoor('what tightens is never refused for its rate, what loosens is, per token', async () => {
  const at = bench();
  for (let round = 0; round < 500; round += 1) await send(at, reduceOnly, supervisor);
  assert.is(at.ran.length, 500);
  for (let round = 0; round < 30; round += 1) await send(at, restore, owner, restoreBody);
  assert.is(await codeOf(() => send(at, restore, owner, restoreBody)), 'RATE_LIMITED');
  await send(at, reduceOnly, owner);
  await at.pass(60_000);
  await send(at, restore, owner, restoreBody, { 'x-request-time': String(nowUs / 1_000 + 60_000) });
});

const policy = '/api/v1/control/policy';
const tighter = { policy: { loosens: false }, reason: 'less' };
const looser = { policy: { loosens: true }, reason: 'more' };

commandDoor('a policy that loosens needs an owner and a stamp, and is rate limited', async () => {
  const at = bench();
  await send(at, policy, supervisor, tighter, { 'x-request-time': undefined as never });
  assert.is(await codeOf(() => send(at, policy, supervisor, looser)), 'FORBIDDEN');
  const unstamped = { 'x-request-time': undefined as never };
  assert.is(await codeOf(() => send(at, policy, owner, looser, unstamped)), 'REQUEST_STALE');
  assert.equal(at.ran, ['policy false supervisor']);
  assert.equal(at.refused, [`${policy} supervisor FORBIDDEN`, `${policy} owner REQUEST_STALE`]);
  for (let round = 0; round < 30; round += 1) await send(at, policy, owner, looser);
  assert.is(await codeOf(() => send(at, policy, owner, looser)), 'RATE_LIMITED');
  await send(at, policy, owner, tighter);
  assert.is(at.ran.at(-1), 'policy false owner');
});

commandDoor(
  'a stamp five minutes off passes, a millisecond more does not, either way',
  async () => {
    const at = bench();
    const nowMs = nowUs / 1_000;
    const cases: Array<[stamp: string, code: string]> = [
      [String(nowMs - 300_000), 'none'],
      [String(nowMs - 300_001), 'REQUEST_STALE'],
      [String(nowMs + 300_000), 'none'],
      [String(nowMs + 300_001), 'REQUEST_STALE'],
      ['soon', 'REQUEST_STALE'],
      ['', 'REQUEST_STALE'],
      ['1e12', 'REQUEST_STALE'],
    ];
    for (const [stamp, code] of cases) {
      const headers = { 'x-request-time': stamp };
      assert.is(await codeOf(() => send(at, reduceOnly, supervisor, {}, headers)), code, stamp);
    }
  },
);

commandDoor(
  'refusals are recorded up to a bound, so that a stranger cannot fill the journal',
  async () => {
    const at = bench();
    for (let round = 0; round < 200; round += 1) {
      assert.is(await codeOf(() => send(at, reduceOnly, 'nobody')), 'UNAUTHORIZED');
    }
    assert.is(at.refused.length, 60);
    assert.is(at.refused[0], `${reduceOnly} - UNAUTHORIZED`);
    await at.pass(60_000);
    await codeOf(() => send(at, restore, supervisor, restoreBody));
    assert.is(at.refused.at(-1), `${restore} supervisor FORBIDDEN`);
    assert.equal(at.ran, [], 'nothing took effect');
  },
);

commandDoor('an answer of an earlier run is given again, and its key is taken', async () => {
  const body = JSON.stringify({ cause: 'a drill' });
  const { sha256Hex } = await import('../../../streams/facts/hash.ts');
  const at = bench([
    {
      role: 'supervisor',
      path: reduceOnly,
      idempotencyKey: 'earlier',
      bodySha256: sha256Hex(Buffer.from(body)),
      atUs: nowUs - 1_000_000,
      answer: { ...answer, fact_id: 'f'.repeat(64) },
    },
  ]);
  const key = { 'idempotency-key': 'earlier' };
  const response = await send(at, reduceOnly, supervisor, { cause: 'a drill' }, key);
  assert.is((JSON.parse(String(response.body)) as CommandAnswer).fact_id, 'f'.repeat(64));
  assert.is(await codeOf(() => send(at, reduceOnly, supervisor, { cause: 'b' }, key)), 'CONFLICT');
  assert.equal(at.ran, []);
});

commandDoor('what is not built says so to whoever may ask, and is recorded', async () => {
  const at = bench();
  const rollback = '/api/v1/control/canary/:id/rollback';
  assert.is(await codeOf(() => send(at, rollback, 'nobody')), 'UNAUTHORIZED');
  assert.is(await codeOf(() => send(at, rollback, supervisor)), 'NOT_BUILT');
  assert.is(at.refused.at(-1), `${rollback} supervisor NOT_BUILT`);
});

commandDoor.run();
