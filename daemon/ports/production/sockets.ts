/**
 * WebSockets over TCP or TLS with `ws`. Compression is off (memory and latency), messages are
 * bounded, and every connection ends in exactly one `onClose`, also one that never opened.
 */
import { WebSocket } from 'ws';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Socket, SocketHandlers, Sockets } from '../../../streams/ports/index.ts';
import type { GatheredWrites } from './gathered-writes.ts';

/** How long an orderly close waits for the other end before the connection is cut. */
export const closeTimeoutMs = 2_000;
const abnormalClosure = 1006;
const messageTooBig = 1009;
const tooBigErrorCode = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';

/** Client side of WebSockets. */
export function productionSockets(): Sockets {
  return {
    connect(url, options, handlers) {
      try {
        const ws = new WebSocket(url, {
          headers: { ...options.headers },
          handshakeTimeout: options.openTimeoutMs,
          maxPayload: options.maxMessageBytes,
          closeTimeout: closeTimeoutMs,
          perMessageDeflate: false,
          followRedirects: false,
          // Decoders treat the text as untrusted bytes; checking it twice costs 7 %.
          skipUTF8Validation: true,
        } as WebSocket.ClientOptions);
        return attachSocket(ws, new URL(url).host, () => handlers);
      } catch (error) {
        return failedSocket(handlers, error);
      }
    },
  };
}

/** An address or a header that `ws` refuses: the failure arrives like any other, as `onClose`. */
function failedSocket(handlers: SocketHandlers, error: unknown): Socket {
  const reason = error instanceof Error ? error.message : String(error);
  setImmediate(() => handlers.onClose(abnormalClosure, reason));
  return {
    bufferedBytes: 0,
    isOpen: false,
    remoteAddress: '',
    send: () => false,
    ping: () => undefined,
    close: () => undefined,
    terminate: () => undefined,
  };
}

/**
 * Puts the port's contract on a `ws` connection. With `gathered` it is the server's end, and what
 * one turn of the loop sends goes out together; a client's message leaves at once, in one write.
 */
export function attachSocket(
  ws: WebSocket,
  remoteAddress: string,
  accept: (socket: Socket) => SocketHandlers,
  gathered?: GatheredWrites,
): Socket {
  const socket = socketOver(ws, remoteAddress, gathered);
  const handlers = accept(socket);
  let failure: { code: number; reason: string } | undefined;
  ws.on('open', () => handlers.onOpen?.());
  ws.on('message', (data: Buffer, isBinary: boolean) => handlers.onMessage(data, isBinary));
  ws.on('error', (error: Error & { code?: string }) => {
    const code = error.code === tooBigErrorCode ? messageTooBig : abnormalClosure;
    failure ??= { code, reason: error.message || error.code || 'connection failed' };
  });
  ws.on('close', (code: number, reason: Buffer) => {
    const text = reason.toString('utf8');
    const orderly = code !== abnormalClosure || failure === undefined;
    if (orderly) handlers.onClose(code, text);
    else handlers.onClose(failure?.code ?? code, text || (failure?.reason ?? ''));
  });
  if (ws.readyState === WebSocket.OPEN) handlers.onOpen?.();
  return socket;
}

function socketOver(ws: WebSocket, remoteAddress: string, gathered?: GatheredWrites): Socket {
  // `ws` masks what a client sends. Bytes it may not change it masks into one buffer with the header:
  // one write. Text it masks in place: two buffers, a cork and a gathering write.
  const bytesOf = (data: string | Uint8Array): string | Uint8Array =>
    gathered === undefined && typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  return {
    get bufferedBytes() {
      return ws.bufferedAmount;
    },
    get isOpen() {
      return ws.readyState === WebSocket.OPEN;
    },
    remoteAddress,
    send(data, onWritten) {
      if (ws.readyState !== WebSocket.OPEN) return false;
      // Without a callback a failed write would be thrown as an error event; `close` tells anyway.
      const write = (): void =>
        ws.send(bytesOf(data), { binary: typeof data !== 'string' }, (error) =>
          onWritten?.(error ? closedError(error) : undefined),
        );
      if (gathered === undefined) write();
      else gathered.around(write);
      return true;
    },
    ping() {
      if (ws.readyState === WebSocket.OPEN) ws.ping(undefined, undefined, () => undefined);
    },
    close: (code = 1000, reason = '') => ws.close(code, reason),
    terminate: () => ws.terminate(),
  };
}

function closedError(cause: Error): HoldfastError {
  return new HoldfastError('NETWORK_CLOSED', `the message was not written: ${cause.message}`, {
    cause,
  });
}
