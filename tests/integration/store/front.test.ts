import { gunzipSync, gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { migrate, storeTables } from '../../../actors/evidence/store/index.ts';
import { hideSecret } from '../../../daemon/ports/production/index.ts';
import { connectStore } from '../../../daemon/store/client.ts';
import { openEngine } from '../../../daemon/store/engine.ts';
import { serveFront } from '../../../daemon/store/front.ts';
import { asHoldfastError } from '../../../streams/facts/errors.ts';
import { testPorts, withDirectory, withEngine } from '../../fixtures/store/engine.ts';

const front = suite('store front');
const passwords = { writer: 'writer-secret', reader: 'reader-secret' };

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly headers: Headers;
  readonly text: string;
}
type Ask = (
  user: 'writer' | 'reader' | 'nobody',
  sql: string,
  more?: { query?: string; headers?: Record<string, string>; body?: Uint8Array },
) => Promise<Answer>;

function asker(url: string): Ask {
  return async (user, sql, more = {}) => {
    const secret = user === 'nobody' ? 'wrong' : passwords[user];
    const name = user === 'nobody' ? 'writer' : user;
    const credentials = Buffer.from(`${name}:${secret}`).toString('base64');
    const response = await fetch(`${url}/?${more.query ?? ''}`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}`, ...more.headers },
      body: (more.body as Uint8Array<ArrayBuffer> | undefined) ?? sql,
    });
    const text = await response.text();
    const code = response.headers.get('x-clickhouse-exception-code');
    return { status: response.status, code, headers: response.headers, text };
  };
}

// One engine for the whole file: a process can have one data directory only.
front('speaks ClickHouse, exactly and only to those who may', () =>
  withEngine('store front', () =>
    withDirectory(async (directory) => {
      const ports = testPorts();
      const engine = await openEngine(ports.disk, `${directory}/store`, 'holdfast');
      const server = await serveFront({
        ports,
        engine,
        database: 'holdfast',
        passwords,
        host: '127.0.0.1',
        port: 0,
      });
      const url = `http://127.0.0.1:${server.port}`;
      try {
        await migrateTwice(url);
        const ask = asker(url);
        await refusesStrangers(ask);
        await readerOnlyReads(ask);
        await keepsNumbersAndTimes(ask);
        await refusesWrongRows(ask);
        await leaksNothingBetweenRequests(ask);
        await speaksGzipAndFormats(ask);
      } finally {
        await server.close();
        await engine.close();
      }
    }),
  ),
);

async function migrateTwice(url: string): Promise<void> {
  const retention = { ticks: 72, analytics: 720, snapshots: 720, ledger: null };
  const endpoint = { url, database: 'holdfast', user: 'writer' };
  const database = connectStore({ ...endpoint, password: hideSecret(passwords.writer) });
  try {
    await database.ping();
    const first = await migrate(database, retention);
    assert.equal(first.applied, [1, 2, 3]);
    const second = await migrate(database, retention);
    assert.equal([second.applied, second.retentionChanged], [[], []]);
    await bringsUpToDate(database, retention);
    const third = await migrate(database, { ...retention, ticks: null, ledger: 48 });
    const ofClass = (wanted: string): string[] =>
      storeTables.filter((table) => table.retention === wanted).map((table) => table.name);
    assert.equal(
      [...third.retentionChanged].sort(),
      [...ofClass('ticks'), ...ofClass('ledger')].sort(),
    );
    assert.equal(
      (await migrate(database, retention)).retentionChanged.length,
      third.retentionChanged.length,
    );
    await refusesForeignSchema(database, retention);
  } finally {
    await database.close();
  }
}

