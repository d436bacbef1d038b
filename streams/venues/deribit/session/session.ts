/**
 * One authenticated connection with the venue: market data, own orders and trades, queries. It has
 * no order methods. It does not reconnect: who owns it decides when (`connect` again). Each
 * connection has its own epoch, and everything in flight when one ends is lost, never presumed.
 */
import { asHoldfastError, HoldfastError } from '../../../facts/errors.ts';
import type { MarketEvent } from '../../../facts/market.ts';
import type { VenueAnnouncement } from '../../../facts/venue-announcement.ts';
import type { VenueAccount, VenueOrder, VenueTrade } from '../../../facts/venue-records.ts';
import type { CancelTimer } from '../../../ports/clock.ts';
import type { Socket } from '../../../ports/sockets.ts';
import { assertCapability, type DispatchCapability } from '../capability.ts';
import type { Channel } from '../codec/channels.ts';
import { tooManyRequestsCode, type VenueError } from '../codec/errors.ts';
import { FrameDecoder } from '../codec/frame.ts';
import type { JsonObject } from '../codec/json.ts';
import type { QuarantinedFrame } from '../codec/quarantine.ts';
import type { Stamp } from '../codec/stamp.ts';
import { InstrumentIndex } from '../instrument-index.ts';
import { assertQueryMethod, type Params, type QueryMethod } from '../methods.ts';
import { DeribitQueries } from '../queries.ts';
import { refreshDelayMs, type Token } from './authentication.ts';
import type { SessionOptions } from './contract.ts';
import { type HandshakeOptions, heartbeatS, isArmed, renewToken, shakeHands } from './handshake.ts';
import { decodeLateOrder } from './late-order.ts';
import { RequestLine, type Sent } from './request-line.ts';
import { type ScopeVerdict, tradingScopes } from './scopes.ts';
import { type SubscribeResult, subscribeAll, unsubscribeAll } from './subscriptions.ts';

export type SessionPhase = 'down' | 'connecting' | 'authenticating' | 'up';

/** What the trading client may use of a session; handed out against the capability only. */
export interface OrderLine {
  readonly isUp: boolean;
  readonly instruments: InstrumentIndex;
  order: RequestLine['order'];
}

const openTimeoutMs = 5_000;
/** Cancel-on-disconnect is read back this often. */
const armedLookMs = 10_000;
/** A BTC perpetual snapshot is about 80 kB; 500 of them do not come in one message. */
const maxMessageBytes = 16 * 1_024 * 1_024;
/** A connection that ends this soon after 10028 was ended by the venue for its request rate. */
export const rateTerminationMs = 10_000;
/** Heartbeats missed before the connection is taken for dead (half-open sockets never close). */
const missedHeartbeats = 2.5;

