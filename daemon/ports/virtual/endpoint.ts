/**
 * One end of a virtual WebSocket, with the contract of the real one: `send` says false when nothing
 * can have left, an oversize message closes with 1009, and `onClose` comes exactly once.
 */
import type { CancelTimer, Socket, SocketHandlers } from '../../../streams/ports/index.ts';
import type { Incarnation } from './incarnation.ts';
import type { VirtualNetwork } from './network.ts';
import { Pipe } from './pipe.ts';

const closeTimeoutUs = 2_000_000;
const abnormalClosure = 1006;
const messageTooBig = 1009;

export interface EndpointOptions {
  readonly network: VirtualNetwork;
  readonly owner: Incarnation;
  readonly maxMessageBytes: number;
}

/** A socket of one node; `join` ties it to the other end. */
export class Endpoint implements Socket {
  readonly remoteAddress = '127.0.0.1';
  readonly owner: Incarnation;
  readonly #network: VirtualNetwork;
  readonly #maxMessageBytes: number;
  readonly #onEnd: Array<() => void> = [];
  #handlers: SocketHandlers | undefined;
  #state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';
  #isDeaf = false;
  #peer: Endpoint | undefined;
  #out: Pipe | undefined;
  #cancelTimer: CancelTimer | undefined;

  constructor(options: EndpointOptions) {
    this.owner = options.owner;
    this.#network = options.network;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.onEnd(this.owner.onDeath((silent) => this.#abandon(silent)));
  }

  get bufferedBytes(): number {
    return this.#out?.bufferedBytes ?? 0;
  }

  get isOpen(): boolean {
    return this.#state === 'open' && this.owner.isAlive;
  }

  get isConnecting(): boolean {
    return this.#state === 'connecting' && this.owner.isAlive;
  }

  /** Runs when this end is over, also when its node died. */
  onEnd(fn: () => void): void {
    this.#onEnd.push(fn);
  }

  /** The client's side before the handshake: `handlers` hear of success or of failure. */
  startOpening(handlers: SocketHandlers, timeoutMs: number): void {
    this.#handlers = handlers;
    this.#cancelTimer = this.#network.clock.schedule(timeoutMs * 1_000, () =>
      this.fail('Opening handshake has timed out'),
    );
  }

  /** The server's side after the handshake. */
  accept(handlers: (socket: Socket) => SocketHandlers): void {
    this.#state = 'open';
    this.#tellPeer((peer) => peer.open());
    this.#handlers = handlers(this);
    this.#handlers.onOpen?.();
  }

  join(peer: Endpoint): void {
    this.#peer = peer;
    this.#out = new Pipe({
      network: this.#network,
      from: this.owner,
      to: peer.owner,
      onBroken: () => this.reset(),
    });
  }

  open(): void {
    if (!this.isConnecting) return;
    this.#cancelTimer?.();
    this.#state = 'open';
    this.#handlers?.onOpen?.();
  }

  /** Opening failed. */
  fail(reason: string): void {
    if (this.#state === 'connecting') this.#finishLater(abnormalClosure, reason);
  }

  send(data: string | Uint8Array, onWritten?: (error?: Error) => void): boolean {
    const peer = this.#peer;
    if (!this.isOpen || peer === undefined) return false;
    const isBinary = typeof data !== 'string';
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data);
    const ends = { from: this.owner.name, to: peer.owner.name };
    const verdict = this.#network.intercept?.({ ...ends, kind: 'socket', data: bytes });
    const notify =
      onWritten === undefined
        ? undefined
        : (error?: Error): void => {
            if (this.owner.isAlive) onWritten(error);
          };
    if (verdict === 'cut') {
      this.reset();
    } else if (verdict === 'drop') {
      if (notify !== undefined) this.#network.clock.schedule(0, notify);
    } else {
      const delayUs = typeof verdict === 'object' ? verdict.delayUs : 0;
      const deliver = (): void => peer.#receive(bytes, isBinary);
      this.#out?.send(bytes.length, deliver, notify, delayUs);
      if (verdict === 'duplicate') this.#out?.send(bytes.length, deliver);
    }
    return true;
  }

  ping(): void {
    // Answered by the protocol itself: nobody can see it but by its absence.
  }

  close(code = 1000, reason = ''): void {
    if (this.#state === 'connecting') this.fail('closed before the connection was established');
    else if (this.#state === 'open') this.#startClose(code, reason);
  }

  terminate(): void {
    if (this.#state === 'closed') return;
    this.#tellPeer((peer) => peer.#finish(abnormalClosure, ''));
    this.#finishLater(abnormalClosure, '');
  }

  /** Both ends see an abnormal closure. */
  reset(): void {
    const peer = this.#peer;
    if (peer !== undefined) peer.#finishLater(abnormalClosure, 'ECONNRESET');
    this.#finishLater(abnormalClosure, 'ECONNRESET');
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (this.#state === 'closed' || this.#isDeaf) return;
    if (data.length <= this.#maxMessageBytes) {
      this.#handlers?.onMessage(data, isBinary);
      return;
    }
    this.#isDeaf = true;
    this.#startClose(messageTooBig, '');
  }

  #startClose(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#tellPeer((peer) => peer.#receiveClose(code, reason));
    this.#cancelTimer = this.#network.clock.schedule(closeTimeoutUs, () =>
      this.#finish(this.#isDeaf ? messageTooBig : abnormalClosure, reason),
    );
  }

  #receiveClose(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') this.#tellPeer((peer) => peer.#finish(code, reason));
    this.#end();
    if (this.owner.isAlive) this.#handlers?.onClose(code, reason);
  }

  #finish(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#end();
    this.#out?.break();
    if (this.owner.isAlive) this.#handlers?.onClose(code, reason);
  }

  /** The port promises that `onClose` never runs inside a call of the socket's user. */
  #finishLater(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#end();
    this.#network.clock.schedule(0, () => {
      if (this.owner.isAlive) this.#handlers?.onClose(code, reason);
    });
  }

  /** The owner died: no handler runs here; the other end learns it unless the machine is gone. */
  #abandon(silent: boolean): void {
    if (!silent) this.#tellPeer((peer) => peer.#finish(abnormalClosure, ''));
    this.#end();
  }

  /** In order behind what was sent before. */
  #tellPeer(fn: (peer: Endpoint) => void): void {
    const peer = this.#peer;
    if (peer !== undefined) this.#out?.send(0, () => fn(peer));
  }

  #end(): void {
    this.#state = 'closed';
    this.#cancelTimer?.();
    for (const fn of this.#onEnd.splice(0)) fn();
  }
}
