/** Writes what a handler decided onto the wire: a whole body, or a stream that goes on. */
import type http from 'node:http';
import type { OutboundHttpResponse, OutboundStream } from '../../../streams/ports/index.ts';

/** Sends the response. With `stream`, the head goes out at once and the stream is handed over. */
export function respond(response: http.ServerResponse, answer: OutboundHttpResponse): void {
  if (answer.stream === undefined) {
    const body = answer.body ?? '';
    const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
    response.writeHead(answer.status, { ...answer.headers, 'content-length': length });
    response.end(body);
    return;
  }
  response.writeHead(answer.status, { ...answer.headers });
  response.flushHeaders();
  answer.stream(streamOver(response));
}

function streamOver(response: http.ServerResponse): OutboundStream {
  // A reset by the reader is an ordinary end; 'close' follows and tells.
  response.on('error', () => undefined);
  const isOpen = (): boolean => !response.destroyed && !response.writableEnded;
  return {
    get bufferedBytes() {
      return response.writableLength;
    },
    get isOpen() {
      return isOpen();
    },
    write(chunk) {
      if (isOpen()) response.write(chunk);
    },
    end() {
      if (isOpen()) response.end();
    },
    terminate() {
      response.destroy();
    },
    onClose(fn) {
      if (response.closed) setImmediate(fn);
      else response.once('close', fn);
    },
  };
}
