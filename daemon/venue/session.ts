/**
 * One WebSocket connection: identity, subscriptions, heartbeats, and the outbox rules. A reply is
 * sent before the notifications its request caused, unless the venue is told otherwise.
 */

import type { CancelTimer, Clock, Socket } from '../../streams/ports/index.ts';
import type { Channel } from './channel.ts';
import { Credits } from './credits.ts';
import type { Hooks, OutgoingFrame } from './faults/hooks.ts';
import { connectionsPerAddressMax, defaultMatchingLimit, unreadBytesMax } from './options.ts';
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
  readonly #hooks: Hooks;
  #held: (readonly [channel: string, text: string])[] | undefined;
  #stopHeartbeat: CancelTimer | undefined;
  #testOutstanding = false;

  constructor(id: number, socket: Socket, clock: Clock, hooks: Hooks) {
    this.id = id;
    this.#socket = socket;
    this.#clock = clock;
    this.#hooks = hooks;
  }

  /** Address of the other end. */
  get address(): string {
    return this.#socket.remoteAddress;
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
    for (const [channel, text] of held ?? []) this.#send('notification', channel, text);
  }

  notify(channel: string, text: string): void {
    if (this.#held === undefined) this.#send('notification', channel, text);
    else this.#held.push([channel, text]);
  }

  /** Sends past the held notifications. */
  reply(method: string, text: string): void {
    this.#send('reply', method, text);
  }

  /** Returns false when a fault took the frame over. */
  #send(kind: OutgoingFrame['kind'], subject: string, text: string): boolean {
    return this.#hooks.send({ session: this, kind, subject, text, write: this.#write });
  }

  readonly #write = (text: string): void => {
    if (!this.#socket.isOpen) return;
    if (this.#socket.bufferedBytes > unreadBytesMax) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(text);
  };

  /** Sends a test request every `intervalS`; one unanswered until the next is the end. */
  startHeartbeat(intervalS: number): void {
    this.stopHeartbeat();
    this.#stopHeartbeat = this.#clock.every(intervalS * 1_000, () => {
      if (this.#testOutstanding) {
        this.cut();
        return;
      }
      this.#send('heartbeat', '', heartbeat);
      // A request that never left is nobody's to answer.
      this.#testOutstanding = this.#send('heartbeat', '', testRequest);
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

/** True when that address has all the connections it may have. */
export function isCrowded(sessions: ReadonlySet<Session>, address: string): boolean {
  let count = 0;
  for (const session of sessions) if (session.address === address) count += 1;
  return count >= connectionsPerAddressMax;
}
