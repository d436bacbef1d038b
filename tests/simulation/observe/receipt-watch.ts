/**
 * Every admitted fact has one receipt, and every receipt its facts: read at rest from the platters,
 * over all lives. What a crash took from between a fact and its receipt is the one hole allowed.
 */
import type { VirtualDisk } from '../../../daemon/ports/virtual/index.ts';
import { DurableFacts } from '../world/durable-facts.ts';
import type { Verdict } from './verdict.ts';

interface Receipt {
  readonly run: string;
  readonly admitted: number;
  readonly first: number;
  readonly next: number;
}

interface Range {
  readonly first_offset: number;
  readonly next_offset: number;
}

export class ReceiptWatch {
  readonly #verdict: Verdict;
  readonly #audit: DurableFacts;
  readonly #receipts: Receipt[] = [];

  constructor(disk: VirtualDisk, dataDirectory: string, verdict: Verdict) {
    this.#verdict = verdict;
    this.#audit = new DurableFacts(disk, `${dataDirectory}/journal/audit`);
  }

  /** Takes in what became durable since. */
  look(): void {
    for (const { event_type, payload, pins } of this.#audit.take()) {
      if (event_type !== 'gate.receipts') continue;
      const range = payload.traffic as Range | null;
      const admitted = payload.admitted as number;
      if (range === null) {
        if (admitted > 0) this.#verdict.broken('receipts', `${admitted} facts, and no place`);
        continue;
      }
      const receipt = {
        run: pins.run_id,
        admitted,
        first: range.first_offset,
        next: range.next_offset,
      };
      this.#judge(receipt, this.#receipts.at(-1));
      this.#receipts.push(receipt);
    }
  }

  #judge({ run, admitted, first, next }: Receipt, before: Receipt | undefined): void {
    if (admitted !== next - first)
      this.#verdict.broken(
        'receipts',
        `${admitted} facts admitted, ${next - first} in the receipt`,
      );
    const expected = before?.next ?? 0;
    if (first < expected && run === before?.run)
      this.#verdict.broken('receipts', `facts ${first}–${expected} have two receipts`);
    if (first > expected && run === before?.run)
      this.#verdict.broken('receipts', `facts ${expected}–${first} have no receipt`);
  }

  /** At rest: what `run` had written a while ago has its receipt by now. */
  covers(run: string, offset: number): void {
    this.look();
    const last = this.#receipts.at(-1);
    if (last === undefined || last.run !== run || last.next < offset)
      this.#verdict.broken(
        'receipts',
        `facts up to ${offset} were written, receipts end at ${last?.next ?? 0} of ${last?.run ?? 'nobody'}`,
      );
  }
}
