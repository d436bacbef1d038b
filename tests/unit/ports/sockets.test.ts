/** The sockets port, held to one contract in both implementations. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SocketRequest } from '../../../streams/ports/index.ts';
import {
  portKinds,
  serverOptions,
  socketDiary,
  withPorts,
  withServer,
  withSocketPair,
} from '../../fixtures/ports.ts';

const sockets = suite('sockets');
const limits = { openTimeoutMs: 1_000, maxMessageBytes: 1_000 };

for (const kind of portKinds) {
  sockets(`${kind}: text and binary arrive whole, in order, and say which they are`, () =>
    withPorts(kind, (ports) =>
      withSocketPair(ports, {}, async ({ client, server, clientDiary, serverDiary }) => {
        for (let index = 0; index < 100; index += 1) assert.ok(client.send(`m${index}`));
        assert.ok(server.send(Buffer.from('bytes')));
        assert.ok(server.send('ünïcode'));
        await ports.until(() => serverDiary.messages.length === 100, '100 messages');
        await ports.until(() => clientDiary.messages.length === 2, '2 messages');
        assert.equal(
          serverDiary.messages,
          [...Array(100).keys()].map((index) => `m${index}`),
        );
        assert.equal(clientDiary.messages, ['bytes', 'ünïcode']);
        assert.equal(clientDiary.binary, [true, false]);
        assert.is(serverDiary.opens, 1);
      }),
    ),
  );

  sockets(`${kind}: what is sent when the socket is not open surely never leaves`, () =>
    withPorts(kind, (ports) =>
      withSocketPair(ports, {}, async ({ client, server, clientDiary, serverDiary }) => {
        assert.ok(client.isOpen);
        client.close(4_001, 'bye');
        assert.not.ok(client.isOpen);
        assert.is(client.send('late'), false);
        await ports.until(() => serverDiary.closes.length + clientDiary.closes.length === 2, 'end');
        assert.equal(serverDiary.closes, [[4_001, 'bye']]);
        assert.is(clientDiary.closes[0]?.[0], 4_001);
        assert.equal(serverDiary.messages, []);
        assert.is(server.send('late'), false);
      }),
    ),
  );

  sockets(`${kind}: nothing can be sent before the socket is open`, () =>
    withPorts(kind, (ports) =>
      withServer(
        ports,
        { onSocket: () => ({ kind: 'accepted', handlers: () => socketDiary().handlers }) },
        async ({ port }) => {
          const diary = socketDiary();
          const url = `ws://127.0.0.1:${port}/`;
          const socket = ports.client.sockets.connect(url, limits, diary.handlers);
          assert.is(socket.isOpen, false);
          assert.is(socket.send('early'), false);
          await ports.until(() => diary.opens === 1, 'open');
          assert.ok(socket.isOpen);
          socket.close();
          await ports.until(() => diary.closes.length === 1, 'closed');
        },
      ),
    ),
  );

  sockets(`${kind}: the server may speak first`, () =>
    withPorts(kind, (ports) =>
      withServer(
        ports,
        {
          onSocket: () => ({
            kind: 'accepted',
            handlers: (socket) => ({
              ...socketDiary().handlers,
              onOpen: () => void socket.send('welcome'),
            }),
          }),
        },
        async ({ port }) => {
          const diary = socketDiary();
          const url = `ws://127.0.0.1:${port}/`;
          const socket = ports.client.sockets.connect(url, limits, diary.handlers);
          await ports.until(() => diary.messages.length === 1, 'the greeting');
          assert.is(diary.opens, 1);
          assert.equal(diary.messages, ['welcome']);
          socket.terminate();
          await ports.until(() => diary.closes.length === 1, 'closed');
        },
      ),
    ),
  );

  sockets(`${kind}: a cut connection is told to both ends exactly once`, () =>
    withPorts(kind, (ports) =>
      withSocketPair(ports, {}, async ({ client, clientDiary, serverDiary }) => {
        client.terminate();
        assert.equal(clientDiary.closes, [], 'not inside the call');
        client.terminate();
        client.close();
        await ports.until(() => serverDiary.closes.length + clientDiary.closes.length === 2, 'end');
        await ports.pass(20);
        assert.is(serverDiary.closes.length, 1);
        assert.is(serverDiary.closes[0]?.[0], 1_006);
        assert.is(clientDiary.closes.length, 1);
        assert.is(clientDiary.closes[0]?.[0], 1_006);
      }),
    ),
  );

  sockets(`${kind}: a message over the server's bound closes with 1009 on both ends`, () =>
    withPorts(kind, (ports) =>
      withSocketPair(ports, { serverMaxBytes: 50 }, async (pair) => {
        pair.client.send('x'.repeat(50));
        pair.client.send('x'.repeat(51));
        pair.client.send('after');
        const { clientDiary, serverDiary } = pair;
        await ports.until(() => serverDiary.closes.length + clientDiary.closes.length === 2, 'end');
        assert.is(serverDiary.closes[0]?.[0], 1_009);
        assert.is(clientDiary.closes[0]?.[0], 1_009);
        assert.equal(serverDiary.messages, ['x'.repeat(50)]);
      }),
    ),
  );

  sockets(`${kind}: a message over the client's bound closes with 1009`, () =>
    withPorts(kind, (ports) =>
      withSocketPair(ports, { clientMaxBytes: 10 }, async ({ server, clientDiary }) => {
        server.send('x'.repeat(11));
        await ports.until(() => clientDiary.closes.length === 1, 'closed');
        assert.is(clientDiary.closes[0]?.[0], 1_009);
        assert.equal(clientDiary.messages, []);
      }),
    ),
  );

  sockets(`${kind}: the writer hears when the bytes were handed over, never inside the call`, () =>
    withPorts(kind, (ports) =>
      withSocketPair(ports, {}, async ({ client }) => {
        const written: Array<Error | undefined> = [];
        client.send('a', (error) => written.push(error));
        assert.is(written.length, 0);
        await ports.until(() => written.length === 1, 'written');
        assert.equal(written, [undefined]);
        assert.is(client.bufferedBytes, 0);
      }),
    ),
  );

  sockets(`${kind}: nobody listening, a bad address and a refusal all end in one onClose`, () =>
    withPorts(kind, (ports) =>
      withServer(
        ports,
        { onSocket: () => ({ kind: 'refused', response: { status: 401, body: 'no' } }) },
        async ({ port }) => {
          const urls = ['ws://127.0.0.1:1/', 'no address', `ws://127.0.0.1:${port}/`];
          for (const url of urls) {
            const diary = socketDiary();
            const socket = ports.client.sockets.connect(url, limits, diary.handlers);
            assert.equal(diary.closes, [], 'not inside the call');
            await ports.until(() => diary.closes.length > 0, `refusal of ${url}`);
            await ports.pass(5);
            assert.is(diary.closes.length, 1);
            assert.is(diary.closes[0]?.[0], 1_006);
            assert.is(diary.opens, 0);
            assert.is(socket.send('x'), false);
          }
        },
      ),
    ),
  );

  sockets(`${kind}: the refusal says which status it was`, () =>
    withPorts(kind, (ports) =>
      withServer(
        ports,
        { onSocket: () => ({ kind: 'refused', response: { status: 403 } }) },
        async ({ port }) => {
          const diary = socketDiary();
          ports.client.sockets.connect(`ws://127.0.0.1:${port}/`, limits, diary.handlers);
          await ports.until(() => diary.closes.length > 0, 'the refusal');
          assert.match(diary.closes[0]?.[1] ?? '', /403/);
        },
      ),
    ),
  );

  sockets(`${kind}: the upgrade request shows path, query and headers`, () =>
    withPorts(kind, async (ports) => {
      const seen: SocketRequest[] = [];
      const onSocket = (request: SocketRequest) => {
        seen.push(request);
        return { kind: 'refused', response: { status: 404 } } as const;
      };
      await withServer(ports, { onSocket }, async ({ port }) => {
        const diary = socketDiary();
        const options = { ...limits, headers: { 'X-Who': 'me' } };
        const url = `ws://127.0.0.1:${port}/a/b?x=1&y=%20`;
        ports.client.sockets.connect(url, options, diary.handlers);
        await ports.until(() => diary.closes.length > 0, 'the refusal');
        assert.is(seen[0]?.path, '/a/b');
        assert.equal({ ...seen[0]?.query }, { x: '1', y: ' ' });
        assert.is(seen[0]?.headers['x-who'], 'me');
        assert.is(seen[0]?.headers.host, `127.0.0.1:${port}`);
      });
    }),
  );

  sockets(`${kind}: a server that stops says 1001 to its sockets`, () =>
    withPorts(kind, async (ports) => {
      const diary = socketDiary();
      const options = serverOptions({
        onSocket: () => ({ kind: 'accepted', handlers: () => socketDiary().handlers }),
      });
      const server = await ports.settle(ports.server.http.serve(options));
      const url = `ws://127.0.0.1:${server.port}/`;
      ports.client.sockets.connect(url, limits, diary.handlers);
      await ports.until(() => diary.opens === 1, 'open');
      await ports.settle(server.close(1_000));
      await ports.until(() => diary.closes.length === 1, 'the goodbye');
      assert.is(diary.closes[0]?.[0], 1_001);
    }),
  );
}

sockets.run();
