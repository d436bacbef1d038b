import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeBatch } from '../../../actors/evidence/store/index.ts';
import { tradeBytes } from '../../fixtures/store/facts.ts';

const encoding = suite('batch encoding');

encoding('gives the loop back at least once per 500 rows', async () => {
  const records = Array.from({ length: 2_000 }, (_, offset) => ({
    offset,
    bytes: tradeBytes(offset),
  }));
  let turns = 0;
  const clock = {
    soon(fn: () => void) {
      turns += 1;
      setImmediate(fn);
    },
  };
  const batch = await encodeBatch(records, { clock, sourceId: 's', stream: 'traffic' });
  // Two rows a trade: facts and market_ticks.
  assert.is(batch.rows, 4_000);
  assert.is(turns, 8);
  for (const table of batch.tables) {
    assert.is(table.rows, 2_000);
    assert.is(table.chunks.length, 8);
  }
});

encoding('a record that is no fact is handed back, the others go on', async () => {
  const records = [
    { offset: 10, bytes: Buffer.from('not json') },
    { offset: 11, bytes: Buffer.from('{"event_type":"a.b"}') },
    { offset: 12, bytes: tradeBytes(1) },
  ];
  const clock = { soon: (fn: () => void) => fn() };
  const batch = await encodeBatch(records, { clock, sourceId: 's', stream: 'traffic' });
  assert.equal(
    batch.unreadable.map((record) => [record.offset, record.content]),
    [
      [10, 'not json'],
      [11, '{"event_type":"a.b"}'],
    ],
  );
  assert.equal(
    batch.tables.map((table) => [table.table, table.rows]),
    [
      ['facts', 1],
      ['market_ticks', 1],
    ],
  );
});

encoding.run();
