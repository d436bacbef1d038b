import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StoreSupervisor } from '../../../daemon/store/index.ts';
import { openJournal } from '../../../streams/journal/index.ts';
import {
  embeddedConfig,
  reading,
  ready,
  testPorts,
  until,
  withDirectory,
  withEngine,
  withStore,
} from '../../fixtures/store/engine.ts';
import { fillBytes, tradeBytes } from '../../fixtures/store/facts.ts';

const crash = suite('store crashes');
const total = 60_000;
const kills = 4;
const appendSlice = 2_000;

/** Fills `traffic` while the store is being killed; every append is durable when this resolves. */
async function writeTrades(
  append: (bytes: Buffer) => Promise<number>,
  onSlice: (written: number) => void,
): Promise<void> {
  for (let written = 0; written < total; ) {
    const slice = Array.from({ length: appendSlice }, (_, index) =>
      append(tradeBytes(written + index)),
    );
    await Promise.all(slice);
    written += appendSlice;
    onSlice(written);
  }
}

const shippedOf = (store: StoreSupervisor): number =>
  store.view.health?.streams.find((stream) => stream.stream === 'traffic')?.shippedOffset ?? 0;

/** SIGKILLs the running child, at a moment that has nothing to do with its batches. */
async function killSoon(store: StoreSupervisor, delayMs: number): Promise<void> {
  await ready(store);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  const { pid } = store.view;
  assert.ok(pid !== null);
  process.kill(pid, 'SIGKILL');
  await until('the supervisor saw it', () => store.view.pid !== pid);
}

crash('killing the store while it ships loses nothing and doubles nothing', () =>
  withEngine('store crashes', () =>
    withDirectory(async (directory) => {
      const journalDirectory = join(directory, 'journal');
      const journal = await openJournal(testPorts(), journalDirectory);
      try {
        const config = embeddedConfig(directory, {
          journal: { directory: journalDirectory, sourceId: 'journal-1' },
        });
        await withStore(config, async (store) => {
          const ledger = journal.stream('ledger');
          for (let number = 0; number < 500; number += 1) ledger.appendNow([fillBytes(number)]);
          const traffic = journal.stream('traffic');
          const writing = writeTrades(
            (bytes) => traffic.append(bytes),
            () => undefined,
          );
          for (let kill = 0; kill < kills; kill += 1) await killSoon(store, 150 + 170 * kill);
          await writing;
          await ready(store);
          await until('everything is shipped', () => shippedOf(store) === total, 60_000);
          assert.is(store.view.restarts, kills);
          await sameOnBothSides(store);
        });
      } finally {
        await journal.close();
      }
    }),
  ),
);

async function sameOnBothSides(store: StoreSupervisor): Promise<void> {
  await reading(store, async (database) => {
    const [trades] = await database.rows(
      'SELECT count() AS rows, uniqExact(event_id) AS events, sum(trade_seq) AS checksum, ' +
        "min(offset) AS first, max(offset) AS last FROM market_ticks WHERE stream = 'traffic'",
    );
    assert.equal(trades, {
      rows: String(total),
      events: String(total),
      checksum: String((total * (total - 1)) / 2),
      first: '0',
      last: String(total - 1),
    });
    const [facts] = await database.rows<{ rows: string }>('SELECT count() AS rows FROM facts');
    assert.is(facts?.rows, String(total + 500));
    const [fills] = await database.rows(
      'SELECT count() AS rows, toString(sum(amount)) AS amount, uniqExact(trade_id) AS trades FROM fills',
    );
    assert.equal(fills, { rows: '500', amount: '0.0000000005', trades: '500' });
    const [aside] = await database.rows<{ rows: string }>(
      'SELECT count() AS rows FROM quarantined_rows',
    );
    assert.is(aside?.rows, '0');
  });
}

crash('a store that stops answering is killed and comes back', () =>
  withEngine('store hang', () =>
    withDirectory(async (directory) => {
      await withStore(embeddedConfig(directory), async (store) => {
        const { pid } = await ready(store);
        assert.ok(pid !== null);
        process.kill(pid, 'SIGSTOP');
        await until('a new process', () => store.view.pid !== pid && store.view.state === 'ready');
        await reading(store, (database) => database.ping());
      });
    }),
  ),
);

crash.run();
