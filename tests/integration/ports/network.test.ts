/** What only real sockets show: slow readers, slow senders, silent servers, raw bytes. */
import net from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { OutboundStream, Socket } from '../../../streams/ports/index.ts';
import {
  type PortsUnderTest,
  socketDiary,
  withPorts,
  withServer,
  withSocketPair,
} from '../../fixtures/ports.ts';

const network = suite('network');
const megabyte = Buffer.alloc(1024 * 1024, 'x');

interface RawClient {
  readonly socket: net.Socket;
  readonly text: () => string;
  readonly isClosed: () => boolean;
}

/** A TCP connection that says `first` and collects what comes back. */
function rawClient(port: number, first: string): RawClient {
  let text = '';
  let isClosed = false;
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    isClosed = true;
  });
  socket.write(first);
  return { socket, text: () => text, isClosed: () => isClosed };
}

const upgrade = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

network('a WebSocket reader that stops reading makes the buffer of the server grow', () =>
  withPorts('production', async (ports) => {
    const accepted: Socket[] = [];
    const diary = socketDiary();
    const onSocket = () =>
      ({
        kind: 'accepted',
        handlers: (socket: Socket) => {
          accepted.push(socket);
          return diary.handlers;
        },
      }) as const;
    await withServer(ports, { onSocket }, async ({ port }) => {
      const reader = rawClient(port, upgrade);
      await ports.until(() => accepted.length === 1, 'the upgrade');
      reader.socket.pause();
      for (let index = 0; index < 20; index += 1) accepted[0]?.send(megabyte);
      await ports.pass(50);
      const stuckBytes = accepted[0]?.bufferedBytes ?? 0;
      assert.ok(stuckBytes > 5 * megabyte.length, `${stuckBytes}`);
      reader.socket.resume();
      await ports.until(() => accepted[0]?.bufferedBytes === 0, 'the buffer is empty');
      reader.socket.destroy();
      await ports.until(() => diary.closes.length === 1, 'the close');
    });
  }),
);

network('an event stream whose reader stops reading makes its buffer grow', () =>
  withPorts('production', async (ports) => {
    const streams: OutboundStream[] = [];
    const onRequest = () => ({
      status: 200,
      stream: (out: OutboundStream) => void streams.push(out),
    });
    await withServer(ports, { onRequest }, async ({ port }) => {
      const reader = rawClient(port, 'GET /events HTTP/1.1\r\nHost: x\r\n\r\n');
      await ports.until(() => streams.length === 1, 'the stream');
      reader.socket.pause();
      for (let index = 0; index < 20; index += 1) streams[0]?.write(megabyte);
      await ports.pass(50);
      assert.ok((streams[0]?.bufferedBytes ?? 0) > 5 * megabyte.length);
      let closes = 0;
      streams[0]?.onClose(() => {
        closes += 1;
      });
      reader.socket.destroy();
      await ports.until(() => closes === 1, 'the close');
      assert.is(streams[0]?.isOpen, false);
    });
  }),
);

network('a server that accepts and says nothing ends the opening in time', () =>
  withPorts('production', async (ports) => {
    const silent = net.createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    try {
      const diary = socketDiary();
      const options = { openTimeoutMs: 50, maxMessageBytes: 100 };
      ports.client.sockets.connect(`ws://127.0.0.1:${port}/`, options, diary.handlers);
      await ports.until(() => diary.closes.length === 1, 'the close');
      assert.equal(diary.closes, [[1_006, 'Opening handshake has timed out']]);
    } finally {
      silent.close();
    }
  }),
);

/** Sends raw bytes to a small server and waits until it has closed the connection. */
async function answerTo(
  ports: PortsUnderTest,
  own: { headersTimeoutMs?: number; requestTimeoutMs?: number; maxBodyBytes?: number },
  first: string,
): Promise<string> {
  let answer = '';
  const onRequest = () => ({ status: 200, body: 'fine' });
  await withServer(ports, { onRequest, ...own }, async ({ port }) => {
    const client = rawClient(port, first);
    await ports.until(() => client.isClosed(), 'the server closes');
    answer = client.text();
  });
  return answer;
}

network('headers that do not come in time are answered 408', () =>
  withPorts('production', async (ports) => {
    const own = { headersTimeoutMs: 100, requestTimeoutMs: 60_000 };
    assert.match(await answerTo(ports, own, 'GET / HTTP/1.1\r\nHost:'), /^HTTP\/1.1 408/);
  }),
);

network('a body that does not come in time is answered 408', () =>
  withPorts('production', async (ports) => {
    const own = { headersTimeoutMs: 100, requestTimeoutMs: 200 };
    const first = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc';
    assert.match(await answerTo(ports, own, first), /^HTTP\/1.1 408/);
  }),
);

network('a chunked body that grows over the bound is answered 413 before it ends', () =>
  withPorts('production', async (ports) => {
    const chunk = `400\r\n${'x'.repeat(0x400)}\r\n`;
    const first = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`;
    assert.match(await answerTo(ports, { maxBodyBytes: 100 }, first), /^HTTP\/1.1 413/);
  }),
);

network('smuggled lengths and oversize headers are refused', () =>
  withPorts('production', async (ports) => {
    const both =
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.match(await answerTo(ports, {}, `${both}0\r\n\r\n`), /^HTTP\/1.1 400/);
    const huge = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`;
    assert.match(await answerTo(ports, {}, huge), /^HTTP\/1.1 431/);
  }),
);

network('a refused upgrade answers with its body and closes', () =>
  withPorts('production', async (ports) => {
    const response = { status: 401, headers: { 'x-why': 'token' }, body: 'who are you?' };
    const onSocket = () => ({ kind: 'refused', response }) as const;
    await withServer(ports, { onSocket }, async ({ port }) => {
      const client = rawClient(port, upgrade);
      await ports.until(() => client.isClosed(), 'the close');
      assert.match(client.text(), /^HTTP\/1.1 401 Unauthorized\r\n/);
      assert.match(client.text(), /x-why: token/);
      assert.match(client.text(), /who are you\?$/);
    });
  }),
);

network('a peer that never answers a close is cut after the close timeout', () =>
  withPorts('production', async (ports) => {
    const accepted: Socket[] = [];
    const diary = socketDiary();
    const onSocket = () =>
      ({
        kind: 'accepted',
        handlers: (socket: Socket) => {
          accepted.push(socket);
          return diary.handlers;
        },
      }) as const;
    await withServer(ports, { onSocket }, async ({ port }) => {
      const mute = rawClient(port, upgrade);
      await ports.until(() => accepted.length === 1, 'the upgrade');
      accepted[0]?.close(1_000);
      await ports.until(() => diary.closes.length === 1, 'the close');
      assert.is(diary.closes[0]?.[0], 1_006);
      mute.socket.destroy();
    });
  }),
);

network('a megabyte crosses whole in both directions', () =>
  withPorts('production', (ports) =>
    withSocketPair(
      ports,
      { clientMaxBytes: megabyte.length, serverMaxBytes: megabyte.length },
      async ({ client, server, clientDiary, serverDiary }) => {
        client.send(megabyte);
        server.send(megabyte);
        await ports.until(() => serverDiary.messages.length === 1, 'to the server');
        await ports.until(() => clientDiary.messages.length === 1, 'to the client');
        assert.is(serverDiary.messages[0]?.length, megabyte.length);
        assert.is(clientDiary.messages[0]?.length, megabyte.length);
      },
    ),
  ),
);

network.run();
