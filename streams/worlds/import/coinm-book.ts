/**
 * Joins a COIN-M diff stream to its REST snapshot by the venue's rule: diffs that end before the
 * snapshot are dropped; the first one that spans it is folded into it; from there every diff chains by
 * `pu`. Folding gives a snapshot whose id is a `u` of the stream, so the chain holds from its first link.
 */
import type { BookEvent, FlatLevels } from '../../facts/market.ts';
import { invalid } from './json-fields.ts';

/** Diffs kept until the snapshot arrives: at 10 a second and symbol, a REST call takes far fewer. */
const maxEarlyDiffs = 10_000;

/** A change as decoded; `changeId` is `u`, `prevChangeId` is `pu`. */
export type CoinmDiff = BookEvent & { readonly frame: 'change' };

function fold(levels: FlatLevels, changes: FlatLevels, descending: boolean): FlatLevels {
  const lotsByTicks = new Map<number, number>();
  for (const side of [levels, changes]) {
    for (let i = 0; i < side.length; i += 2) lotsByTicks.set(side[i] ?? 0, side[i + 1] ?? 0);
  }
  const rows = [...lotsByTicks].filter(([, lots]) => lots > 0);
  rows.sort(([a], [b]) => (descending ? b - a : a - b));
  return rows.flat();
}

export class CoinmBookJoin {
  /** Diffs dropped because the snapshot, or the frame before, already holds them. */
  droppedDiffs = 0;
  foldedDiffs = 0;
  #early: CoinmDiff[] = [];
  #snapshot: BookEvent | undefined;
  #joined = false;

  get isJoined(): boolean {
    return this.#joined;
  }

  /** Takes the REST snapshot and returns what can be emitted. Throws IMPORT_INVALID on a second one. */
  snapshot(event: BookEvent): BookEvent[] {
    if (this.#snapshot !== undefined)
      throw invalid('a second REST snapshot: the tape was cut and rejoined');
    this.#snapshot = event;
    const early = this.#early;
    this.#early = [];
    return early.flatMap((diff) => this.#join(event, diff));
  }

  /** Takes a diff and returns what can be emitted. */
  diff(event: CoinmDiff): BookEvent[] {
    if (this.#snapshot !== undefined) return this.#join(this.#snapshot, event);
    if (this.#early.length >= maxEarlyDiffs)
      throw invalid(`${maxEarlyDiffs} diffs and no REST snapshot`);
    this.#early.push(event);
    return [];
  }

  #join(snapshot: BookEvent, diff: CoinmDiff): BookEvent[] {
    if (this.#joined) return [diff];
    if (diff.changeId < snapshot.changeId) {
      this.droppedDiffs += 1;
      return [];
    }
    if (diff.prevChangeId > snapshot.changeId) {
      throw invalid(
        `the first diff after the snapshot (pu ${diff.prevChangeId}) leaves a gap to ${snapshot.changeId}`,
      );
    }
    this.#joined = true;
    this.foldedDiffs += 1;
    return [
      {
        ...snapshot,
        tsUs: diff.tsUs,
        changeId: diff.changeId,
        bids: fold(snapshot.bids, diff.bids, true),
        asks: fold(snapshot.asks, diff.asks, false),
      },
    ];
  }
}
