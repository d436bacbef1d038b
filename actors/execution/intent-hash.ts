/**
 * The identity of an intent: sha256 of the canonical JSON of seven fields after quantisation, no
 * clock among them. The text is written by hand in RFC 8785 key order because this runs on the way
 * to the venue; a test proves it equal to the general canonical form.
 */
import { gridText } from '../../streams/facts/decimal.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { Side } from '../../streams/facts/market.ts';

export interface IntentIdentity {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly qtyLots: number;
  readonly limitTicks: number;
  readonly groupId: string;
  readonly legIdx: number;
  readonly attempt: number;
}

/** The bytes that are hashed. */
export function canonicalIntent(intent: IntentIdentity): string {
  const { instrument } = intent;
  return (
    `{"attempt":${intent.attempt},"group_id":"${intent.groupId}",` +
    `"instrument":${JSON.stringify(instrument.name)},"leg_idx":${intent.legIdx},` +
    `"limit_price":"${gridText(instrument.price, intent.limitTicks)}",` +
    `"qty":"${gridText(instrument.amount, intent.qtyLots)}","side":"${intent.side}"}`
  );
}

/** 64 hex. */
export function intentHash(intent: IntentIdentity): string {
  return sha256Hex(canonicalIntent(intent));
}
