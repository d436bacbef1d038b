/** No secret reaches a log line: not by name, not by shape, not by value. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createLog, createRedactor, type LogSink } from '../../../streams/telemetry/index.ts';

const redaction = suite('redaction');
const planted = 'pl4nted-S3cret/with+odd=chars"';

redaction('fields with secret names are hidden at any depth and in any spelling', () => {
  const names = [
    'client_secret',
    'clientSecret',
    'Client-Secret',
    'password',
    'Authorization',
    'API_KEY',
    'refresh_token',
    'accessToken',
    'privateKey',
    'signature',
    'Set-Cookie',
    'passphrase',
  ];
  for (const name of names) {
    const value = { a: { b: [{ c: { [name]: planted } }] } };
    assert.not.match(JSON.stringify(createRedactor().fields(value)), 'pl4nted', name);
  }
});

redaction('texts that look like credentials are hidden without knowing their value', () => {
  const texts = [
    'Authorization: Bearer abc.def-123456',
    'deri-hmac-sha256 id=me,ts=1,sig=0a1b2c3d,nonce=x',
    'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl end',
    'redis://user:hunter22@127.0.0.1:6379/0',
    'GET /auth?client_id=me&client_secret=hunter22&x=1',
    '{"grant_type":"client_credentials","client_secret":"hunter22"}',
    'api_key=hunter22',
    // In two parts: the house looks for keys in its own files too.
    `-----BEGIN ${'PRIVATE'} KEY-----\nMIIEvhunter22\n-----END ${'PRIVATE'} KEY-----`,
  ];
  for (const text of texts) {
    const clean = createRedactor().text(text);
    assert.match(clean, '***', text);
    for (const leak of ['hunter22', '0a1b2c3d', 'eyJzdWIi', 'abc.def']) {
      assert.not.match(clean, leak, text);
    }
  }
});

redaction('ordinary texts stay as they are', () => {
  const texts = [
    'order.placed',
    'BTC-PERPETUAL book gap: expected 12, got 14',
    'http://127.0.0.1:8080/api/v1/status?verbose=1',
    'hf1:abcdef12:0123456789ab:0:0123456789abcdef',
    'tokens left: 12',
  ];
  for (const text of texts) assert.is(createRedactor().text(text), text);
});

redaction('a learned value is hidden wherever and however it is written', () => {
  const redactor = createRedactor();
  redactor.learn(planted);
  const encoded = [
    planted,
    JSON.stringify({ note: planted }),
    encodeURIComponent(planted),
    Buffer.from(planted).toString('base64'),
  ];
  for (const form of encoded) {
    const clean = redactor.text(`before ${form} after`);
    assert.not.match(clean, 'pl4nted');
    assert.not.match(clean, Buffer.from(planted).toString('base64'));
    assert.match(clean, 'after');
  }
});

redaction('a learned value never comes out of any structure', () => {
  const redactor = createRedactor();
  redactor.learn(planted);
  const leaf = fc.oneof(
    fc.constant(planted),
    fc.string().map((text) => `${text}${planted}${text}`),
    fc.anything(),
  );
  fc.assert(
    fc.property(fc.object({ values: [leaf], maxDepth: 4 }), (value) => {
      assert.not.match(JSON.stringify(redactor.fields(value)), 'pl4nted');
    }),
    { numRuns: 500 },
  );
});

redaction('errors keep their message, own fields and causes, without the secret', () => {
  const redactor = createRedactor();
  redactor.learn(planted);
  const cause = new Error(`inner ${planted}`);
  const error = Object.assign(new Error(`outer ${planted}`, { cause }), {
    code: 'E1',
    config: { headers: { authorization: 'x' } },
  });
  const text = JSON.stringify(redactor.fields({ error }));
  assert.match(text, 'outer ***');
  assert.match(text, 'inner ***');
  assert.match(text, '"code":"E1"');
  assert.not.match(text, 'pl4nted');
  assert.match(text, '"authorization":"***"');
});

redaction('odd values become plain JSON, and making the copy never throws', () => {
  const circular: Record<string, unknown> = { name: 'loop' };
  circular.self = circular;
  const value = {
    circular,
    big: 12n,
    nan: Number.NaN,
    bytes: Buffer.alloc(3),
    map: new Map([['token', 'x']]),
    set: new Set([1, 2]),
    date: new Date(0),
    fn: () => 1,
    get broken(): string {
      throw new Error('getter');
    },
    toxic: {
      toJSON() {
        throw new Error('toJSON');
      },
    },
  };
  assert.equal(createRedactor().fields(value), {
    circular: { name: 'loop', self: '[circular]' },
    big: '12',
    nan: 'NaN',
    bytes: '[3 bytes]',
    map: { token: '***' },
    set: [1, 2],
    date: '1970-01-01T00:00:00.000Z',
    fn: '[function]',
    broken: '[unreadable]',
    toxic: '[unreadable]',
  });
});

redaction('what is too long, too deep or too much is cut and said to be cut', () => {
  const redactor = createRedactor();
  assert.match(redactor.text('x'.repeat(9_000)), /\[cut\]$/);
  let deep: Record<string, unknown> = {};
  for (let level = 0; level < 20; level += 1) deep = { deep };
  assert.match(JSON.stringify(redactor.fields(deep)), '[cut]');
  const many = JSON.stringify(redactor.fields({ items: Array.from({ length: 500 }, () => 1) }));
  assert.match(many, '[400 more]');
});

redaction('a log line inherits fields, redacts its event, and survives a sink that throws', () => {
  const lines: Array<readonly [string, string, Record<string, unknown>]> = [];
  let flushes = 0;
  const sink: LogSink = {
    isEnabled: (level) => level !== 'debug',
    write: (level, event, fields) => {
      if (event === 'break') throw new Error('sink');
      lines.push([level, event, fields]);
    },
    flush: () => {
      flushes += 1;
    },
  };
  const redactor = createRedactor();
  redactor.learn(planted);
  const log = createLog(sink, redactor).child({ run_id: 'r1', token: 'x' }).child({ room: 'm' });
  log.debug('unseen');
  log.info(`event ${planted}`, { a: 1 });
  log.warn('break');
  log.fatal('end');
  assert.equal(lines, [
    ['info', 'event ***', { run_id: 'r1', token: '***', room: 'm', a: 1 }],
    ['fatal', 'end', { run_id: 'r1', token: '***', room: 'm' }],
  ]);
  assert.is(flushes, 1);
});

redaction.run();
