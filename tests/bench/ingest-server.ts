/**
 * Sends all frames to every client that connects, as fast as it reads. Runs as a thread. The frames
 * are encoded once, and written in large chunks: the client is what is measured.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';

const { frames } = workerData as { frames: readonly string[] };
/** As much as a busy venue's kernel would hand over at once. */
const chunkBytes = 64 * 1_024;
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** One unmasked text message in WebSocket framing. */
function framed(text: string): Buffer {
  const payload = Buffer.from(text);
  const header = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
  header[0] = 0x81;
  if (payload.length < 126) {
    header[1] = payload.length;
  } else {
    header[1] = 126;
    header.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([header, payload]);
}

const bytes = Buffer.concat(frames.map(framed));

function send(socket: Duplex, from: number): void {
  let at = from;
  let goesOn = true;
  while (goesOn && at < bytes.length) {
    goesOn = socket.write(bytes.subarray(at, at + chunkBytes));
    at += chunkBytes;
  }
  if (at < bytes.length) socket.once('drain', () => send(socket, at));
}

const server = createServer();
server.on('upgrade', (request, socket) => {
  const key = `${String(request.headers['sec-websocket-key'])}${acceptSuffix}`;
  const accept = createHash('sha1').update(key).digest('base64');
  socket.on('error', () => socket.destroy());
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  send(socket, 0);
});
server.listen(0, '127.0.0.1', () =>
  parentPort?.postMessage((server.address() as AddressInfo).port),
);
