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
  /** Says why and ends in order. */
  close(reason: string): void;
  /** Cuts the connection at once: a peer that does not read never sees an orderly end. */
  cut(): void;
}

/** Above this, items are dropped; a few seconds of a busy stream. */
export const bufferBytesMax = 1_048_576;
/** Below this, a client that was behind gets the notice and the stream goes on. */
export const bufferBytesResume = bufferBytesMax / 4;
/** A client that had no room for this long is cut. */
export const behindMsMax = 10_000;

export class LiveClient {
  readonly #sink: LiveSink;
  readonly #onDropped: () => void;
  #dropped = 0;
  #behindSinceUs: number | undefined;
  #isCut = false;

  /** `onDropped` runs for every item the client missed. */
  constructor(sink: LiveSink, onDropped: () => void = () => undefined) {
    this.#sink = sink;
    this.#onDropped = onDropped;
  }

  get isOpen(): boolean {
    return !this.#isCut && this.#sink.isOpen;
  }

  get transport(): LiveSink['transport'] {
    return this.#sink.transport;
  }

  /** Whether it was told to go because it stayed behind. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /**
   * Whether an item can be handed over now. A client without room stays without until most of its
   * buffer has drained, and is cut when that takes longer than `behindMsMax`.
   */
  hasRoom(nowUs: number): boolean {
    const limit = this.#behindSinceUs === undefined ? bufferBytesMax : bufferBytesResume;
    if (this.#sink.bufferedBytes <= limit) {
      this.#behindSinceUs = undefined;
      this.#tellDropped();
      return true;
    }
    this.#behindSinceUs ??= nowUs;
    if (nowUs - this.#behindSinceUs > behindMsMax * 1_000) this.#cutOff();
    return false;
  }

  /** Hands one item over, or counts it as dropped. Returns whether it was handed over. */
  offer(item: LiveItem, nowUs: number): boolean {
    if (!this.isOpen) return false;
    if (this.hasRoom(nowUs)) {
      this.#sink.item(item);
      return true;
    }
    this.#dropped += 1;
    this.#onDropped();
    return false;
  }

  /** Called now and then: tells about drops when there is room, keeps the connection alive. */
  heartbeat(nowUs: number): void {
    if (this.isOpen && this.hasRoom(nowUs)) this.#sink.heartbeat();
  }

  /** An orderly end. */
  close(reason: string): void {
    if (!this.isOpen) return;
    this.#tellDropped();
    this.#sink.close(reason);
  }

  /** Ends a connection whose peer did not take the orderly end. */
  cut(): void {
    this.#sink.cut();
  }

  #cutOff(): void {
    if (!this.isOpen) return;
    this.close('too slow: there was no room for too long');
    this.#isCut = true;
  }

  #tellDropped(): void {
    if (this.#dropped === 0) return;
    this.#sink.dropped(this.#dropped);
    this.#dropped = 0;
  }
}
