/**
 * What the venue has announced, each once, whatever way it came: pushed on the channel, or read when
 * the room polls, which finds what was said before it listened. A withdrawn announcement goes.
 */
import type { VenueAnnouncement } from '../../streams/facts/venue-announcement.ts';

/** Announcements kept; older ones are forgotten. */
const keptMax = 100;

export class AnnouncementBoard {
  readonly #standing = new Map<string, VenueAnnouncement>();
  readonly #onNews: (announcement: VenueAnnouncement) => void;

  /** `onNews` hears what is new, what was changed, and what was withdrawn (`delete`). */
  constructor(onNews: (announcement: VenueAnnouncement) => void) {
    this.#onNews = onNews;
  }

  get standing(): readonly VenueAnnouncement[] {
    return [...this.#standing.values()];
  }

  hear(announcement: VenueAnnouncement): void {
    const { id } = announcement;
    const known = this.#standing.get(id);
    if (announcement.action === 'delete') {
      if (this.#standing.delete(id)) this.#onNews(announcement);
      return;
    }
    if (known !== undefined && says(known) === says(announcement)) return;
    this.#standing.delete(id);
    this.#standing.set(id, announcement);
    const [oldest] = this.#standing.keys();
    if (this.#standing.size > keptMax && oldest !== undefined) this.#standing.delete(oldest);
    this.#onNews(announcement);
  }

  /** The venue's own list, newest first: what stands here and is younger than its end was withdrawn. */
  read(listed: readonly VenueAnnouncement[], isWhole: boolean): void {
    for (const announcement of [...listed].reverse()) this.hear(announcement);
    const ids = new Set(listed.map(({ id }) => id));
    const oldestUs = Math.min(...listed.map(({ publishedUs }) => publishedUs ?? 0));
    for (const known of this.standing) {
      if (ids.has(known.id)) continue;
      if (isWhole || (known.publishedUs ?? 0) > oldestUs) this.hear({ ...known, action: 'delete' });
    }
  }
}

function says({ title, body, important, publishedUs }: VenueAnnouncement): string {
  return JSON.stringify([title, body, important, publishedUs]);
}
