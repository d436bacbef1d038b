/** WebSocket upgrades of a server: asks `onSocket`, then shakes hands or refuses in plain HTTP. */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { HttpServerOptions, OutboundHttpResponse } from '../../../streams/ports/index.ts';
import { parseTarget } from '../http-target.ts';
import { GatheredWrites } from './gathered-writes.ts';
import { flatHeaders } from './http-client.ts';
import { attachSocket, closeTimeoutMs } from './sockets.ts';

/** An inbound message larger than this closes its connection, unless the server says otherwise. */
const defaultMaxMessageBytes = 1024 * 1024;
const goingAway = 1001;
const notHere: OutboundHttpResponse = { status: 404, body: 'no WebSocket here\n' };

export interface Upgrades {
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to every open socket, and cuts those still open after `graceMs`. */
  close(graceMs: number): void;
}

/** Handler of the server's `upgrade` event. */
export function upgradesOf(options: HttpServerOptions): Upgrades {
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: options.maxSocketMessageBytes ?? defaultMaxMessageBytes,
    perMessageDeflate: false,
    closeTimeout: closeTimeoutMs,
  } as ConstructorParameters<typeof WebSocketServer>[0]);
  return {
    accept(request, socket, head) {
      socket.on('error', () => socket.destroy());
      const remoteAddress = request.socket.remoteAddress ?? '';
      const { path, query } = parseTarget(request.url);
      const headers = flatHeaders(request.headers);
      const acceptance = options.onSocket?.({ path, query, headers, remoteAddress });
      if (acceptance === undefined) refuse(socket, notHere);
      else if (acceptance.kind === 'refused') refuse(socket, acceptance.response);
      else {
        wss.handleUpgrade(request, socket, head, (ws: WebSocket) => {
          attachSocket(ws, remoteAddress, acceptance.handlers, new GatheredWrites(socket));
        });
      }
    },
    close(graceMs) {
      for (const ws of wss.clients) ws.close(goingAway, 'server is stopping');
      const cut = setTimeout(() => {
        for (const ws of wss.clients) ws.terminate();
      }, graceMs);
      cut.unref();
    },
  };
}

function refuse(socket: Duplex, response: OutboundHttpResponse): void {
  const body = Buffer.from(response.body ?? '');
  const headers = { ...response.headers, connection: 'close', 'content-length': body.length };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `${response.status} ${STATUS_CODES[response.status] ?? 'Refused'}`;
  socket.write(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`);
  socket.end(body);
  socket.once('finish', () => socket.destroy());
}
