import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { guardReader } from '../../../daemon/store/reader-guard.ts';

const guard = suite('reader guard');

const allowed = [
  'SELECT 1',
  "SELECT 'INTO OUTFILE ; -- file(' AS text",
  'SELECT count() FROM facts FINAL WHERE event_type = {type:String} FORMAT JSON',
  'WITH a AS (SELECT 1 AS x) SELECT x, input_event_id FROM a, `no_trade_traces`;',
  '(SELECT 1) UNION ALL (SELECT 2)',
  "SELECT arrayMap(x -> x + 1, [1, 2]), toDateTime64('2024-01-01 00:00:00', 6), 'it''s', 'a\\'b'",
  "SELECT '\u00e9' AS accents_in_text",
  'SHOW TABLES',
  'SHOW CREATE TABLE facts',
  'DESCRIBE TABLE facts',
  'EXISTS TABLE facts',
  'EXPLAIN SELECT 1',
];
for (const sql of allowed) guard(`allows: ${sql}`, () => guardReader(sql));

const refused = [
  '',
  'INSERT INTO facts VALUES (1)',
  'DROP TABLE facts',
  'SET readonly = 0',
  'USE default',
  'KILL QUERY WHERE 1',
  'SYSTEM SHUTDOWN',
  'BACKUP TABLE facts TO File(1)',
  'SELECT 1; SELECT 2',
  "SELECT file('/etc/hostname')",
  "SELECT `file`('/etc/hostname')",
  'SELECT "FILE" (\'/etc/hostname\')',
  "SELECT `f\\x69le`('/etc/hostname')",
  "SELECT {f:Identifier}('/etc/hostname')",
  "SELECT * APPLY(file) FROM (SELECT '/etc/hostname')",
  "SELECT * APPLY file FROM (SELECT '/etc/hostname')",
  "SELECT 1 INTO OUTFILE '/tmp/x'",
  "SELECT 1 INTO/**/OUTFILE '/tmp/x'",
  "SELECT 1 INTO -- x\nOUTFILE '/tmp/x'",
  'SELECT 1 # comment',
  'SELECT $a$ heredoc $a$',
  'SELECT \u2018typographic\u2019',
  "DESCRIBE url('http://127.0.0.1/')",
  "DESC file('/etc/passwd')",
  "DESCRIBE (SELECT * FROM url('http://127.0.0.1/'))",
  "EXPLAIN SELECT * FROM s3Cluster('x', 'y')",
  "SELECT * FROM remoteSecure('h', system.one)",
  "SELECT 'open",
  `SELECT '${'x'.repeat(100_000)}'`,
];
for (const sql of refused) {
  guard(`refuses: ${sql.slice(0, 60)}`, () => {
    assert.throws(
      () => guardReader(sql),
      (error: Error & { code?: number }) => error.code === 164,
    );
  });
}

guard.run();
