/** HTTP, both ends. WebSocket upgrades of a server arrive at its `onSocket`. */
import type { Socket, SocketHandlers, SocketRequest } from './sockets.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
  /** A larger response body is an error. Default 16 MiB. */
  readonly maxResponseBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface InboundHttpRequest {
  readonly method: string;
  readonly path: string;
  /** The raw target, path with query string, as signed by clients. */
  readonly target: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly remoteAddress: string;
}

/** A response that goes on: server-sent events and streamed downloads. */
export interface OutboundStream {
  readonly bufferedBytes: number;
  readonly isOpen: boolean;
  write(chunk: string | Uint8Array): void;
  end(): void;
  /** Cuts the connection at once, whatever is still buffered. */
  terminate(): void;
  onClose(fn: () => void): void;
}

export interface OutboundHttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Called with the open stream after the head was sent; `body` must be absent then. */
  readonly stream?: (stream: OutboundStream) => void;
}

/** Decides whether an upgrade is accepted: handlers for the new socket, or a refusal. */
export type SocketAcceptance =
  | { readonly kind: 'accepted'; readonly handlers: (socket: Socket) => SocketHandlers }
  | { readonly kind: 'refused'; readonly response: OutboundHttpResponse };

export interface HttpServerOptions {
  readonly host: string;
  /** 0 asks for any free port. */
  readonly port: number;
  readonly onRequest: (
    request: InboundHttpRequest,
  ) => OutboundHttpResponse | Promise<OutboundHttpResponse>;
  readonly onSocket?: (request: SocketRequest) => SocketAcceptance;
  /** Larger request bodies are answered 413. */
  readonly maxBodyBytes: number;
  readonly maxSocketMessageBytes?: number;
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** TLS key and certificate in PEM. Absent: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Stops listening and cuts what is still open after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

export interface Http {
  /** One request, one whole response. Rejects with `HoldfastError` (`NETWORK_*`) when none came. */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Rejects with `PORT_IN_USE` when the address is taken. */
  serve(options: HttpServerOptions): Promise<HttpServer>;
}
