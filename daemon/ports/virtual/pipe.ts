/**
 * One direction of a connection: messages arrive in order, each after its delay. Bytes beyond the
 * window wait at the sender, which is what makes `bufferedBytes` grow when the reader stalls.
 */
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { Incarnation } from './incarnation.ts';
import type { VirtualNetwork } from './network.ts';

interface Parcel {
  readonly sizeBytes: number;
  readonly deliver: () => void;
  readonly onSent: ((error?: Error) => void) | undefined;
  readonly extraDelayUs: number;
}

export interface PipeOptions {
  readonly network: VirtualNetwork;
  readonly from: Incarnation;
  readonly to: Incarnation;
  /** Bytes were lost on the way and the network works again: the connection is beyond repair. */
  readonly onBroken: () => void;
}

/** Carries messages from one incarnation to another. */
export class Pipe {
  readonly #options: PipeOptions;
  readonly #waiting: Parcel[] = [];
  readonly #unread: Parcel[] = [];
  #waitingBytes = 0;
  #travellingBytes = 0;
  #lastArrivalUs = 0;
  #hasLostBytes = false;
  #isBroken = false;
  #stopListening: (() => void) | undefined;

  constructor(options: PipeOptions) {
    this.#options = options;
  }

  /** Bytes accepted that have not left the sender. */
  get bufferedBytes(): number {
    return this.#waitingBytes;
  }

  /** `onSent` runs when the message left; `deliver` when it arrives, in order, or never. */
  send(
    sizeBytes: number,
    deliver: () => void,
    onSent?: (error?: Error) => void,
    extraDelayUs = 0,
  ): void {
    if (this.#isBroken) return;
    this.#waiting.push({ sizeBytes, deliver, onSent, extraDelayUs });
    this.#waitingBytes += sizeBytes;
    this.#pump();
  }

  /** Nothing arrives any more. */
  break(): void {
    this.#isBroken = true;
    if (this.#waiting.length > 0) {
      const error = new HoldfastError('NETWORK_CLOSED', 'the message was not written');
      for (const parcel of this.#waiting.splice(0)) this.#tell(parcel, error);
    }
    this.#unread.length = 0;
    this.#waitingBytes = 0;
    this.#stopListening?.();
  }

  #tell(parcel: Parcel, error?: Error): void {
    const { onSent } = parcel;
    if (onSent !== undefined) this.#options.network.clock.schedule(0, () => onSent(error));
  }

  #pump(): void {
    const { network, from, to } = this.#options;
    while (!this.#isBroken) {
      const parcel = this.#waiting[0];
      if (parcel === undefined) return;
      const isFull = this.#travellingBytes + parcel.sizeBytes > network.windowBytes;
      if (isFull && this.#travellingBytes > 0) return;
      this.#waiting.shift();
      this.#waitingBytes -= parcel.sizeBytes;
      this.#travellingBytes += parcel.sizeBytes;
      if (network.isSilenced(from.name, to.name)) this.#hasLostBytes = true;
      else if (this.#hasLostBytes) this.#options.onBroken();
      else this.#travel(parcel);
      this.#tell(parcel);
    }
  }

  #travel(parcel: Parcel): void {
    const { clock } = this.#options.network;
    const delayUs = this.#options.network.drawLatencyUs() + parcel.extraDelayUs;
    this.#lastArrivalUs = Math.max(this.#lastArrivalUs, clock.nowUs + delayUs);
    clock.schedule(this.#lastArrivalUs - clock.nowUs, () => this.#arrive(parcel));
  }

  #arrive(parcel: Parcel): void {
    const { network, to } = this.#options;
    if (this.#isBroken) return;
    if (network.isStalled(to.name) || this.#unread.length > 0) {
      this.#unread.push(parcel);
      // Not at once: whoever resumes the reader must not run its handlers.
      this.#stopListening ??= network.onResume(() => network.clock.schedule(0, () => this.#read()));
      return;
    }
    this.#finish(parcel);
  }

  #read(): void {
    while (this.#unread.length > 0 && !this.#options.network.isStalled(this.#options.to.name)) {
      const parcel = this.#unread.shift();
      if (parcel !== undefined) this.#finish(parcel);
    }
  }

  #finish(parcel: Parcel): void {
    if (this.#isBroken) return;
    this.#travellingBytes -= parcel.sizeBytes;
    if (this.#options.to.isAlive) parcel.deliver();
    this.#pump();
  }
}
