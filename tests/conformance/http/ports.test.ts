/** C-707, C-708: what the ports refuse, each with its twin that passes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ask, command, problemOf } from '../../fixtures/system/ask.ts';
import { type OpenPorts, withOpenPorts } from '../../fixtures/system/open-ports.ts';
import { ownerToken, supervisorToken } from '../../fixtures/system/profile-files.ts';

const ports = suite('ports');

const reduceOnly = '/api/v1/emergency/reduce_only';
const restore = '/api/v1/control/restore';
const restoreBody = { tier: 'ReduceOnly', reason: 'looked at it' };

for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS']) {
  ports(`C-707 TRIP ${method} on every path of the status port is 405`, () =>
    withOpenPorts(async ({ statusUrl, effects }) => {
      const { paths } = (await ask(`${statusUrl}/openapi.json`)).json as { paths: object };
      assert.ok(Object.keys(paths).length > 15);
      for (const path of Object.keys(paths)) {
        const concrete = path.replace(/\{\w+\}/g, 'mode');
        const answer = await ask(`${statusUrl}${concrete}`, { method });
        assert.is(answer.status, 405, path);
        assert.is(answer.headers.allow, 'GET', path);
      }
      assert.equal(effects, []);
    }),
  );
}

ports('C-707 NON-TRIP GET answers', () =>
  withOpenPorts(async ({ statusUrl }) => {
    assert.is((await ask(`${statusUrl}/api/v1/health`)).status, 200);
  }),
);

type Send = (open: OpenPorts) => ReturnType<typeof command>;

const minute = 60_000;

function reduce(token: string, headers: Record<string, string> = {}, body: unknown = {}): Send {
  return ({ controlUrl }) => command(`${controlUrl}${reduceOnly}`, token, body, headers);
}

function loosen(token: string, headers: Record<string, string> = {}): Send {
  return ({ controlUrl }) => command(`${controlUrl}${restore}`, token, restoreBody, headers);
}

const stamped = (offMs: number): Record<string, string> => ({
  'x-request-time': String(Date.now() + offMs),
});

const refused: Array<[what: string, trip: Send, status: number, record: string, nonTrip: Send]> = [
  [
    'a missing token',
    reduce('', { authorization: '' }),
    401,
    '- UNAUTHORIZED',
    reduce(supervisorToken),
  ],
  [
    'an unknown token',
    reduce('nobody-knows-this-one'),
    401,
    '- UNAUTHORIZED',
    reduce(supervisorToken),
  ],
  ['too small a role', loosen(supervisorToken), 403, 'supervisor FORBIDDEN', loosen(ownerToken)],
  [
    'a wrong Host',
    reduce(supervisorToken, { host: 'evil.example' }),
    403,
    '- FORBIDDEN',
    reduce(supervisorToken),
  ],
  [
    'a wrong Origin',
    reduce(supervisorToken, { origin: 'http://evil.example' }),
    403,
    '- FORBIDDEN',
    (open) => reduce(supervisorToken, { origin: open.statusUrl })(open),
  ],
  [
    'an old timestamp',
    reduce(supervisorToken, stamped(-6 * minute)),
    400,
    'supervisor REQUEST_STALE',
    reduce(supervisorToken, stamped(-4 * minute)),
  ],
  [
    'a timestamp from the future',
    reduce(supervisorToken, stamped(6 * minute)),
    400,
    'supervisor REQUEST_STALE',
    reduce(supervisorToken, stamped(4 * minute)),
  ],
];
for (const [what, trip, status, record, nonTrip] of refused) {
  ports(`C-708 TRIP ${what} is refused, recorded, and changes nothing`, () =>
    withOpenPorts(async (open) => {
      const answer = await trip(open);
      assert.is(answer.status, status);
      assert.match(problemOf(answer).trace_id, /^[0-9a-f]{32}$/);
      assert.equal(open.effects, []);
      assert.is(open.refusals.length, 1);
      assert.ok(open.refusals[0]?.endsWith(record), open.refusals[0]);
    }),
  );
  ports(`C-708 NON-TRIP not ${what}: it takes effect`, () =>
    withOpenPorts(async (open) => {
      assert.is((await nonTrip(open)).status, 200);
      assert.is(open.effects.length, 1);
      assert.equal(open.refusals, []);
    }),
  );
}

ports('C-708 TRIP the same key with another body is 409 and recorded', () =>
  withOpenPorts(async (open) => {
    const key = { 'idempotency-key': 'one' };
    await reduce(supervisorToken, key, { cause: 'a' })(open);
    const answer = await reduce(supervisorToken, key, { cause: 'b' })(open);
    assert.is(answer.status, 409);
    assert.equal(open.effects, ['reduce_only']);
    assert.equal(open.refusals, [`${reduceOnly} supervisor CONFLICT`]);
  }),
);

ports('C-708 NON-TRIP the same key and body gets the stored answer', () =>
  withOpenPorts(async (open) => {
    const key = { 'idempotency-key': 'one' };
    const first = await reduce(supervisorToken, key, { cause: 'a' })(open);
    const again = await reduce(supervisorToken, key, { cause: 'a' })(open);
    assert.is(again.text, first.text);
    assert.equal(open.effects, ['reduce_only']);
    assert.equal(open.refusals, []);
  }),
);

ports('C-709 a token shows in no answer and no metric, also when it is wrong', () =>
  withOpenPorts(async (open) => {
    const wrong = 'a-token-that-was-mistyped';
    const answers = [
      await reduce(supervisorToken)(open),
      await reduce(wrong)(open),
      await loosen(supervisorToken)(open),
      await ask(`${open.statusUrl}/api/v1/streams/mode?from=${wrong}`),
      await ask(`${open.controlUrl}/openapi.json`),
    ];
    const said = answers.map(({ text, headers }) => text + JSON.stringify(headers)).join('\n');
    for (const secret of [supervisorToken, ownerToken, wrong]) {
      assert.not.ok(said.includes(secret));
      assert.not.ok((await open.metrics()).includes(secret));
    }
  }),
);

ports('a body beyond the bound is a problem document with a trace id', () =>
  withOpenPorts(async (open) => {
    const answer = await reduce(supervisorToken, {}, { cause: 'x'.repeat(70_000) })(open);
    assert.is(answer.status, 413);
    assert.is(problemOf(answer).error_code, 'PAYLOAD_TOO_LARGE');
    assert.match(problemOf(answer).trace_id, /^[0-9a-f]{32}$/);
    assert.equal(open.effects, []);
  }),
);

ports.run();
