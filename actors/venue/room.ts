/**
 * The venue room: keeps one session with the venue alive. It restores subscriptions after every
 * reconnect, repairs channels that broke, polls the venue's state over HTTP, and says in-band when
 * the link is lost. It never sends an order; the trading client is built by the chokepoint.
 */
import { createActor } from 'xstate';
import { type LossKind, venueSessionMachine } from '../../machines/venue-session.ts';
import { asHoldfastError, HoldfastError } from '../../streams/facts/errors.ts';
import type { MarketEvent } from '../../streams/facts/market.ts';
import type { CancelTimer } from '../../streams/ports/clock.ts';
import {
  DeribitHttpQueries,
  DeribitSession,
  InstrumentIndex,
  rateTerminationMs,
  type ScopeVerdict,
  type SessionHandlers,
} from '../../streams/venues/deribit/index.ts';
import { AnnouncementBoard } from './announcement-board.ts';
import { backoffMs } from './backoff.ts';
import { ChannelRepair } from './channel-repair.ts';
import {
  defaultParams,
  type VenueRoom,
  type VenueRoomOptions,
  type VenueRoomParams,
} from './contract.ts';
import { decodeInstrumentState } from './instrument-state.ts';
import { type Measured, type VenueHealth, VenueHealthMeter } from './venue-health.ts';
import { decodeVolatilityIndex } from './volatility-index.ts';

export function createVenueRoom(options: VenueRoomOptions): VenueRoom {
  return new Room(options);
}

class Room implements VenueRoom {
  readonly session: DeribitSession;
  readonly http: DeribitHttpQueries;
  readonly instruments = new InstrumentIndex();
  scopes: ScopeVerdict | undefined = undefined;
  refusedChannels: readonly string[] = [];
  readonly #options: VenueRoomOptions;
  readonly #params: VenueRoomParams;
  readonly #meter: VenueHealthMeter;
  readonly #repair: ChannelRepair;
  readonly #board: AnnouncementBoard;
  readonly #actor;
  #subscribed = new Set<string>();
  #keyRefused = false;
  #rateRefusedUs = Number.NEGATIVE_INFINITY;
  #timers: CancelTimer[] = [];
  #retry: CancelTimer = () => undefined;
  #settling: CancelTimer = () => undefined;

