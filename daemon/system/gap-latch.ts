/**
 * Gaps of the market as latch reasons. Instruments share a reason, so it stands until the last
 * broken book was rebuilt from a snapshot; a hole in public trades is over once it was seen, and
 * what it could have hidden is for reconciliation to prove.
 */
import type { Guard } from '../../actors/guard/index.ts';
import type { MarketGap } from '../../actors/market/index.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';

export class GapLatch {
  readonly #guard: Pick<Guard, 'latchSet' | 'latchCauseEnded'>;
  readonly #broken = new Set<string>();

  constructor(guard: Pick<Guard, 'latchSet' | 'latchCauseEnded'>) {
    this.#guard = guard;
  }

  onGap({ kind, instrument }: Pick<MarketGap, 'kind' | 'instrument'>): void {
    if (kind === 'trades') {
      this.#guard.latchSet('WS_TRADES_GAP_RECONCILE_REQUIRED');
      return;
    }
    this.#broken.add(instrument.name);
    this.#guard.latchSet('WS_BOOK_GAP_RECONCILE_REQUIRED', { standing: true });
  }

  onMended({ name }: Pick<Instrument, 'name'>): void {
    if (!this.#broken.delete(name) || this.#broken.size > 0) return;
    this.#guard.latchCauseEnded('WS_BOOK_GAP_RECONCILE_REQUIRED');
  }
}
