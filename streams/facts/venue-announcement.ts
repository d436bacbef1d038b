/**
 * What the venue announces in words, decoded. The words are free text: that maintenance is meant is
 * read from them, and its times only where they stand in a form that cannot be misread.
 */
export interface MaintenanceWindow {
  /** Epoch µs; null: announced, but not when. */
  readonly fromUs: number | null;
  /** Epoch µs; null: no end was told. */
  readonly untilUs: number | null;
}

export interface VenueAnnouncement {
  /** The venue's id: a later one with this id corrects or withdraws it. */
  readonly id: string;
  readonly action: 'new' | 'modify' | 'delete';
  readonly title: string;
  /** At most 2,000 characters. */
  readonly body: string;
  readonly important: boolean;
  /** Venue time, epoch µs; null: not told. */
  readonly publishedUs: number | null;
  /** Null: it is about something else. */
  readonly maintenance: MaintenanceWindow | null;
}
