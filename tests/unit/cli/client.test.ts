import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { controlUrl, problemError, statusUrl } from '../../../daemon/cli/client.ts';
import { writeEndpoints } from '../../../daemon/cli/endpoints.ts';
import { problemResponse } from '../../../daemon/http/problem.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { capturing, typed } from '../../fixtures/system/command-line.ts';
import { withDirectory } from '../../fixtures/system/commands-run.ts';
import { codeOf } from '../../fixtures/system/requests.ts';

const client = suite('client of the ports');

client(
  'command line, then environment, then what a daemon wrote down, then the default',
  async () => {
    await withDirectory(async (dataDirectory) => {
      const plain = capturing().environment;
      assert.is(statusUrl(plain, { dataDirectory }), 'http://127.0.0.1:8780');
      writeEndpoints(plain.ports.disk, dataDirectory, {
        pid: 1,
        run_id: 'r',
        status_url: 'http://127.0.0.1:1',
        control_url: 'http://127.0.0.1:2',
      });
      assert.is(statusUrl(plain, { dataDirectory }), 'http://127.0.0.1:1');
      assert.is(controlUrl(plain, { dataDirectory }), 'http://127.0.0.1:2');
      const given = capturing({ HOLDFAST_STATUS_URL: 'http://127.0.0.1:3/' }).environment;
      assert.is(statusUrl(given, { dataDirectory }), 'http://127.0.0.1:3');
      assert.is(statusUrl(given, { dataDirectory, url: 'https://desk/' }), 'https://desk');
    });
  },
);

client('a broken endpoints file is named, not guessed around', async () => {
  await withDirectory(async (dataDirectory) => {
    const { environment } = capturing();
    for (const text of ['', '{', '[]', '{"pid":"x"}']) {
      writeFileSync(join(dataDirectory, 'endpoints.json'), text);
      const code = await codeOf(() => statusUrl(environment, { dataDirectory }));
      assert.is(code, 'SCHEMA_INVALID', text);
    }
  });
});

client('a problem document is the error it describes; a bug shows nothing of itself', () => {
  const known = new HoldfastError('CONFLICT', 'came before', { details: { standing: ['A'] } });
  const read = (thrown: unknown): HoldfastError | undefined =>
    problemError(JSON.parse(String(problemResponse(thrown, 'a'.repeat(32)).body)));
  const error = read(known);
  assert.is(error?.code, 'CONFLICT');
  assert.is(error?.message, 'came before');
  assert.is(error?.traceId, 'a'.repeat(32));
  assert.equal(error?.details, { standing: ['A'] });
  for (const bug of [new Error('secret inside'), new HoldfastError('INTERNAL', 'secret inside')]) {
    const text = String(problemResponse(bug, 'a'.repeat(32)).body);
    assert.not.match(text, 'secret');
    assert.is(read(bug)?.code, 'INTERNAL');
  }
  assert.is(problemError({ ok: true }), undefined);
});

client('statuses carry the headers they ask for', () => {
  const of = (code: 'UNAUTHORIZED' | 'RATE_LIMITED' | 'METHOD_NOT_ALLOWED', details = {}) =>
    problemResponse(new HoldfastError(code, 'x', { details }), 'a').headers;
  assert.is(of('UNAUTHORIZED')?.['www-authenticate'], 'Bearer');
  assert.is(of('RATE_LIMITED')?.['retry-after'], '5');
  assert.is(of('METHOD_NOT_ALLOWED', { allow: 'POST' })?.allow, 'POST');
});

client('a daemon that is not there is said so, with what to do', async () => {
  for (const args of [['status'], ['health'], ['attach', 'mode'], ['reduce-only']]) {
    const url = ['--url', 'http://127.0.0.1:9'];
    const { exitCode, err } = await typed([...args, ...url], { HOLDFAST_TOKEN: 'x'.repeat(20) });
    assert.is(exitCode, 6, args[0]);
    assert.match(err, /npm start/);
  }
});

client('a command without a token says where one comes from', async () => {
  await withDirectory(async (data) => {
    const { exitCode, err } = await typed(['kill', '--data', data]);
    assert.is(exitCode, 8);
    assert.match(err, /set HOLDFAST_TOKEN/);
  });
});

client.run();
