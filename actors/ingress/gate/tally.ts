/** What the gate decided since the last receipt. */
import type { MarketEvent } from '../../../streams/facts/market.ts';
import type { GateReason } from './reasons.ts';

export class Tally {
  admitted = 0;
  duplicates = 0;
  quarantined = 0;
  firstTsUs: number | null = null;
  lastTsUs: number | null = null;
  reasons: Record<string, number> = {};

  admit(event: MarketEvent): void {
    this.admitted += 1;
    this.firstTsUs ??= event.tsUs;
    this.lastTsUs = event.tsUs;
  }

  quarantine(reason: GateReason): void {
    this.quarantined += 1;
    this.reasons[reason] = (this.reasons[reason] ?? 0) + 1;
  }

  get isEmpty(): boolean {
    return this.admitted + this.duplicates + this.quarantined === 0;
  }
}
