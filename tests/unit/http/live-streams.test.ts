import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { clientsMax, type LiveCursor, LiveStreams } from '../../../daemon/http/live/index.ts';
import { eventTypeOf } from '../../../daemon/http/live/streams.ts';
import { createVirtualWorld, type VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { encodeFact, makeFact } from '../../../streams/facts/envelope.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Ports, Socket, SocketHandlers } from '../../../streams/ports/index.ts';
import { GrowingSource } from '../../fixtures/system/live-source.ts';
import { codeOf } from '../../fixtures/system/requests.ts';

const liveStreams = suite('live streams');

/** An attached WebSocket whose buffer the test fills. */
class Peer implements Socket {
  readonly sent: Array<{
    type: string;
    offset?: number;
    data?: Record<string, unknown>;
    reason?: string;
  }> = [];
  readonly remoteAddress = 'test';
  bufferedBytes = 0;
  isOpen = true;
  handlers: SocketHandlers | undefined;

  send(data: string | Uint8Array): boolean {
    this.sent.push(JSON.parse(String(data)) as Peer['sent'][number]);
    return true;
  }
  ping(): void {}
  close(): void {
    this.terminate();
  }
  terminate(): void {
    this.isOpen = false;
    this.handlers?.onClose(1006, '');
  }
  get offsets(): number[] {
    return this.sent.filter(({ type }) => type === 'item').map(({ offset }) => offset ?? -1);
  }
}

interface Bench {
  readonly world: VirtualWorld;
  readonly ports: Ports;
  readonly source: GrowingSource;
  readonly live: LiveStreams;
}

function bench(source = new GrowingSource(10)): Bench {
  const world = createVirtualWorld({
    seed: 1,
    startUs: 1_700_000_000_000_000,
    log: { level: 'silent' },
  });
  const ports = world.portsFor('daemon');
  return { world, ports, source, live: new LiveStreams({ ports, source }) };
}

function attach({ live }: Bench, path: string, query: Record<string, string> = {}): Peer {
  const peer = new Peer();
  const request = { path: `/api/v1/streams/${path}`, query, headers: {}, remoteAddress: '' };
  const acceptance = live.acceptSocket(request);
  if (acceptance.kind !== 'accepted') throw new Error('refused');
  peer.handlers = acceptance.handlers(peer);
  peer.handlers.onOpen?.();
  return peer;
}

const upTo = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

liveStreams(
  'history is replayed from the offset and joins live without gap or repeat',
  async () => {
    const at = bench();
    at.source.add(1_000);
    const peer = attach(at, 'market', { from: '400' });
    const live = attach(at, 'market');
    await at.world.clock.runFor(30);
    at.source.add(7);
    await at.world.clock.runFor(300);
    assert.equal(peer.offsets, upTo(607, 400));
    assert.equal(live.offsets, upTo(7, 1_000), 'without `from` it starts at the live end');
  },
);

liveStreams('history waits for a client without room; nothing of it is dropped', async () => {
  const at = bench();
  at.source.add(2_000);
  const peer = attach(at, 'market', { from: '0' });
  await at.world.clock.runFor(30);
  peer.bufferedBytes = 2_000_000;
  await at.world.clock.runFor(5_000);
  const sent = peer.offsets.length;
  assert.ok(sent < 2_000, 'it paused');
  peer.bufferedBytes = 0;
  await at.world.clock.runFor(2_000);
  assert.equal(peer.offsets, upTo(2_000));
});

liveStreams('only what was asked for arrives', async () => {
  const at = bench();
  at.source.add(10);
  const byInstrument = attach(at, 'market', { from: '0', instrument: 'ETH-PERPETUAL' });
  const byTrace = attach(at, 'market', { from: '0', trace_id: '3'.padStart(32, '0') });
  const orders = attach(at, 'orders', { from: '0' });
  await at.world.clock.runFor(100);
  assert.equal(byInstrument.offsets, [1, 3, 5, 7, 9]);
  assert.equal(byTrace.offsets, [3]);
  assert.equal(orders.offsets, [], 'market facts are no orders');
});

liveStreams('log lines are stamped and filtered by severity, and have no history', async () => {
  const at = bench();
  at.source.log('error', { event: 'before' });
  const all = attach(at, 'log');
  const severe = attach(at, 'log', { severity: 'warn' });
  at.source.log('info', { event: 'a' });
  at.source.log('error', { event: 'b' });
  const events = (peer: Peer): unknown[] => peer.sent.map(({ data }) => data?.event);
  assert.equal(events(all), ['a', 'b']);
  assert.equal(events(severe), ['b']);
  assert.match(String(all.sent[0]?.data?.ts_utc), /Z$/);
  assert.is(await codeOf(() => attach(at, 'log', { from: '0' })), 'REQUEST_INVALID');
});

liveStreams('what cannot be served is refused before the stream is open', async () => {
  const at = bench();
  at.source.add(5);
  const cases: Array<[path: string, query: Record<string, string>, code: string]> = [
    ['nothing', {}, 'NOT_FOUND'],
    ['market/more', {}, 'NOT_FOUND'],
    ['market', { from: '6' }, 'REQUEST_INVALID'],
    ['market', { from: '1.5' }, 'REQUEST_INVALID'],
    ['market', { trace_id: 'short' }, 'REQUEST_INVALID'],
    ['market', { other: '1' }, 'REQUEST_INVALID'],
    ['log', { severity: 'loud' }, 'REQUEST_INVALID'],
    ['market', { from: '5' }, 'none'],
  ];
  for (const [path, query, code] of cases) {
    assert.is(
      await codeOf(() => attach(at, path, query)),
      code,
      `${path} ${JSON.stringify(query)}`,
    );
  }
  assert.is(at.live.clients, 1);
});

liveStreams('an offset that retention dropped is refused with what the journal says', async () => {
  class Trimmed extends GrowingSource {
    override open(stream: string, from: number | undefined): LiveCursor {
      const cursor = super.open(stream, from);
      const gone = (from ?? 100) < 50;
      const next = (): never => {
        throw new HoldfastError('NOT_FOUND', 'offset is gone; the first kept is 50');
      };
      return gone ? { ...cursor, next } : cursor;
    }
  }
  const source = new Trimmed(10);
  source.add(100);
  const at = bench(source);
  assert.is(await codeOf(() => attach(at, 'market', { from: '49' })), 'NOT_FOUND');
  assert.is(await codeOf(() => attach(at, 'market', { from: '50' })), 'none');
});

liveStreams(
  'a cursor that fails ends its own client, with the reason, and nobody else',
  async () => {
    let broken = false;
    class Breaking extends GrowingSource {
      override open(stream: string, from: number | undefined): LiveCursor {
        const cursor = super.open(stream, from);
        const isVictim = from === 1;
        return {
          close: () => cursor.close(),
          next: (max) => {
            if (isVictim && broken) throw new HoldfastError('JOURNAL_DAMAGED', 'a block is bad');
            return cursor.next(max);
          },
        };
      }
    }
    const source = new Breaking(10);
    source.add(3);
    const at = bench(source);
    const victim = attach(at, 'market', { from: '1' });
    const other = attach(at, 'market', { from: '0' });
    await at.world.clock.runFor(50);
    broken = true;
    source.add(2);
    await at.world.clock.runFor(50);
    assert.match(victim.sent.at(-1)?.reason ?? '', /JOURNAL_DAMAGED: a block is bad/);
    assert.not.ok(victim.isOpen);
    assert.equal(other.offsets, upTo(5));
    assert.is(at.live.clients, 1);
  },
);

liveStreams('clients are bounded, and leaving makes room', async () => {
  const at = bench();
  const peers = upTo(clientsMax).map(() => attach(at, 'market'));
  assert.is(await codeOf(() => attach(at, 'market')), 'RATE_LIMITED');
  peers[0]?.terminate();
  assert.is(await codeOf(() => attach(at, 'market')), 'none');
  assert.is(at.source.openCursors.size, clientsMax, 'a cursor each, and none left behind');
  at.live.close();
  assert.is(at.live.clients, 0);
  assert.is(at.source.openCursors.size, 0);
  assert.equal(
    peers.slice(1).map(({ sent }) => sent.at(-1)?.reason),
    peers.slice(1).map(() => 'the daemon stops'),
  );
});

liveStreams('a busy poll stops at its budget and goes on with whoever waits longest', async () => {
  const at = bench();
  at.source.add(50);
  let us = 0;
  const slowClock = { ...at.ports.clock, monotonicUs: () => (us += 1_000) };
  const live = new LiveStreams({ ports: { ...at.ports, clock: slowClock }, source: at.source });
  const budgeted = { ...at, live };
  const peers = upTo(8).map(() => attach(budgeted, 'market', { from: '0' }));
  await at.world.clock.runFor(26);
  const served = peers.filter(({ offsets }) => offsets.length > 0).length;
  assert.ok(served > 0 && served < 8, `one poll served ${served}`);
  await at.world.clock.runFor(200);
  for (const peer of peers) assert.equal(peer.offsets, upTo(50));
});

liveStreams(
  'the event type is read without parsing, also next to a payload that holds the key',
  () => {
    const fact = makeFact({
      eventType: 'order.intent',
      schemaVersion: 1,
      tsUs: 1_700_000_000_000_000,
      emittedUs: 1_700_000_000_000_000,
      pins: {
        scenario_id: 'a',
        run_id: 'b',
        manifest_fingerprint: 'c'.repeat(64),
        parameter_hash: 'd'.repeat(64),
      },
      traceId: 'e'.repeat(32),
      producer: '"event_type":"fake.type"',
      policyRev: 'f'.repeat(64),
      partitionKey: 'x',
      identity: ['a'],
      payload: { event_type: 'other.type' },
    });
    assert.is(eventTypeOf(encodeFact(fact)), 'order.intent');
    assert.is(eventTypeOf(Buffer.from('{}')), undefined);
  },
);

liveStreams.run();
