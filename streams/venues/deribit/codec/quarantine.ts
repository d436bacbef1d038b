/**
 * Why a message of the venue was not taken. A code, never free text: decoders return one of these
 * in place of an event, so that the hot path never throws.
 */
export const quarantineReasons = [
  'not_json',
  'not_a_message',
  'channel_unknown',
  'instrument_unknown',
  'field_malformed',
  'level_malformed',
  'price_off_grid',
  'amount_off_grid',
] as const;
export type QuarantineReason = (typeof quarantineReasons)[number];

/** A message set aside. All of them are errors of class VENUE_PROTOCOL. */
export interface QuarantinedFrame {
  readonly reason: QuarantineReason;
  /** Empty when the message did not say. */
  readonly channel: string;
  /** The field or value that was wrong; short, without payload. */
  readonly detail: string;
  readonly sessionEpoch: number;
  readonly receivedUs: number;
  /** The first bytes of the message as text; see `quarantineExcerptBytes`. */
  readonly excerpt: string;
}

/** Enough to recognise a message in a listing, small enough to keep thousands. */
export const quarantineExcerptBytes = 512;
