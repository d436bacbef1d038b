/** A slow client is told what it missed and is cut; it costs a fast one nothing. Real sockets. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LiveStreams } from '../../../daemon/http/live/index.ts';
import { startStatusServer } from '../../../daemon/http/status-server.ts';
import { TokenTable } from '../../../daemon/http/tokens.ts';
import { withPorts } from '../../fixtures/ports.ts';
import { until } from '../../fixtures/system/commands-run.ts';
import { tailByEvents, tailBySocket } from '../../fixtures/system/live-clients.ts';
import {
  GrowingSource,
  idleOperations,
  idleStatusSource,
} from '../../fixtures/system/live-source.ts';

const slowClient = suite('slow client');

const recordBytes = 4_000;
const recordsPerTick = 40;
const tickMs = 10;
/** The client's limit is ten seconds; the test shows it on a clock that runs ten times as fast. */
const clockSpeed = 10;

for (const [name, tailOf] of [
  ['WebSocket', tailBySocket],
  ['server-sent events', tailByEvents],
] as const) {
  slowClient(`by ${name} it is told the count, cut, and nobody else notices`, async () => {
    await withPorts('production', async ({ server: ports }) => {
      const source = new GrowingSource(recordBytes);
      const fastClock = {
        ...ports.clock,
        monotonicUs: () => ports.clock.monotonicUs() * clockSpeed,
      };
      const live = new LiveStreams({ ports: { ...ports, clock: fastClock }, source });
      const address = { host: '127.0.0.1', port: 0, contractVersion: '1.0.0' };
      const rest = {
        source: idleStatusSource,
        operations: idleOperations,
        live,
        tokens: new TokenTable(),
      };
      const server = await startStatusServer({ ports, ...address, ...rest });
      const url = `http://127.0.0.1:${server.port}/api/v1/streams/market`;
      const slow = tailOf(url);
      const fast = tailBySocket(url);
      const grow = ports.clock.every(tickMs, () => source.add(recordsPerTick));
      try {
        await until(
          () => (slow.items.length > 0 && fast.items.length > 0) || undefined,
          'both live',
        );
        slow.pause();
        await until(() => live.clients === 1 || undefined, 'the slow client to be cut', 20_000);
        const before = fast.items.length;
        await until(() => fast.items.length > before + 200 || undefined, 'the fast one to go on');
        const offsets = fast.items.map(({ offset }) => offset ?? -1);
        const first = offsets[0] ?? 0;
        assert.equal(
          offsets,
          offsets.map((_, index) => first + index),
          'the fast one has everything',
        );
        assert.equal(fast.dropped, []);
        slow.resume();
        await until(() => slow.isOver() || undefined, 'the connection of the slow one to end');
      } finally {
        grow();
        slow.stop();
        fast.stop();
        live.close();
        await server.close(100);
      }
    });
  });
}

slowClient(
  'one that catches up in time is told how many items it missed, and goes on',
  async () => {
    await withPorts('production', async ({ server: ports }) => {
      const source = new GrowingSource(recordBytes);
      const live = new LiveStreams({ ports, source });
      const address = { host: '127.0.0.1', port: 0, contractVersion: '1.0.0' };
      const rest = {
        source: idleStatusSource,
        operations: idleOperations,
        live,
        tokens: new TokenTable(),
      };
      const server = await startStatusServer({ ports, ...address, ...rest });
      const tail = tailBySocket(`http://127.0.0.1:${server.port}/api/v1/streams/market`);
      const grow = ports.clock.every(tickMs, () => source.add(recordsPerTick));
      try {
        await until(() => tail.items.length > 0 || undefined, 'it to be live');
        tail.pause();
        const dropped = (): Promise<number> =>
          ports.telemetry.metrics
            .render()
            .then((text) => Number(/attach_dropped_total\{[^}]*\} (\d+)/.exec(text)?.[1] ?? 0));
        await until(async () => ((await dropped()) > 10 ? true : undefined), 'items to be dropped');
        grow();
        tail.resume();
        await until(() => tail.dropped.length > 0 || undefined, 'the notice', 20_000);
        const last = source.end() - 1;
        source.add(1);
        await until(
          () => tail.items.at(-1)?.offset === last + 1 || undefined,
          'the stream to go on',
        );
        const missed = tail.dropped.reduce((sum, count) => sum + count, 0);
        const offsets = tail.items.map(({ offset }) => offset ?? -1);
        const span = (offsets.at(-1) ?? 0) - (offsets[0] ?? 0) + 1;
        assert.is(missed, span - offsets.length, 'the count is exactly what is missing');
      } finally {
        grow();
        tail.stop();
        live.close();
        await server.close(100);
      }
    });
  },
);

slowClient.run();
