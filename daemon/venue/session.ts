/**
 * One WebSocket connection: identity, subscriptions, heartbeats, and the outbox rules. A reply is
 * sent before the notifications its request caused, unless the venue is told otherwise.
 */
import type { CancelTimer, Clock, Socket } from '../../streams/ports/index.ts';
import type { Channel } from './channel.ts';
import { Credits } from './credits.ts';
import { defaultMatchingLimit, unreadBytesMax } from './options.ts';
import type { Identity } from './tokens.ts';

/** As recorded: clients must not match on the text. */
const testRequest = '{"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"}';
const heartbeat = '{"params":{"type":"heartbeat"},"method":"heartbeat","jsonrpc":"2.0"}';
const normalClosure = 1000;
const policyViolation = 1008;

export class Session {
  readonly id: number;
  readonly channels = new Map<string, Channel>();
  readonly labels = new Map<string, string>();
  /** Credits before authentication; afterwards the account's count. */
  readonly credits = new Credits(defaultMatchingLimit);
  identity: Identity | undefined;
  expiresUs = Number.POSITIVE_INFINITY;
  cancelOnDisconnect = false;
  /** Set by logout: the connection ends without cancelling anything. */
  loggedOut = false;
  readonly #socket: Socket;
  readonly #clock: Clock;
  #held: string[] | undefined;
  #stopHeartbeat: CancelTimer | undefined;
  #testOutstanding = false;

  constructor(id: number, socket: Socket, clock: Clock) {
    this.id = id;
    this.#socket = socket;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#socket.isOpen;
  }

  /** Keeps notifications back until `release`: the reply goes first. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const text of held ?? []) this.#write(text);
  }

  notify(text: string): void {
    if (this.#held === undefined) this.#write(text);
    else this.#held.push(text);
  }

  /** Sends past the held notifications. */
  reply(text: string): void {
    this.#write(text);
  }

  #write(text: string): void {
    if (!this.#socket.isOpen) return;
    if (this.#socket.bufferedBytes > unreadBytesMax) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(text);
  }

  /** Sends a test request every `intervalS`; one unanswered until the next is the end. */
  startHeartbeat(intervalS: number): void {
    this.stopHeartbeat();
    this.#stopHeartbeat = this.#clock.every(intervalS * 1_000, () => {
      if (this.#testOutstanding) {
        this.cut();
        return;
      }
      this.#testOutstanding = true;
      this.#write(heartbeat);
      this.#write(testRequest);
    });
  }

  stopHeartbeat(): void {
    this.#stopHeartbeat?.();
    this.#stopHeartbeat = undefined;
    this.#testOutstanding = false;
  }

  answerTest(): void {
    this.#testOutstanding = false;
  }

  /** Orderly end. */
  close(): void {
    this.#socket.close(normalClosure, '');
  }

  /** The venue ends the session because of what the client did. */
  expel(reason: string): void {
    this.#socket.close(policyViolation, reason);
  }

  /** The connection is gone at once. */
  cut(): void {
    this.#socket.terminate();
  }
}
