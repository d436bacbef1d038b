import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Shipper, startShipper, storeError } from '../../../actors/evidence/store/index.ts';
import { createVirtualWorld, type VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { startUs, tradeBytes } from '../../fixtures/store/facts.ts';
import { type ListSource, listSource } from '../../fixtures/store/list-source.ts';
import {
  linesOf,
  type MemoryDatabase,
  memoryDatabase,
} from '../../fixtures/store/memory-database.ts';

const shipping = suite('shipping a stream');

interface Bench {
  readonly world: VirtualWorld;
  readonly database: MemoryDatabase;
  readonly source: ListSource;
  start(): Promise<Shipper>;
  runFor(ms: number): Promise<void>;
}

async function withShipper(check: (bench: Bench) => Promise<void>): Promise<void> {
  const world = createVirtualWorld({ seed: 'ship', startUs });
  const database = memoryDatabase();
  const source = listSource('traffic');
  const started: Shipper[] = [];
  const start = async (): Promise<Shipper> => {
    const ports = world.portsFor('store');
    const shipper = await startShipper({ ports, database, source, sourceId: 'journal-1' });
    started.push(shipper);
    return shipper;
  };
  try {
    await check({ world, database, source, start, runFor: (ms) => world.clock.runFor(ms) });
  } finally {
    for (const shipper of started) void shipper.stop();
    await world.clock.runFor(60_000);
  }
}

const inserts = (database: MemoryDatabase, table: string) =>
  database.attempts.filter((attempt) => attempt.table === table);

shipping('a lone fact waits for company, but not longer than a second', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    await start();
    source.push(tradeBytes(0));
    await runFor(900);
    assert.is(database.raw('facts').length, 0);
    source.push(tradeBytes(1));
    await runFor(300);
    assert.is(database.raw('facts').length, 2);
    assert.is(inserts(database, 'facts').length, 1);
  }),
);

shipping('a backlog leaves in batches of at most 10,000 facts without waiting', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    source.push(...Array.from({ length: 25_000 }, (_, number) => tradeBytes(number)));
    const shipper = await start();
    await runFor(10);
    assert.equal(
      inserts(database, 'facts').map((insert) => insert.rows),
      [10_000, 10_000],
    );
    await runFor(1_100);
    assert.is(database.final('market_ticks').length, 25_000);
    const [status] = shipper.status();
    assert.is(status?.shippedOffset, 25_000);
    assert.is(status?.lagRecords, 0);
    assert.is(status?.lagMs, 0);
  }),
);

shipping('an unconfirmed batch is sent again with the same tokens, so nothing doubles', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    let lostAnswers = 3;
    database.onApplied = () => {
      if (lostAnswers === 0) return;
      lostAnswers -= 1;
      throw storeError('socket hang up', undefined, undefined);
    };
    source.push(tradeBytes(0), tradeBytes(1));
    const shipper = await start();
    await runFor(10_000);
    assert.is(database.raw('facts').length, 2);
    assert.is(database.raw('market_ticks').length, 2);
    assert.ok(inserts(database, 'facts').length > 1);
    assert.is(new Set(inserts(database, 'facts').map((insert) => insert.token)).size, 1);
    assert.is(shipper.status()[0]?.failures, 3);
    assert.is(shipper.status()[0]?.failuresInRow, 0);
  }),
);

shipping('the offset moves only after every table was confirmed; a restart goes on from it', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    const order: string[] = [];
    database.onApplied = (insert) => void order.push(insert.table);
    source.push(tradeBytes(0));
    const first = await start();
    await runFor(2_000);
    assert.equal(order, ['facts', 'market_ticks', 'shipper_offsets']);
    void first.stop();
    await runFor(2_000);
    source.push(tradeBytes(1));
    await start();
    await runFor(2_000);
    assert.equal(
      inserts(database, 'facts').map((insert) => insert.rows),
      [1, 1],
    );
  }),
);

