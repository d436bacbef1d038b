/** When announced maintenance begins: told, half told, over, and about something else. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { maintenanceInMs } from '../../../actors/guard/index.ts';
import type { VenueAnnouncement } from '../../../streams/facts/venue-announcement.ts';

const announced = suite('announced maintenance');

const nowUs = 1_800_000_000_000_000;
const hourUs = 3_600_000_000;
const hourMs = 3_600_000;

function of(
  maintenance: VenueAnnouncement['maintenance'],
  publishedUs: number | null = nowUs,
): VenueAnnouncement {
  const said = { id: '1', action: 'new', title: 'a title', body: '', important: true } as const;
  return { ...said, publishedUs, maintenance };
}

announced('what is about something else is none', () => {
  assert.is(maintenanceInMs([], nowUs), undefined);
  assert.is(maintenanceInMs([of(null)], nowUs), undefined);
});

announced('the nearest of several starts counts; one that goes on is not positive', () => {
  const later = of({ fromUs: nowUs + 3 * hourUs, untilUs: null });
  const sooner = of({ fromUs: nowUs + hourUs, untilUs: null });
  const now = of({ fromUs: nowUs - hourUs, untilUs: nowUs + hourUs });
  assert.is(maintenanceInMs([later, sooner], nowUs), hourMs);
  assert.is(maintenanceInMs([later, now, sooner], nowUs), -hourMs);
});

announced('it is over at its end, or an hour after its start when no end was told', () => {
  assert.is(maintenanceInMs([of({ fromUs: nowUs - hourUs, untilUs: nowUs })], nowUs), undefined);
  assert.is(maintenanceInMs([of({ fromUs: nowUs - hourUs, untilUs: null })], nowUs), undefined);
  assert.is(
    maintenanceInMs([of({ fromUs: nowUs - hourUs + 1_000, untilUs: null })], nowUs),
    1 - hourMs,
  );
});

announced(
  'a start that was not told may be now: from its publication for an hour, or for ever undated',
  () => {
    const untold = { fromUs: null, untilUs: null };
    assert.is(maintenanceInMs([of(untold, nowUs)], nowUs), 0);
    assert.is(maintenanceInMs([of(untold, nowUs - hourUs)], nowUs), undefined);
    assert.is(maintenanceInMs([of(untold, null)], nowUs), 0);
  },
);

announced.run();
