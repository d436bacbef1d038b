/**
 * Channels and their listeners, found by what happened: per product for market topics, by name for
 * the rest. Conflated intervals are flushed by one timer that runs only while somebody needs it.
 */
import type { CancelTimer, Clock } from '../../streams/ports/index.ts';
import type { Market, VenueEngine } from '../../streams/venues/simulated/index.ts';
import { Channel } from './channel.ts';
import { type ChannelSpec, parseChannel, type Topic } from './channel-name.ts';
import type { Session } from './session.ts';

const flushEveryMs = 100;
/** `agg2` is about one second: every tenth flush. */
const flushesPerSlow = 10;
const nobody: readonly Channel[] = [];

export class Hub {
  readonly #engine: VenueEngine;
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  readonly #byTopic = new Map<Topic, Channel[][]>();
  readonly #byName = new Map<string, Channel[]>();
  readonly #onFlush: (slow: boolean) => void;
  #timer: CancelTimer | undefined;
  #flushes = 0;
  #conflated = 0;

  constructor(engine: VenueEngine, clock: Clock, onFlush: (slow: boolean) => void) {
    this.#engine = engine;
    this.#clock = clock;
    this.#onFlush = onFlush;
  }

  /** What a channel name asks for; undefined when there is no such channel. */
  parse(name: string): ChannelSpec | undefined {
    return this.#channels.get(name)?.spec ?? parseChannel(this.#engine, name);
  }

  /** A product was listed: wide channels carry it from now on. */
  listed(market: Market): void {
    for (const channel of this.#channels.values()) {
      const { spec } = channel;
      if (spec.kind !== 'market' || spec.covers?.(market) !== true) continue;
      spec.markets.push(market);
      listIn(this.#table(spec.topic), market.product.index).push(channel);
    }
  }

  /** Channels of one topic that carry that product. */
  at(topic: Topic, productIndex: number): readonly Channel[] {
    return this.#byTopic.get(topic)?.[productIndex] ?? nobody;
  }

  /** Every open channel of a named topic. */
  ofTopic(topic: string): readonly Channel[] {
    const found: Channel[] = [];
    for (const [key, list] of this.#byName) if (key.startsWith(`${topic}:`)) found.push(...list);
    return found;
  }

  /** Channels of a named thing: `index`, `volatility`, `portfolio`, `platform`. */
  named(topic: string, name: string): readonly Channel[] {
    return this.#byName.get(`${topic}:${name}`) ?? nobody;
  }

  get channelCount(): number {
    return this.#channels.size;
  }

  /** Adds a listener; the channel is opened when it is the first. */
  join(session: Session, name: string, spec: ChannelSpec): Channel {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      channel = new Channel(name, spec);
      this.#open(channel);
    }
    channel.sessions.add(session);
    session.channels.set(name, channel);
    return channel;
  }

  /** Removes a listener; returns false when it was none. */
  leave(session: Session, name: string): boolean {
    const channel = session.channels.get(name);
    if (channel === undefined) return false;
    session.channels.delete(name);
    session.labels.delete(name);
    channel.sessions.delete(session);
    if (channel.sessions.size === 0) this.#close(channel);
    return true;
  }

  leaveAll(session: Session): void {
    for (const name of session.channels.keys()) this.leave(session, name);
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #open(channel: Channel): void {
    this.#channels.set(channel.name, channel);
    for (const list of this.#listsOf(channel.spec)) list.push(channel);
    if (isConflated(channel.spec)) this.#count(1);
  }

  #close(channel: Channel): void {
    this.#channels.delete(channel.name);
    for (const list of this.#listsOf(channel.spec)) {
      const at = list.indexOf(channel);
      if (at >= 0) list.splice(at, 1);
    }
    if (isConflated(channel.spec)) this.#count(-1);
  }

  #listsOf(spec: ChannelSpec): Channel[][] {
    if (spec.kind === 'named') return [listAt(this.#byName, `${spec.topic}:${spec.name}`)];
    const table = this.#table(spec.topic);
    return spec.markets.map((market) => listIn(table, market.product.index));
  }

  #table(topic: Topic): Channel[][] {
    let table = this.#byTopic.get(topic);
    if (table === undefined) {
      table = [];
      this.#byTopic.set(topic, table);
    }
    return table;
  }

  #count(by: number): void {
    this.#conflated += by;
    if (this.#conflated > 0 && this.#timer === undefined) {
      this.#timer = this.#clock.every(flushEveryMs, () => {
        this.#flushes += 1;
        this.#onFlush(this.#flushes % flushesPerSlow === 0);
      });
    } else if (this.#conflated === 0) this.stop();
  }
}

const timedTopics: ReadonlySet<string> = new Set([
  'portfolio',
  'marks',
  'expiration',
  'statistics',
]);

/** True when the flush timer must run for it. */
function isConflated(spec: ChannelSpec): boolean {
  return spec.kind === 'market' ? spec.interval !== 'raw' : timedTopics.has(spec.topic);
}

function listIn(table: Channel[][], index: number): Channel[] {
  let list = table[index];
  if (list === undefined) {
    list = [];
    table[index] = list;
  }
  return list;
}

function listAt(map: Map<string, Channel[]>, key: string): Channel[] {
  let list = map.get(key);
  if (list === undefined) {
    list = [];
    map.set(key, list);
  }
  return list;
}