  constructor(options: VenueRoomOptions) {
    this.#options = options;
    this.#params = { ...defaultParams, ...options.params };
    const { ports, credentials, urls } = options;
    this.#board = new AnnouncementBoard((news) => options.handlers.onAnnouncement?.(news));
    this.#meter = new VenueHealthMeter(ports.clock);
    this.session = new DeribitSession({
      ...options,
      instruments: this.instruments,
      handlers: this.#sessionHandlers(),
    });
    this.http = new DeribitHttpQueries({
      ports,
      baseUrl: urls.http,
      credentials,
      instruments: this.instruments,
      observer: {
        onHttp: (_method, ms, status, timedOut) => this.#meter.http(ms, status, timedOut),
        onRateRefusal: (kind) => this.#meter.rateRefusal(kind),
      },
    });
    this.#repair = new ChannelRepair({
      clock: ports.clock,
      resubscribe: (channels) => this.session.resubscribe(channels),
      onError: (error) => options.handlers.onError(error),
    });
    this.#actor = this.#createActor();
  }

  get isLive(): boolean {
    return this.#actor.getSnapshot().hasTag('live');
  }

  get state(): string {
    const { value } = this.#actor.getSnapshot();
    return typeof value === 'string' ? value : String(value.running);
  }

  get cause(): string {
    return this.#actor.getSnapshot().context.cause;
  }

  start(): void {
    if (this.#timers.length > 0) return;
    this.#timers = [
      this.#every(this.#params.pollMs, () => this.#poll()),
      this.#every(this.#params.announcementsMs, () => this.#readAnnouncements()),
      this.#every(this.#params.instrumentsRefreshMs, () => this.#refresh()),
    ];
    this.#actor.start();
    this.#actor.send({ type: 'session.start' });
    this.#poll();
    this.#readAnnouncements();
  }

  stop(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers = [];
    this.#retry();
    this.#settling();
    this.#actor.send({ type: 'session.stop' });
  }

  repair(channel: string): void {
    if (this.session.phase === 'up') this.#repair.request(channel);
  }

  get measured(): Measured {
    return this.#meter;
  }

  health(): VenueHealth {
    return this.#meter.read(this.#board.standing);
  }

  #createActor() {
    const machine = venueSessionMachine.provide({
      actions: {
        openSession: () => this.session.connect(),
        closeSession: () => this.session.close(),
        subscribeChannels: () => this.#subscribeAll(),
        scheduleRetry: ({ context }) => {
          const { failures, lossKind } = context;
          const { random, clock } = this.#options.ports;
          const waitMs = backoffMs(this.#params.backoff, failures, lossKind ?? 'lost', random);
          this.#retry = clock.after(waitMs, () => this.#actor.send({ type: 'backoff.elapsed' }));
        },
      },
    });
    const actor = createActor(machine, { clock: this.#options.ports.clock.machine });
    let last = '';
    actor.subscribe({
      next: () => {
        if (this.state === last) return;
        last = this.state;
        this.#options.handlers.onState?.(last, this.cause);
      },
      error: (error) => this.#options.handlers.onFatal(error),
    });
    return actor;
  }

  #sessionHandlers(): SessionHandlers {
    const { handlers } = this.#options;
    return {
      onOpened: () => this.#actor.send({ type: 'socket.opened' }),
      onLink: (link) => {
        handlers.onLink(link);
        if (link.kind === 'up') this.#actor.send({ type: 'session.authenticated' });
        else this.#lost(link.cause);
      },
      onMarket: (event: MarketEvent) => {
        this.#meter.lag(event.receivedUs - event.tsUs, event.receivedMonotonicUs);
        handlers.onMarket(event);
      },
      onOrder: (order) => handlers.onOrder(order),
      onTrade: (trade) => handlers.onTrade(trade),
      onAccount: (account) => handlers.onAccount?.(account),
      onState: (channel, data) => {
        const change = decodeInstrumentState(channel, data);
        const volatility = decodeVolatilityIndex(channel, data);
        if (change !== undefined) handlers.onInstrumentState?.(change.name, change.state);
        else if (volatility !== undefined) this.#meter.volatilitySeen(volatility);
        else if (channel.kind === 'platform_state') this.#poll();
      },
      onAnnouncement: (announcement) => this.#board.hear(announcement),
      onQuarantine: (frame) => {
        this.#meter.quarantined();
        handlers.onQuarantine?.(frame);
      },
      onError: (error) => {
        if (error.code === 'VENUE_AUTH') this.#keyRefused = true;
        handlers.onError(error);
      },
      onScopes: (verdict) => {
        this.scopes = verdict;
        handlers.onScopes?.(verdict);
      },
      onRoundTrip: (ms) => this.#meter.roundTrip(ms),
      onRateRefusal: () => {
        this.#rateRefusedUs = this.#options.ports.clock.monotonicUs();
        this.#meter.rateRefusal('error_10028');
        handlers.onRateRefusal?.();
      },
    };
  }

  #lost(cause: string): void {
    const kind = this.#lossKind();
    this.#keyRefused = false;
    this.#subscribed.clear();
    this.#repair.reset();
    this.#actor.send({ type: 'session.lost', kind, cause });
  }

  #lossKind(): LossKind {
    if (this.#keyRefused) return 'key_refused';
    const sinceMs = (this.#options.ports.clock.monotonicUs() - this.#rateRefusedUs) / 1_000;
    return sinceMs <= rateTerminationMs ? 'rate_terminated' : 'lost';
  }

  #subscribeAll(): void {
    const { epoch } = this.session;
    this.#readAndSubscribe().then(
      () => {
        if (epoch !== this.session.epoch) return;
        this.#actor.send({ type: 'channels.confirmed' });
        this.#settling();
        this.#settling = this.#options.ports.clock.after(this.#params.settleMs, () => {
          if (epoch === this.session.epoch && this.isLive)
            this.#actor.send({ type: 'session.settled' });
        });
      },
      (thrown: unknown) => {
        const error = asHoldfastError(thrown);
        this.#options.handlers.onError(error);
        if (epoch === this.session.epoch) {
          this.#actor.send({ type: 'channels.failed', cause: error.message });
        }
      },
    );
  }

  async #readAndSubscribe(): Promise<void> {
    const listings = await this.session.queries.instruments();
    this.#meter.instrumentsListed();
    this.#options.handlers.onInstruments?.(listings);
    const missing = this.#options
      .channels(this.instruments)
      .filter((channel) => !this.#subscribed.has(channel));
    if (missing.length === 0) return;
    const { subscribed, refused } = await this.session.subscribe(missing);
    for (const channel of subscribed) this.#subscribed.add(channel);
    this.refusedChannels = refused;
    const own = refused.filter((channel) => channel.startsWith('user.'));
    if (own.length > 0) {
      throw new HoldfastError(
        'VENUE_PROTOCOL',
        `the venue refuses our own channels ${own.join(' ')}: without them no order can be watched`,
      );
    }
  }

  // New instruments get their channels; what is subscribed stays.
  #refresh(): void {
    if (!this.isLive) return;
    this.#readAndSubscribe().catch((thrown: unknown) =>
      this.#options.handlers.onError(asHoldfastError(thrown)),
    );
  }

  /** A round for which there is no credit is left out: what it would have read ages. */
  #every(ms: number, read: () => void): CancelTimer {
    const { ports, admitsRead } = this.#options;
    return ports.clock.every(ms, () => admitsRead?.() !== false && read());
  }

  /** No breaker stands before it: what measures the venue's health, and our clock, goes on while other reads fail. */
  #poll(): void {
    this.#readStatus().catch((thrown: unknown) =>
      this.#options.handlers.onError(asHoldfastError(thrown)),
    );
  }

  #readAnnouncements(): void {
    this.http.announcements().then(
      ({ listed, isWhole }) => {
        this.#meter.announced();
        this.#board.read(listed, isWhole);
      },
      (thrown: unknown) => this.#options.handlers.onError(asHoldfastError(thrown)),
    );
  }

  async #readStatus(): Promise<void> {
    const { clock } = this.#options.ports;
    const platform = await this.http.status();
    const beforeUs = clock.nowUs();
    const venueUs = await this.http.time();
    const halfUs = (clock.nowUs() - beforeUs) / 2;
    // The venue counts whole milliseconds: half of one is the best guess for the rest.
    this.#meter.polled(platform, (beforeUs + halfUs - venueUs - 500) / 1_000, halfUs / 1_000);
  }
}
