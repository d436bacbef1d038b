/** The virtual network: order under any delay, and every way it can fail. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld, type VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import type { Socket } from '../../../streams/ports/index.ts';
import { type SocketDiary, serverOptions, socketDiary } from '../../fixtures/ports.ts';

const network = suite('virtual network');

interface Linked {
  readonly world: VirtualWorld;
  readonly client: Socket;
  readonly server: Socket;
  readonly atClient: SocketDiary;
  readonly atServer: SocketDiary;
  readonly port: number;
}

const limits = { openTimeoutMs: 1_000, maxMessageBytes: 10_000_000 };

/** A world with an open socket from node `a` to node `b`. */
async function link(
  seed: number,
  prepare: (world: VirtualWorld) => void = () => {},
): Promise<Linked> {
  const world = createVirtualWorld({ seed, startUs: 0, log: { level: 'silent' } });
  prepare(world);
  const atServer = socketDiary();
  const atClient = socketDiary();
  const accepted: Socket[] = [];
  const own = serverOptions({
    maxSocketMessageBytes: 10_000_000,
    onSocket: () => ({
      kind: 'accepted',
      handlers: (socket) => {
        accepted.push(socket);
        return atServer.handlers;
      },
    }),
    onRequest: () => ({ status: 200, body: 'ok' }),
  });
  const { port } = await world.portsFor('b').http.serve(own);
  const url = `ws://127.0.0.1:${port}/`;
  const client = world.portsFor('a').sockets.connect(url, limits, atClient.handlers);
  await world.clock.runUntilIdle();
  const server = accepted[0];
  if (server === undefined) throw new Error('not linked');
  return { world, client, server, atClient, atServer, port };
}

network('messages keep their order under any delay', async () => {
  const delays = fc.record({ minUs: fc.nat(500), spreadUs: fc.nat(5_000), count: fc.nat(50) });
  await fc.assert(
    fc.asyncProperty(fc.nat(), delays, async (seed, { minUs, spreadUs, count }) => {
      const linked = await link(seed, (world) => {
        world.network.latency = { minUs, maxUs: minUs + spreadUs };
      });
      const { world, client, atServer } = linked;
      for (let index = 0; index < count; index += 1) {
        client.send(String(index));
        if (index % 7 === 0) await world.clock.runFor(0.3);
      }
      client.close(4_000);
      await world.clock.runUntilIdle();
      assert.equal(atServer.messages, [...Array(count).keys()].map(String));
      assert.is(atServer.closes[0]?.[0], 4_000);
    }),
    { numRuns: 60 },
  );
});

network('the same seed gives the same history', async () => {
  const history = async (seed: number): Promise<string> => {
    const linked = await link(seed, (world) => {
      world.network.latency = { minUs: 100, maxUs: 9_000 };
    });
    const stamps: number[] = [];
    linked.server.send('x');
    for (let index = 0; index < 20; index += 1) {
      linked.client.send('m', () => stamps.push(linked.world.clock.nowUs));
      await linked.world.clock.runUntilIdle();
    }
    return `${stamps.join()} ${linked.world.portsFor('a').random.hex(4)}`;
  };
  assert.is(await history(1), await history(1));
  assert.is.not(await history(1), await history(2));
});

network(
  'a reader that stalls makes the buffer of the sender grow, and nothing is lost',
  async () => {
    const { world, client, atServer } = await link(1);
    world.network.windowBytes = 10_000;
    world.network.stall('b');
    let written = 0;
    for (let index = 0; index < 50; index += 1) {
      client.send(String(index).padStart(1_000, '0'), () => {
        written += 1;
      });
    }
    await world.clock.runFor(100);
    assert.is(atServer.messages.length, 0);
    assert.is(client.bufferedBytes, 40_000);
    assert.is(written, 10);
    world.network.resume('b');
    assert.is(atServer.messages.length, 0, 'not inside the call');
    await world.clock.runUntilIdle();
    assert.equal(atServer.messages.map(Number), [...Array(50).keys()]);
    assert.is(client.bufferedBytes, 0);
    assert.is(written, 50);
  },
);

network('a cut is seen by both ends once, and a new connection can be made', async () => {
  const { world, client, atClient, atServer, port } = await link(1);
  assert.is(world.network.connectionCount('a', 'b'), 1);
  world.network.cut('b', 'a');
  assert.is(client.send('x'), false);
  await world.clock.runUntilIdle();
  assert.equal(atClient.closes, [[1_006, 'ECONNRESET']]);
  assert.equal(atServer.closes, [[1_006, 'ECONNRESET']]);
  assert.is(world.network.connectionCount('a', 'b'), 0);
  const again = socketDiary();
  const url = `ws://127.0.0.1:${port}/`;
  world.portsFor('a').sockets.connect(url, limits, again.handlers);
  await world.clock.runUntilIdle();
  assert.is(again.opens, 1);
});