/** A store as version 1 left it: without what version 2 added, and with a row. */
async function bringsUpToDate(
  database: ReturnType<typeof connectStore>,
  retention: Parameters<typeof migrate>[1],
): Promise<void> {
  const added = storeTables.flatMap(({ name, since, columns }) =>
    since > 1
      ? []
      : columns.filter((column) => column.since > 1).map((column) => [name, column.name]),
  );
  assert.ok(added.length > 20);
  for (const [table, column] of added) {
    await database.command(`ALTER TABLE ${table} DROP COLUMN ${column}`);
  }
  await database.command('DROP TABLE markouts SYNC');
  await database.command(
    `DELETE FROM schema_migrations WHERE version > 1 SETTINGS lightweight_deletes_sync = 1`,
  );
  await database.command(
    `INSERT INTO attributions (ts_utc, event_id, source_id) SELECT '2026-11-21 00:00:00', 'e', 's'`,
  );
  assert.equal((await migrate(database, retention)).applied, [2, 3]);
  const rows = await database.rows<{ penalty: number | null; markouts: string }>(
    'SELECT realism_penalty_float AS penalty, (SELECT count() FROM markouts) AS markouts FROM attributions',
  );
  assert.is(rows.length, 1);
  assert.is(rows[0]?.penalty, null);
  assert.is(Number(rows[0]?.markouts), 0);
  await database.command('TRUNCATE TABLE attributions');
}

async function refusesForeignSchema(
  database: ReturnType<typeof connectStore>,
  retention: Parameters<typeof migrate>[1],
): Promise<void> {
  for (const [version, text] of [
    [1, /not the one of this build/],
    [999, /upgrade this build/],
  ] as const) {
    await database.command(
      `INSERT INTO schema_migrations (version, name, checksum) SELECT ${version}, 'x', 'other'`,
    );
    const error = await migrate(database, retention).catch(asHoldfastError);
    assert.ok(error instanceof Error && error.code === 'STORE_REJECTED');
    assert.match(error.message, text);
    await database.command(
      `DELETE FROM schema_migrations WHERE checksum = 'other' SETTINGS lightweight_deletes_sync = 1`,
    );
    if (version === 1) await migrate(database, retention);
  }
}

async function refusesStrangers(ask: Ask): Promise<void> {
  const wrong = await ask('nobody', 'SELECT 1');
  assert.equal([wrong.status, wrong.code], [403, '516']);
  const page = await ask('writer', 'SELECT 1', { headers: { origin: 'http://evil.example' } });
  assert.equal([page.status, page.code], [403, '516']);
  const other = await ask('reader', 'SELECT 1', { query: 'database=default' });
  assert.is(other.code, '81');
  const sticky = await ask('writer', 'SELECT 1', { query: 'max_threads=64' });
  assert.is(sticky.code, '115');
  const unsafe = await ask('writer', 'SELECT 1', { query: 'async_insert=1' });
  assert.is(unsafe.code, '164');
}

async function readerOnlyReads(ask: Ask): Promise<void> {
  for (const sql of [
    "INSERT INTO fills (side) VALUES ('x')",
    'CREATE TABLE t (a Int8) ENGINE = Memory',
    'DROP TABLE fills',
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    'SET readonly = 0',
    'USE default',
    'KILL QUERY WHERE 1',
    "SELECT file('/etc/hostname')",
    "DESCRIBE file('/etc/hostname', 'LineAsString')",
    "SELECT 1 INTO OUTFILE '/tmp/holdfast-store-outfile'",
    "SELECT 1 INTO/**/outfile '/tmp/holdfast-store-outfile'",
  ]) {
    const answer = await ask('reader', sql);
    assert.is.not(answer.status, 200, sql);
  }
  const query = `query=${encodeURIComponent('INSERT INTO fills (side) FORMAT TSV')}`;
  const insert = await ask('reader', '', { query, body: Buffer.from('x\n') });
  assert.is(insert.code, '164');
  assert.is((await ask('reader', 'SELECT count() FROM fills')).text, '0\n');
}

const columns = 'ts_utc, event_id, source_id, instrument, trade_seq, amount, fee';
const into = (table: string, format: string): string =>
  `query=${encodeURIComponent(`INSERT INTO ${table} (${columns}) FORMAT ${format}`)}`;

