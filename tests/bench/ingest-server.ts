/** Sends all frames to every client that connects, as fast as it reads. Runs as a thread. */
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { type WebSocket, WebSocketServer } from 'ws';

/** Frames handed to the socket before it is asked whether the client keeps up. */
const burst = 500;
const bufferedBytesMax = 1 << 20;

const { frames } = workerData as { frames: readonly string[] };

function send(ws: WebSocket, from: number): void {
  if (ws.readyState !== ws.OPEN) return;
  let at = from;
  if (ws.bufferedAmount < bufferedBytesMax) {
    for (; at < from + burst && at < frames.length; at += 1) ws.send(frames[at] as string);
  }
  if (at < frames.length) setImmediate(() => send(ws, at));
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
server.on('connection', (ws) => send(ws, 0));
server.on('listening', () => parentPort?.postMessage((server.address() as AddressInfo).port));
