/** What the venue announces: on its channel, and for whoever asks later. */
import { encodeWire } from '../../streams/venues/simulated/index.ts';
import type { Hub } from './hub.ts';

/** Announcements that are kept; older ones are forgotten. */
const keptMax = 100;

export interface Announcement {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  readonly important: boolean;
  readonly confirmation: boolean;
  readonly publication_timestamp: number;
}

export class Announcements {
  readonly #hub: () => Hub;
  readonly #nowUs: () => number;
  #all: readonly Announcement[] = [];
  #lastId = 0;

  constructor(hub: () => Hub, nowUs: () => number) {
    this.#hub = hub;
    this.#nowUs = nowUs;
  }

  /** The newest `count` that were published by then (epoch ms), newest first. */
  before(untilMs: number, count: number): readonly Announcement[] {
    return this.#all.filter(({ publication_timestamp: ms }) => ms <= untilMs).slice(0, count);
  }

  /** Returns its id. */
  publish(title: string, body: string): number {
    this.#lastId += 1;
    const item = {
      id: this.#lastId,
      title,
      body,
      important: true,
      confirmation: false,
      publication_timestamp: Math.floor(this.#nowUs() / 1_000),
    };
    this.#all = [item, ...this.#all].slice(0, keptMax);
    this.#tell('new', item);
    return item.id;
  }

  /** Takes one back; harmless when it is gone already. */
  withdraw(id: number): void {
    const item = this.#all.find((each) => each.id === id);
    if (item === undefined) return;
    this.#all = this.#all.filter((each) => each !== item);
    this.#tell('delete', item);
  }

  #tell(action: 'new' | 'delete', item: Announcement): void {
    const text = encodeWire({ action, ...item });
    for (const channel of this.#hub().named('announcements', '')) channel.publish(text);
  }
}