export class DeribitSession {
  readonly instruments: InstrumentIndex;
  /** Decoded queries over this connection. */
  readonly queries: DeribitQueries;
  readonly #options: SessionOptions;
  readonly #line: RequestLine;
  readonly #decoder: FrameDecoder;
  readonly #handshake: HandshakeOptions;
  readonly #stamp: Stamp = { channel: '', sessionEpoch: 0, receivedUs: 0, receivedMonotonicUs: 0 };
  #timers: CancelTimer[] = [];
  #socket: Socket | undefined;
  #phase: SessionPhase = 'down';
  #epoch: number;
  #endedBecause = '';
  #rateRefusedUs = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions) {
    const { ports, handlers } = options;
    this.#options = options;
    this.#epoch = options.epochBefore ?? 0;
    this.instruments = options.instruments ?? new InstrumentIndex();
    const find = this.instruments.find;
    this.#line = new RequestLine(ports.clock, {
      onRoundTrip: (_method, ms) => handlers.onRoundTrip?.(ms),
      onLate: (late) => decodeLateOrder(late, find, handlers),
    });
    this.#decoder = new FrameDecoder(find, this.#sink());
    this.queries = new DeribitQueries(
      (method, params, timeoutMs) => this.query(method, params, { timeoutMs }),
      this.instruments,
    );
    this.#handshake = {
      ports,
      credentials: options.credentials,
      grant: options.grant ?? 'client_credentials',
      scopes: options.scopes ?? tradingScopes,
      request: (method, params, timeoutMs) => this.#line.request(method, params, timeoutMs),
    };
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  /** Counts connections of this object, from 1 or on from `epochBefore`. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Opens a new connection. Does nothing unless the session is down. */
  connect(): void {
    if (this.#phase !== 'down') return;
    this.#epoch += 1;
    this.#stamp.sessionEpoch = this.#epoch;
    this.#phase = 'connecting';
    this.#endedBecause = '';
    const socket = this.#options.ports.sockets.connect(
      this.#options.urls.ws,
      { openTimeoutMs, maxMessageBytes },
      {
        onOpen: () => this.#opened(socket),
        onMessage: (data) => this.#received(data),
        onClose: (code, reason) => this.#closed(`${code} ${reason}`.trim()),
      },
    );
    this.#socket = socket;
  }

  /** Ends the connection in order. `onLink` down follows. */
  close(cause = 'closed by us'): void {
    if (this.#endedBecause === '') this.#endedBecause = cause;
    this.#socket?.close(1_000);
  }

  /** Subscribes in batches. Throws VENUE_SESSION_DOWN or VENUE_*. */
  subscribe(channels: readonly string[]): Promise<SubscribeResult> {
    return subscribeAll(this.#handshake.request, channels);
  }

  /** Throws VENUE_SESSION_DOWN or VENUE_*. */
  unsubscribe(channels: readonly string[]): Promise<void> {
    return unsubscribeAll(this.#handshake.request, channels);
  }

  /** Gives channels up and takes them again: how a book gets a fresh snapshot after a gap. */
  async resubscribe(channels: readonly string[]): Promise<SubscribeResult> {
    await this.unsubscribe(channels);
    return this.subscribe(channels);
  }

  /** One query, undecoded. Throws VENUE_METHOD_FORBIDDEN for any method that is not a query. */
  async query<M extends QueryMethod>(
    method: M,
    params: Params,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<unknown> {
    assertQueryMethod(method);
    return await this.#line.query(method, params, timeoutMs);
  }

  /** The line orders go through. Throws VENUE_METHOD_FORBIDDEN without the genuine capability. */
  orderLine(capability: DispatchCapability): OrderLine {
    assertCapability(capability);
    const isUp = (): boolean => this.#phase === 'up';
    return {
      get isUp() {
        return isUp();
      },
      instruments: this.instruments,
      order: (method, paramsJson, timeoutMs): Sent =>
        this.#line.order(method, paramsJson, timeoutMs),
    };
  }

  #received(data: Buffer): void {
    const { clock } = this.#options.ports;
    this.#stamp.receivedUs = clock.nowUs();
    this.#stamp.receivedMonotonicUs = clock.monotonicUs();
    this.#decoder.decode(data, this.#stamp);
  }

  #opened(socket: Socket): void {
    this.#line.attach(socket);
    this.#phase = 'authenticating';
    this.#options.handlers.onOpened?.();
    this.#stamp.receivedMonotonicUs = this.#options.ports.clock.monotonicUs();
    const epoch = this.#epoch;
    shakeHands(this.#handshake).then(
      ({ token, verdict }) => {
        if (epoch === this.#epoch && this.#phase === 'authenticating') this.#up(token, verdict);
      },
      (thrown: unknown) => this.#fail(epoch, asHoldfastError(thrown)),
    );
  }

  #up(token: Token, verdict: ScopeVerdict): void {
    const { clock } = this.#options.ports;
    this.#phase = 'up';
    this.#timers.push(clock.every(heartbeatS * 1_000, () => this.#checkSilence()));
    this.#timers.push(clock.every(armedLookMs, () => this.#checkArmed()));
    this.#scheduleRefresh(token);
    this.#options.handlers.onScopes?.(verdict);
    this.#options.handlers.onLink({ kind: 'up', sessionEpoch: this.#epoch });
  }

  #scheduleRefresh(token: Token): void {
    const epoch = this.#epoch;
    const refresh = (): void => {
      renewToken(this.#handshake, token).then(
        (renewed) => {
          if (epoch === this.#epoch && this.#phase === 'up') this.#scheduleRefresh(renewed);
        },
        (thrown: unknown) => this.#fail(epoch, asHoldfastError(thrown)),
      );
    };
    this.#timers.push(this.#options.ports.clock.after(refreshDelayMs(token.expiresInS), refresh));
  }

  #checkSilence(): void {
    const silentUs = this.#options.ports.clock.monotonicUs() - this.#stamp.receivedMonotonicUs;
    if (silentUs <= heartbeatS * missedHeartbeats * 1_000_000) return;
    this.#endedBecause = 'no frame within the heartbeat limit';
    this.#socket?.terminate();
  }

  /** Without cancel-on-disconnect a silent death leaves orders behind: a new connection arms it again. */
  #checkArmed(): void {
    const epoch = this.#epoch;
    const failed = new HoldfastError('VENUE_PROTOCOL', 'cancel-on-disconnect is armed no more');
    isArmed(this.#handshake).then(
      (armed) => {
        if (!armed) this.#fail(epoch, failed);
      },
      // Not readable is not disarmed; a connection that answers nothing ends by its heartbeat.
      (thrown: unknown) => this.#options.handlers.onError(asHoldfastError(thrown)),
    );
  }

  #fail(epoch: number, error: HoldfastError): void {
    if (epoch !== this.#epoch || this.#phase === 'down') return;
    if (error.details.reason === 'KEY_SCOPE_INVALID') {
      this.#options.handlers.onScopes?.(error.details as unknown as ScopeVerdict);
    }
    this.#options.handlers.onError(error);
    this.#endedBecause = error.message;
    this.#socket?.terminate();
  }

  #closed(cause: string): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
    this.#phase = 'down';
    this.#socket = undefined;
    const because = this.#endedBecause === '' ? this.#causeOfClose(cause) : this.#endedBecause;
    // Consumers hear of the loss before the requests that it lost.
    this.#options.handlers.onLink({ kind: 'down', sessionEpoch: this.#epoch, cause: because });
    this.#line.detach(because);
  }

  #causeOfClose(cause: string): string {
    const sinceMs = (this.#options.ports.clock.monotonicUs() - this.#rateRefusedUs) / 1_000;
    return sinceMs <= rateTerminationMs ? `10028 too_many_requests (${cause})` : cause;
  }

  #sink() {
    const { handlers } = this.#options;
    return {
      onMarket: (event: MarketEvent) => handlers.onMarket(event),
      onOrder: (order: VenueOrder) => handlers.onOrder(order),
      onTrade: (trade: VenueTrade) => handlers.onTrade(trade),
      onAccount: (account: VenueAccount) => handlers.onAccount?.(account),
      onState: (channel: Channel, data: JsonObject) => handlers.onState?.(channel, data),
      onAnnouncement: (announcement: VenueAnnouncement) => handlers.onAnnouncement?.(announcement),
      onResult: (id: number, result: unknown) => {
        this.#line.settle(id, { kind: 'result', result });
      },
      onErrorReply: (id: number | null, error: VenueError) => this.#refused(id, error),
      onHeartbeat: (type: string) => this.#heartbeat(type),
      onQuarantine: (frame: QuarantinedFrame) => handlers.onQuarantine?.(frame),
    };
  }

  #refused(id: number | null, error: VenueError): void {
    if (error.code === tooManyRequestsCode) {
      this.#rateRefusedUs = this.#options.ports.clock.monotonicUs();
      this.#options.handlers.onRateRefusal?.();
      this.#options.handlers.onError(
        new HoldfastError(
          'VENUE_SESSION_TERMINATED',
          'the venue answered 10028 too_many_requests, which ends the session: send less',
        ),
      );
    }
    if (id !== null && this.#line.settle(id, { kind: 'error', error })) return;
    this.#options.handlers.onError(
      new HoldfastError(
        'VENUE_PROTOCOL',
        `the venue sent error ${error.code} for no request of ours`,
      ),
    );
  }

  // Unanswered, the venue closes the connection and cancels our orders.
  #heartbeat(type: string): void {
    if (type !== 'test_request') return;
    this.#line.request('public/test', {}, heartbeatS * 1_000).catch(() => undefined);
  }
}