network('a half-open connection tells nobody until it is used after the heal', async () => {
  const { world, client, server, atClient, atServer } = await link(1);
  world.network.silence('a', 'b');
  assert.ok(client.send('into the void'));
  assert.ok(server.send('into the void'));
  await world.clock.runFor(60_000);
  assert.ok(client.isOpen && server.isOpen);
  assert.equal([...atClient.messages, ...atServer.messages], []);
  world.network.heal('a', 'b');
  await world.clock.runFor(1_000);
  assert.ok(client.isOpen);
  client.send('hello again');
  await world.clock.runUntilIdle();
  assert.is(atClient.closes[0]?.[0], 1_006);
  assert.is(atServer.closes[0]?.[0], 1_006);
  assert.equal(atServer.messages, []);
});

network('opening over a silent network ends in the timeout', async () => {
  const { world, port } = await link(1);
  world.network.silence('a', 'b');
  const diary = socketDiary();
  const startedUs = world.clock.nowUs;
  const url = `ws://127.0.0.1:${port}/`;
  world.portsFor('a').sockets.connect(url, limits, diary.handlers);
  await world.clock.runUntilIdle();
  assert.is(world.clock.nowUs - startedUs, 1_000_000);
  assert.match(diary.closes[0]?.[1] ?? '', /timed out/);
});

network('an interceptor may drop, duplicate, delay or cut a message', async () => {
  const { world, client, atClient, atServer } = await link(1);
  world.network.intercept = ({ data, from, kind }) => {
    assert.is(from, 'a');
    assert.is(kind, 'socket');
    const text = data.toString();
    if (text === 'slow') return { delayUs: 50_000 };
    if (text === 'drop' || text === 'duplicate' || text === 'cut') return text;
    return undefined;
  };
  for (const text of ['plain', 'drop', 'duplicate', 'slow', 'behind the slow']) client.send(text);
  const startedUs = world.clock.nowUs;
  await world.clock.runUntilIdle();
  const expected = ['plain', 'duplicate', 'duplicate', 'slow', 'behind the slow'];
  assert.equal(atServer.messages, expected);
  assert.ok(world.clock.nowUs - startedUs >= 50_000);
  client.send('cut');
  await world.clock.runUntilIdle();
  assert.is(atClient.closes.length + atServer.closes.length, 2);
});

network('a node that is killed resets its connections and hears nothing more', async () => {
  const { world, client, atClient, atServer } = await link(1);
  const old = world.portsFor('b');
  let fired = false;
  old.clock.after(1, () => {
    fired = true;
  });
  client.send('on its way');
  world.node('b').crash('process');
  await world.clock.runUntilIdle();
  assert.is(atClient.closes[0]?.[0], 1_006);
  assert.equal(atServer.closes, []);
  assert.equal(atServer.messages, []);
  assert.not.ok(fired);
  const diary = socketDiary();
  old.sockets.connect('ws://127.0.0.1:1/', limits, diary.handlers);
  await world.clock.runUntilIdle();
  assert.equal(diary.closes, [], 'a dead node hears nothing');
});

network('a node without power leaves its connections half-open', async () => {
  const { world, client, atClient } = await link(1);
  world.node('b').crash('power');
  client.send('anybody there?');
  await world.clock.runFor(10_000);
  assert.equal(atClient.closes, []);
  assert.ok(client.isOpen);
});

network('a restarted node can listen on its old port again', async () => {
  const { world, port } = await link(1);
  const node = world.node('b');
  node.crash('process');
  const ports = node.restart();
  const onRequest = () => ({ status: 200, body: 'second life' });
  await ports.http.serve(serverOptions({ port, onRequest }));
  const url = `http://127.0.0.1:${port}/`;
  const request = { method: 'GET', url, timeoutMs: 1_000 };
  const answer = await world.clock.runWhile(world.portsFor('a').http.request(request));
  assert.is(answer.body.toString(), 'second life');
});

network('a request whose server dies is closed; one that is swallowed times out', async () => {
  const world = createVirtualWorld({ seed: 1, startUs: 0, log: { level: 'silent' } });
  const onRequest = () => new Promise<never>(() => undefined);
  const { port } = await world.portsFor('b').http.serve(serverOptions({ onRequest }));
  const ask = (): Promise<string> =>
    world
      .portsFor('a')
      .http.request({ method: 'GET', url: `http://127.0.0.1:${port}/`, timeoutMs: 1_000 })
      .then(
        () => 'answered',
        (error: { code: string }) => error.code,
      );
  world.network.intercept = () => 'drop';
  assert.is(await world.clock.runWhile(ask()), 'NETWORK_TIMEOUT');
  world.network.intercept = undefined;
  const closed = ask();
  await world.clock.runFor(5);
  world.node('b').crash('process');
  assert.is(await world.clock.runWhile(closed), 'NETWORK_CLOSED');
});

network('exit ends the node and not the world', async () => {
  const world = createVirtualWorld({ seed: 1, startUs: 0 });
  const node = world.node('a');
  const { clock, host } = node.ports;
  const ran: string[] = [];
  clock.after(1, () => {
    ran.push('before');
    host.exit(5);
    ran.push('after');
  });
  clock.after(2, () => ran.push('dead'));
  world.portsFor('b').clock.after(3, () => ran.push('other'));
  await world.clock.runUntilIdle();
  assert.equal(ran, ['before', 'other']);
  assert.is(node.exitCode, 5);
  assert.not.ok(node.isAlive);
});

network.run();
