/**
 * One attached client behind a bounded buffer. When the client does not keep up, items are dropped
 * and counted, the count is told as soon as there is room, and a client that stays behind is cut:
 * watching never slows the daemon.
 */
export interface LiveItem {
  /** Offset in the journal stream; null for log lines. */
  readonly offset: number | null;
  readonly text: string;
}

/** How a client is written to: a WebSocket, or server-sent events. */
export interface LiveSink {
  readonly transport: 'websocket' | 'sse';
  readonly bufferedBytes: number;
  readonly isOpen: boolean;
  item(item: LiveItem): void;
  dropped(count: number): void;
  heartbeat(): void;
  close(reason: string): void;
}

/** Above this, items are dropped; a few seconds of a busy stream. */
export const bufferBytesMax = 1_048_576;
/** Below this, a client that dropped items gets the notice and the stream goes on. */
const bufferBytesResume = bufferBytesMax / 4;
/** A client that had no room for this long is cut. */
export const behindMsMax = 10_000;

export class LiveClient {
  readonly #sink: LiveSink;
  #dropped = 0;
  #droppedTotal = 0;
  #behindSinceUs: number | undefined;

  constructor(sink: LiveSink) {
    this.#sink = sink;
  }

  get isOpen(): boolean {
    return this.#sink.isOpen;
  }

  get transport(): LiveSink['transport'] {
    return this.#sink.transport;
  }

  get droppedTotal(): number {
    return this.#droppedTotal;
  }

  /** Hands one item over, or counts it as dropped. */
  offer(item: LiveItem, nowUs: number): void {
    if (!this.#sink.isOpen) return;
    const limit = this.#dropped > 0 ? bufferBytesResume : bufferBytesMax;
    if (this.#sink.bufferedBytes > limit) {
      this.#dropped += 1;
      this.#droppedTotal += 1;
      this.#behindSinceUs ??= nowUs;
      if (nowUs - this.#behindSinceUs > behindMsMax * 1_000) {
        this.#sink.close('too slow: cut after staying behind');
      }
      return;
    }
    this.#tellDropped();
    this.#sink.item(item);
  }

  /** Called now and then: tells about drops when there is room, keeps the connection alive. */
  heartbeat(): void {
    if (!this.#sink.isOpen) return;
    if (this.#sink.bufferedBytes <= bufferBytesResume) this.#tellDropped();
    this.#sink.heartbeat();
  }

  close(reason: string): void {
    if (this.#sink.isOpen) this.#sink.close(reason);
  }

  #tellDropped(): void {
    this.#behindSinceUs = undefined;
    if (this.#dropped === 0) return;
    this.#sink.dropped(this.#dropped);
    this.#dropped = 0;
  }
}
