/** The other end of `processes.spawn` and `threads.spawn`, as an entry point sees it. */
export interface ParentLink {
  /** Returns false when the parent is gone. */
  send(message: unknown): boolean;
  onMessage(fn: (message: unknown) => void): void;
  /** The parent closed the channel or died, before now or later: a child must then end by itself. */
  onDisconnect(fn: () => void): void;
}