shipping('while the store is down lag grows, only pings are sent, and then it catches up', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    let down = true;
    const refuse = (): void => {
      if (down) throw storeError('connect ECONNREFUSED', undefined, undefined);
    };
    database.onInsert = refuse;
    database.onPing = refuse;
    source.push(tradeBytes(0));
    const shipper = await start();
    await runFor(120_000);
    const [status] = shipper.status();
    assert.is(shipper.breaker.state, 'open');
    assert.is(status?.lagRecords, 1);
    assert.ok((status?.lagMs ?? 0) > 100_000);
    assert.is(inserts(database, 'facts').length, 5);
    assert.ok(database.pings > 5);
    assert.match(status?.lastError ?? '', /does not answer/);
    source.push(tradeBytes(1));
    down = false;
    await runFor(15_000);
    assert.is(database.final('facts').length, 2);
    assert.is(shipper.breaker.state, 'closed');
    assert.is(shipper.status()[0]?.lastError, null);
  }),
);

const refuseRows = (bad: (line: string) => boolean) => (insert: Parameters<typeof linesOf>[0]) => {
  if (insert.table === 'market_ticks' && linesOf(insert).some(bad)) {
    throw storeError('Cannot parse input (CANNOT_PARSE_INPUT)', 27, undefined);
  }
};

shipping('a row the store can never take is set aside with its reason, the others are stored', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    database.onInsert = refuseRows((line) => /"(17|42)",(17|42)/.test(line));
    source.push(...Array.from({ length: 100 }, (_, number) => tradeBytes(number)));
    const shipper = await start();
    await runFor(3_000);
    assert.is(database.final('facts').length, 100);
    assert.is(database.final('market_ticks').length, 98);
    const aside = database.raw('quarantined_rows');
    assert.equal(new Set(aside.map((row) => row.offset)), new Set([17, 42]));
    assert.ok(aside.every((row) => row.target === 'market_ticks'));
    assert.match(String(aside[0]?.error), /CANNOT_PARSE_INPUT/);
    assert.is(shipper.status()[0]?.quarantined, 2);
    assert.is(shipper.status()[0]?.shippedOffset, 100);
  }),
);

shipping('a wrong schema sets nothing aside: the batch waits, and is stored after the repair', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    database.onInsert = refuseRows(() => true);
    source.push(...Array.from({ length: 500 }, (_, number) => tradeBytes(number)));
    const shipper = await start();
    await runFor(5_000);
    assert.is(shipper.status()[0]?.shippedOffset, 0);
    assert.match(shipper.status()[0]?.lastError ?? '', /its schema is not this build's/);
    assert.is(database.raw('quarantined_rows').length, 0);
    database.onInsert = () => undefined;
    await runFor(30_000);
    assert.is(database.final('market_ticks').length, 500);
    assert.is(shipper.status()[0]?.shippedOffset, 500);
  }),
);

shipping('a journal shorter than what was shipped is read from its start', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    await database.insert({
      table: 'shipper_offsets',
      columns: ['source_id', 'stream', 'generation', 'next_offset', 'updated_at'],
      chunks: [Buffer.from('["journal-1","traffic",0,1000,"2024-08-08 00:00:00.000000"]\n')],
      rows: 1,
      token: 'earlier',
    });
    source.push(tradeBytes(0), tradeBytes(1));
    await start();
    await runFor(2_000);
    assert.is(database.final('facts').length, 2);
    const last = database.raw('shipper_offsets').at(-1);
    assert.equal([last?.generation, last?.next_offset], [1, 2]);
  }),
);

shipping('a source that cannot be read is told, and read again from the confirmed offset', () =>
  withShipper(async ({ database, source, start, runFor }) => {
    const open = source.open.bind(source);
    let damaged = true;
    const opened: number[] = [];
    Object.assign(source, {
      open: (stream: string, from: number) => {
        opened.push(from);
        if (damaged) throw new HoldfastError('JOURNAL_DAMAGED', 'block 3 does not match its hash');
        return open(stream, from);
      },
    });
    source.push(tradeBytes(0));
    const shipper = await start();
    await runFor(20_000);
    assert.match(shipper.status()[0]?.lastError ?? '', /block 3/);
    assert.ok(opened.length > 3 && opened.length < 20, `${opened.length} tries`);
    damaged = false;
    await runFor(20_000);
    assert.is(database.final('facts').length, 1);
    assert.is(shipper.status()[0]?.lastError, null);
  }),
);

shipping.run();
