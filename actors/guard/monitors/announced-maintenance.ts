/**
 * When the next announced maintenance begins. A venue tells it in prose: a start that could not be
 * read may be any time within an hour of its publication, an end that was not told comes an hour
 * after the start. After that the platform's own state says what is locked.
 */
import { usPerMs, usPerSecond } from '../../../streams/facts/time.ts';
import type { VenueAnnouncement } from '../../../streams/facts/venue-announcement.ts';

/** How long a start or an end is believed to be near when it was not told, µs. */
const untoldUs = 3_600 * usPerSecond;

/** Milliseconds until the nearest begins; not positive: it goes on. Undefined: none is announced. */
export function maintenanceInMs(
  announcements: readonly VenueAnnouncement[],
  nowUs: number,
): number | undefined {
  let nearestMs: number | undefined;
  for (const { maintenance, publishedUs } of announcements) {
    if (maintenance === null) continue;
    // Neither told nor dated: it may be now.
    const fromUs = maintenance.fromUs ?? publishedUs ?? nowUs;
    const untilUs = maintenance.untilUs ?? fromUs + untoldUs;
    if (nowUs >= untilUs) continue;
    const inMs = (fromUs - nowUs) / usPerMs;
    nearestMs = Math.min(nearestMs ?? inMs, inMs);
  }
  return nearestMs;
}
