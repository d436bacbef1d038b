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

  /** Newest first. */
  get all(): readonly Announcement[] {
    return this.#all;
  }

  publish(title: string, body: string): void {
    this.#lastId += 1;
    const item = {
      id: this.#lastId,
      title,
      body,
      important: true,
      publication_timestamp: Math.floor(this.#nowUs() / 1_000),
    };
    this.#all = [item, ...this.#all].slice(0, keptMax);
    const text = encodeWire({ action: 'new', ...item });
    for (const channel of this.#hub().named('announcements', '')) channel.publish(text);
  }
}
