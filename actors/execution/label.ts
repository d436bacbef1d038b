/**
 * Labels: what ties a venue order back to one intent. `hf1:{sid8}:{gid12}:{leg}:{ih16}`. A label
 * groups orders; it does not make a second send harmless. It is never cut to fit.
 */

import { sha256Hex } from '../../streams/facts/hash.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { Side } from '../../streams/facts/market.ts';

/** The venue's bound, characters. */
export const labelCharactersMax = 64;
/** The largest leg index that the form below reads back: nine digits. */
export const legIdxMax = 999_999_999;

const form = /^hf1:([0-9a-f]{8}):([0-9a-f]{12}):(\d{1,9}):([0-9a-f]{16})$/;

export interface LabelParts {
  /** First 8 hex of sha256(strategy id). */
  readonly strategy8: string;
  readonly group12: string;
  readonly legIdx: number;
  readonly intent16: string;
}

const strategyHashes = new Map<string, string>();
/** Strategies are a handful; the bound only guards against ids made per decision. */
const strategyHashesMax = 1_000;

function strategy8(strategyId: string): string {
  const known = strategyHashes.get(strategyId);
  if (known !== undefined) return known;
  const hash = sha256Hex(strategyId).slice(0, 8);
  if (strategyHashes.size < strategyHashesMax) strategyHashes.set(strategyId, hash);
  return hash;
}

/** Preflight refuses what is longer than the bound, and the form gate a leg that is not read back. */
export function buildLabel(
  strategyId: string,
  groupId: string,
  legIdx: number,
  intentId: string,
): string {
  return `hf1:${strategy8(strategyId)}:${groupId.slice(0, 12)}:${legIdx}:${intentId.slice(0, 16)}`;
}

/** Undefined: not a label of ours. */
export function parseLabel(label: string): LabelParts | undefined {
  const match = label.length <= labelCharactersMax ? form.exec(label) : null;
  if (match === null) return undefined;
  const [, strategy = '', group12 = '', leg = '', intent16 = ''] = match;
  return { strategy8: strategy, group12, legIdx: Number(leg), intent16 };
}

/** What an intent and a venue order are compared by. */
export interface Labelled {
  readonly intentId: string;
  readonly groupId: string;
  readonly legIdx: number;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly qtyLots: number;
}

export type LabelResolution<T> =
  | { readonly kind: 'one'; readonly intent: T }
  | { readonly kind: 'none' }
  | { readonly kind: 'ambiguous'; readonly candidates: number };

/** Maps a venue order to one intent: group + leg, then hash, then instrument, side and quantity. */
export function resolveLabel<T extends Labelled>(
  label: string,
  seen: { readonly instrumentName: string; readonly side: Side; readonly lots: number },
  intents: Iterable<T>,
): LabelResolution<T> {
  const parts = parseLabel(label);
  if (parts === undefined) return { kind: 'none' };
  let candidates = [...intents].filter(
    (intent) => intent.groupId.startsWith(parts.group12) && intent.legIdx === parts.legIdx,
  );
  const narrowings: ((intent: T) => boolean)[] = [
    (intent) => intent.intentId.startsWith(parts.intent16),
    (intent) => intent.instrument.name === seen.instrumentName,
    (intent) => intent.side === seen.side,
    (intent) => intent.qtyLots === seen.lots,
  ];
  for (const narrow of narrowings) {
    if (candidates.length <= 1) break;
    candidates = candidates.filter(narrow);
  }
  const [only] = candidates;
  if (only === undefined) return { kind: 'none' };
  return candidates.length === 1
    ? { kind: 'one', intent: only }
    : { kind: 'ambiguous', candidates: candidates.length };
}
