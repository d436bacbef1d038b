import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connectStore } from '../../../daemon/store/client.ts';
import {
  type StoreProcessConfig,
  StoreSupervisor,
  type StoreView,
} from '../../../daemon/store/index.ts';
import { makeBreakers } from '../../../daemon/system/breakers.ts';
import { openJournal } from '../../../streams/journal/index.ts';
import {
  embeddedConfig,
  reading,
  ready,
  storeModulePath,
  testPorts,
  until,
  withDirectory,
  withEngine,
  withStore,
  writerPassword,
} from '../../fixtures/store/engine.ts';
import { tradeBytes } from '../../fixtures/store/facts.ts';

const outage = suite('store outage');

/** The same process without an engine, shipping to a store by URL. */
function serverConfig(url: string, directory: string): StoreProcessConfig {
  return {
    engine: { kind: 'server', url, user: 'writer', cluster: null },
    database: 'holdfast',
    journal: { directory: join(directory, 'journal'), sourceId: 'journal-1' },
    retentionHours: { ticks: 72, analytics: 720, snapshots: 720, ledger: null },
  };
}

const traffic = (view: StoreView) =>
  view.health?.streams.find((stream) => stream.stream === 'traffic');

async function freePort(): Promise<number> {
  const server = await testPorts().http.serve({
    host: '127.0.0.1',
    port: 0,
    onRequest: () => ({ status: 204 }),
    maxBodyBytes: 1,
    maxConnections: 1,
    headersTimeoutMs: 1_000,
    requestTimeoutMs: 1_000,
  });
  await server.close();
  return server.port;
}

outage('a server that goes away is waited for, visibly, and caught up with', () =>
  withEngine('store outage', () =>
    withDirectory(async (directory) => {
      const journal = await openJournal(testPorts(), join(directory, 'journal'));
      const port = await freePort();
      try {
        // The supervisor keeps its passwords over restarts of its child, as a server keeps its users.
        await withStore(embeddedConfig(directory, { port }), async (server) => {
          const { pid } = await ready(server);
          const password = writerPassword(pid ?? 0);
          const config = serverConfig(`http://127.0.0.1:${port}`, directory);
          const stream = journal.stream('traffic');
          await withStore(
            config,
            async (shipper) => {
              await ready(shipper);
              await stream.append(tradeBytes(0));
              await until('the first fact', () => traffic(shipper.view)?.shippedOffset === 1);
              process.kill(server.view.pid ?? 0, 'SIGKILL');
              for (let number = 1; number < 100; number += 1)
                await stream.append(tradeBytes(number));
              await until('a lag with its reason', () => {
                const status = traffic(shipper.view);
                return status?.shippedOffset === 1 ? (status.lastError ?? '') !== '' : true;
              });
              await ready(server);
              await until('the rest', () => traffic(shipper.view)?.shippedOffset === 100);
              await reading(server, async (database) => {
                const rows = await database.rows(
                  'SELECT count() AS n, max(offset) AS o FROM facts',
                );
                assert.equal(rows, [{ n: '100', o: '99' }]);
              });
            },
            password,
          );
        });
      } finally {
        await journal.close();
      }
    }),
  ),
);

outage('a table of another shape holds the batch back until it is repaired', () =>
  withEngine('store wrong schema', () =>
    withDirectory(async (directory) => {
      const journal = await openJournal(testPorts(), join(directory, 'journal'));
      try {
        const source = { directory: join(directory, 'journal'), sourceId: 'journal-1' };
        await withStore(embeddedConfig(directory, { journal: source }), async (store) => {
          const { pid } = await ready(store);
          const endpoint = store.readEndpoint;
          assert.ok(endpoint !== undefined);
          const password = writerPassword(pid ?? 0);
          const owner = connectStore({ ...endpoint, user: 'writer', password });
          try {
            await owner.command(
              'RENAME COLUMN price TO cost'.replace(/^/, 'ALTER TABLE market_ticks '),
            );
            await journal.stream('traffic').append(tradeBytes(0));
            await until('the refusal', () => (traffic(store.view)?.lastError ?? '') !== '');
            assert.is(traffic(store.view)?.shippedOffset, 0);
            assert.match(traffic(store.view)?.lastError ?? '', /refused/);
            await owner.command('ALTER TABLE market_ticks RENAME COLUMN cost TO price');
            await until('the repair', () => traffic(store.view)?.shippedOffset === 1);
            assert.equal(await owner.rows('SELECT toString(price) AS p FROM market_ticks FINAL'), [
              { p: '59123.5' },
            ]);
          } finally {
            await owner.close();
          }
        });
      } finally {
        await journal.close();
      }
    }),
  ),
);

outage('a row no table can take is set aside with its reason', () =>
  withEngine('store quarantine', () =>
    withDirectory(async (directory) => {
      const journal = await openJournal(testPorts(), join(directory, 'journal'));
      try {
        const source = { directory: join(directory, 'journal'), sourceId: 'journal-1' };
        const bad = tradeBytes(1).toString('utf8').replace('"59123.5"', '"a lot"');
        const stream = journal.stream('traffic');
        await Promise.all([
          stream.append(tradeBytes(0)),
          stream.append(Buffer.from(bad)),
          stream.append(Buffer.from('this is not a fact')),
          stream.append(tradeBytes(3)),
        ]);
        await withStore(embeddedConfig(directory, { journal: source }), async (store) => {
          await ready(store);
          await until('all four', () => traffic(store.view)?.shippedOffset === 4);
          await reading(store, async (database) => {
            const aside = await database.rows(
              'SELECT toUInt32(offset) AS o, target, length(error) > 10 AS why FROM quarantined_rows ORDER BY o',
            );
            assert.equal(aside, [
              { o: 1, target: 'market_ticks', why: 1 },
              { o: 2, target: '', why: 1 },
            ]);
            const counts = await database.rows(
              'SELECT (SELECT count() FROM facts) AS facts, (SELECT count() FROM market_ticks) AS ticks',
            );
            assert.equal(counts, [{ facts: '3', ticks: '2' }]);
          });
        });
      } finally {
        await journal.close();
      }
    }),
  ),
);

outage('a store that can never run is a state with a reason, not a loop of restarts', async () => {
  await withDirectory(async (directory) => {
    const broken = { ...embeddedConfig(directory), database: 'Not A Name' };
    const store = new StoreSupervisor({
      ports: testPorts(),
      modulePath: storeModulePath,
      config: broken,
      breakers: makeBreakers(testPorts()),
    });
    try {
      await until('unavailable', () => store.view.state === 'unavailable');
      assert.is(store.view.code, 'CONFIG_INVALID');
      assert.match(store.view.reason ?? '', /database/);
      assert.is(store.view.restarts, 0);
    } finally {
      await store.stop();
    }
  });
});

outage.run();
