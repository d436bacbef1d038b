/**
 * `announcements` notifications and `public/get_announcements` rows. The venue tells maintenance in
 * prose: its subject is found by words, its times only as full dates with a time of day in UTC
 * (`2026-11-21T08:00:00Z`, `2026-11-21 08:00 UTC`). Anything else leaves the time null, never a guess.
 */
import { cutText } from '../../../facts/text.ts';
import type { MaintenanceWindow, VenueAnnouncement } from '../../../facts/venue-announcement.ts';
import { isObject, textOf, usOfMs } from './json.ts';
import { listOf, malformed, objectOf } from './orders.ts';

const bodyMax = 2_000;
const titleMax = 200;
const maintenanceWords =
  /\bmaintenance\b|\bdowntime\b|\b(?:system|platform) (?:upgrade|update|restart)\b|\bplatform will be (?:locked|offline|unavailable)\b/i;
const utcTime =
  /\b(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)? ?(?:Z\b|UTC\b|GMT\b)/g;

/** Throws VENUE_PROTOCOL for a row without an id or a title. */
export function decodeAnnouncement(raw: unknown): VenueAnnouncement {
  const row = objectOf(raw, 'announcement');
  const id = typeof row.id === 'number' ? String(row.id) : textOf(row.id);
  const title = textOf(row.title);
  if (id === undefined || id === '') throw malformed('announcement', 'id');
  if (title === undefined) throw malformed('announcement', 'title');
  const body = textOf(row.body) ?? '';
  return {
    id,
    action: row.action === 'modify' || row.action === 'delete' ? row.action : 'new',
    title: cutText(title, titleMax),
    body: cutText(body, bodyMax),
    // What does not say that it is unimportant may be important.
    important: row.important !== false,
    publishedUs: usOfMs(row.publication_timestamp ?? row.date) ?? null,
    maintenance: maintenanceIn(`${title}\n${body}`),
  };
}

/** Throws VENUE_PROTOCOL when one row is not an announcement. */
export function decodeAnnouncements(raw: unknown): VenueAnnouncement[] {
  const rows = isObject(raw) ? raw.announcements : raw;
  return listOf(rows, 'announcements').map(decodeAnnouncement);
}

function maintenanceIn(text: string): MaintenanceWindow | null {
  if (!maintenanceWords.test(text)) return null;
  const times = [...text.matchAll(utcTime)]
    .map(([, day, time, seconds]) => Date.parse(`${day}T${time}:${seconds ?? '00'}Z`) * 1_000)
    .filter((us) => Number.isSafeInteger(us));
  const [fromUs, untilUs] = times;
  if (fromUs === undefined) return { fromUs: null, untilUs: null };
  return { fromUs, untilUs: untilUs !== undefined && untilUs > fromUs ? untilUs : null };
}
