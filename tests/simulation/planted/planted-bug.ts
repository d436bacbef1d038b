/** What a planted bug is made of. */
interface Change {
  /** Under `dist/`. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly put: string;
}

export interface PlantedBug {
  readonly name: string;
  /** What a careless author might have done. */
  readonly about: string;
  readonly changes: readonly Change[];
}

/**
 * Where a bug shows: seeds of that theme are played first. It is found sooner, not more easily: what
 * counts is the place of the seed in the campaign.
 */
export const shownBy: Readonly<Record<string, string>> = {
  'label-as-idempotency-key': 'doubt',
  'resend-on-timeout': 'late',
  'no-duplicate-check': 'nonsensical',
  'in-doubt-without-exposure': 'late',
  'pending-not-counted': 'crowd',
  'third-rescue': 'brokenGroups',
  'close-without-bound': 'brokenGroups',
  'group-left-alone': 'brokenGroups',
  'close-count-forgotten': 'brokenGroups',
  'hedge-counted-late': 'brokenGroups',
  'leg-not-read-back': 'nonsensical',
  'cancel-lost': 'restricted',
  'cancel-lost-on-full-disk': 'fullDisk',
  'credits-not-taken': 'hurried',
  'order-rate-not-counted': 'hurried',
  'open-orders-not-counted': 'crowd',
  'hedge-unproved': 'restricted',
  'unlatched-on-restart': 'restarts',
  'gap-ignored': 'gaps',
  'stale-book': 'gaps',
  'fence-ignored': 'late',
  'timeout-is-rejection': 'late',
  'in-doubt-not-told': 'late',
  'no-ack-timer': 'late',
  'disconnect-is-cancel': 'doubt',
  'restart-is-not-sent': 'restarts',
  'fill-dropped': 'crowd',
  'inferred-fill': 'doubt',
  'missed-fill-ignored': 'unseen',
  'floor-forgotten': 'restarts',
  'any-proof-opens': 'unproven',
  'mode-after-effect': 'disks',
  'sync-retried': 'disks',
  'lane-sync-skipped': 'disks',
  'segment-without-directory': 'disks',
  'transition-lost': 'restarts',
  'reservation-kept': 'restarts',
  'receipts-overlap': 'gaps',
  'receipt-lost': 'gaps',
  'offset-before-rows': 'store',
  'batch-without-token': 'store',
  'refused-row-dropped': 'store',
  'shipped-before-sync': 'store',
};

/** A bug of one change. */
export function bug(
  name: string,
  about: string,
  file: string,
  find: string,
  put: string,
): PlantedBug {
  return { name, about, changes: [{ file, find, put }] };
}
