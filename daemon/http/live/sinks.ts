/** The two ways a live item reaches a client. */
import type { OutboundStream, Socket } from '../../../streams/ports/index.ts';
import type { LiveSink } from './client.ts';

/** WebSocket close code of a server that ends a connection the client may open again. */
const tryAgainLater = 1013;

function message(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields);
}

/** WebSocket: `{"type":"item","offset":n,"data":{…}}`, `{"type":"dropped","count":n}`. */
export function socketSink(socket: Socket): LiveSink {
  return {
    transport: 'websocket',
    get bufferedBytes() {
      return socket.bufferedBytes;
    },
    get isOpen() {
      return socket.isOpen;
    },
    item: ({ offset, text }) => {
      socket.send(`{"type":"item","offset":${offset ?? 'null'},"data":${text}}`);
    },
    dropped: (count) => {
      socket.send(message({ type: 'dropped', count }));
    },
    heartbeat: () => socket.ping(),
    close: (reason) => {
      socket.send(message({ type: 'closed', reason }));
      socket.close(tryAgainLater, reason);
    },
    cut: () => socket.terminate(),
  };
}

/** Server-sent events: `id` is the offset, so that `Last-Event-ID` resumes. */
export function eventStreamSink(stream: OutboundStream): LiveSink {
  return {
    transport: 'sse',
    get bufferedBytes() {
      return stream.bufferedBytes;
    },
    get isOpen() {
      return stream.isOpen;
    },
    item: ({ offset, text }) => {
      stream.write(offset === null ? `data: ${text}\n\n` : `id: ${offset}\ndata: ${text}\n\n`);
    },
    dropped: (count) => {
      stream.write(`event: dropped\ndata: ${message({ count })}\n\n`);
    },
    heartbeat: () => {
      stream.write(': heartbeat\n\n');
    },
    close: (reason) => {
      stream.write(`event: closed\ndata: ${message({ reason })}\n\n`);
      stream.end();
    },
    cut: () => stream.terminate(),
  };
}
