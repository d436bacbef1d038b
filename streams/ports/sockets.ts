/**
 * WebSockets, both ends. Frames are whole messages; text and binary arrive as bytes and say which.
 * Handlers are called directly from the read loop: they must not block and must not throw.
 */
export interface SocketHandlers {
  /** The connection is open and may be written to. Called once, before any message. */
  onOpen?(): void;
  /** One whole message. The buffer belongs to the callee only until it returns. */
  onMessage(data: Buffer, isBinary: boolean): void;
  /** The connection is gone, for whatever reason; called exactly once, also when opening failed. */
  onClose(code: number, reason: string): void;
}

export interface Socket {
  /** Bytes accepted but not yet handed to the network: what a slow reader makes grow. */
  readonly bufferedBytes: number;
  readonly isOpen: boolean;
  /** Address of the other end, for logs only. */
  readonly remoteAddress: string;
  /**
   * Hands one message to the network. Returns false when the socket is not open: then the message
   * surely never left. `onWritten` runs once the bytes were handed to the operating system.
   */
  send(data: string | Uint8Array, onWritten?: (error?: Error) => void): boolean;
  ping(): void;
  /** Orderly close. */
  close(code?: number, reason?: string): void;
  /** Cuts the connection at once. */
  terminate(): void;
}

export interface SocketConnectOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly openTimeoutMs: number;
  /** A larger inbound message closes the connection (1009). */
  readonly maxMessageBytes: number;
}

/** What the upgrade request of an inbound connection said. */
export interface SocketRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string;
}

export interface Sockets {
  /** Starts to connect to a `ws:` or `wss:` address. Never throws: failure is `onClose`. */
  connect(url: string, options: SocketConnectOptions, handlers: SocketHandlers): Socket;
}