async function keepsNumbersAndTimes(ask: Ask): Promise<void> {
  const row = [
    '2024-08-08 00:00:00.000001',
    'id-1',
    'journal-1',
    'BTC-PERPETUAL',
    Number.MAX_SAFE_INTEGER,
    '123456789012345678.123456789012345678',
    '-0.000000000000000001',
  ];
  const line = Buffer.from(
    `${JSON.stringify(row)}\n`.replace('9007199254740991', '9223372036854775807'),
  );
  for (const token of ['a', 'a', 'b']) {
    const query = `${into('fills', 'JSONCompactEachRow')}&insert_deduplication_token=${token}`;
    const answer = await ask('writer', '', { query, body: line });
    assert.is(answer.status, 200, answer.text);
  }
  // The same token changed nothing; another token is another part, which FINAL collapses.
  assert.is((await ask('writer', 'SELECT count() FROM fills')).text, '2\n');
  assert.is((await ask('reader', 'SELECT count() FROM fills')).text, '1\n');
  const read = await ask('reader', `SELECT ${columns} FROM fills FORMAT JSONCompactEachRow`);
  assert.equal(JSON.parse(read.text), [
    '2024-08-08 00:00:00.000001',
    'id-1',
    'journal-1',
    'BTC-PERPETUAL',
    '9223372036854775807',
    '123456789012345678.123456789012345678',
    '-0.000000000000000001',
  ]);
}

async function refusesWrongRows(ask: Ask): Promise<void> {
  const named = (table: string): string =>
    `query=${encodeURIComponent(`INSERT INTO ${table} FORMAT JSONEachRow`)}`;
  const rows: [string, string][] = [
    ['{"side":"buy","surprise":1}', '117'],
    ['{"event_id":null}', '349'],
    ['{"trade_seq":"many"}', '27'],
  ];
  for (const [body, code] of rows) {
    const answer = await ask('writer', '', { query: named('fills'), body: Buffer.from(body) });
    assert.is.not(answer.status, 200, body);
    assert.ok(
      [code, '27', '117', '349', '26', '72'].includes(answer.code ?? ''),
      `${body}: ${answer.text}`,
    );
  }
  assert.is((await ask('writer', 'SELECT count() FROM fills')).text, '2\n');
}

async function leaksNothingBetweenRequests(ask: Ask): Promise<void> {
  // A query that fails after many rows: on a reused connection those rows come out next.
  const failing = 'SELECT number, throwIf(number = 3000000) FROM numbers(4000000)';
  for (const user of ['reader', 'writer'] as const) {
    const failed = await ask(user, failing);
    assert.is(failed.code, '395');
    assert.is((await ask(user, 'SELECT 42')).text, '42\n');
    const bound = await ask(user, 'SELECT {x:String}', { query: 'param_x=first' });
    assert.is(bound.text, 'first\n');
    const unbound = await ask(user, 'SELECT {x:String}');
    assert.is(unbound.code, '456', 'a parameter of an earlier request must be gone');
  }
}

async function speaksGzipAndFormats(ask: Ask): Promise<void> {
  const zipped = await ask('reader', 'SELECT 1 AS a FORMAT JSONEachRow', {
    query: 'enable_http_compression=1',
    headers: { 'accept-encoding': 'gzip' },
  });
  assert.is(zipped.headers.get('content-encoding'), 'gzip');
  assert.is(zipped.text.trim(), '{"a":1}');
  assert.match(zipped.headers.get('content-type') ?? '', /ndjson/);
  const body = gzipSync('["2024-08-09 00:00:00.000000","id-2","journal-1","X",1,"1","0"]\n');
  assert.ok(gunzipSync(body).length > 0);
  const insert = await ask('writer', '', {
    query: into('fills', 'JSONCompactEachRow'),
    headers: { 'content-encoding': 'gzip' },
    body,
  });
  assert.is(insert.status, 200, insert.text);
  assert.equal(JSON.parse(insert.headers.get('x-clickhouse-summary') ?? '{}').written_rows, '1');
  const bomb = await ask('writer', '', {
    query: into('fills', 'JSONCompactEachRow'),
    headers: { 'content-encoding': 'gzip' },
    body: Buffer.from('not gzip'),
  });
  assert.is(bomb.code, '354');
}

front.run();
