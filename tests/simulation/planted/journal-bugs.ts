/** Bugs of storage: what is called durable and is not. */
import { bug, type PlantedBug } from './planted-bug.ts';

const segments = 'streams/journal/segment-writer.js';

export const journalBugs: readonly PlantedBug[] = [
  bug(
    'sync-skipped',
    'a commit is acknowledged without its sync',
    segments,
    'syncNow() {\n        this.#main.datasyncSync();',
    'syncNow() {',
  ),
  bug(
    'sync-retried',
    'a sync that failed is tried once more and believed',
    segments,
    'syncNow() {\n        this.#main.datasyncSync();',
    'syncNow() {\n        try { this.#main.datasyncSync(); } catch { this.#main.datasyncSync(); }',
  ),
  bug(
    'lane-sync-skipped',
    'the sync of a lane is forgotten',
    segments,
    'await lane.file.datasync();',
    '',
  ),
  bug(
    'dispatch-before-record',
    'bytes leave before the block is written',
    'actors/execution/ledger.js',
    'this.#options.stream.appendNow(records, { reserve });',
    'for (const record of records) void this.#options.stream.append(record);',
  ),
  bug(
    'fill-not-recorded',
    'a trade is applied and not written',
    'actors/execution/booking.js',
    'this.#options.ledger.recordFills(fills);',
    '',
  ),
  bug(
    'segment-without-directory',
    'a new segment is not made durable in its directory',
    'streams/journal/segments.js',
    'disk.syncDirectory(directory);',
    '',
  ),
  bug(
    'transition-lost',
    'transitions of orders are not written',
    'actors/execution/ledger.js',
    "this.#append({\n            eventType: 'order.transition',",
    "void ({\n            eventType: 'order.transition',",
  ),
  bug(
    'receipts-overlap',
    'a receipt speaks for facts that had theirs',
    'actors/ingress/gate/publisher.js',
    'this.#uncoveredFrom = undefined;',
    '',
  ),
  bug(
    'receipt-lost',
    'every seventh receipt is not written',
    'actors/ingress/gate/publisher.js',
    'this.#append(this.#options.receipts, encodeFact(receiptFact(payload, context)));',
    'if (this.#batch % 7 !== 0) this.#append(this.#options.receipts, encodeFact(receiptFact(payload, context)));',
  ),
];
