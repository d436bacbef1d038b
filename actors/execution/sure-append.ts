/**
 * Appends to the ledger that must not be lost: how orders and groups ended. Durable with the next
 * commit; where the queue or the disk is full, at once and from the reserve. Still an error to report.
 */
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import type { LedgerStream } from './ledger.ts';

export function appendSurely(
  stream: LedgerStream,
  record: Uint8Array,
  onWriteError: (error: HoldfastError) => void,
): void {
  stream.append(record).catch((thrown: unknown) => {
    const error = asHoldfastError(thrown);
    onWriteError(error);
    if (error.code !== 'DISK_FULL' && error.code !== 'JOURNAL_QUEUE_FULL') return;
    try {
      stream.appendNow([record], { reserve: true });
    } catch (again) {
      onWriteError(asHoldfastError(again));
    }
  });
}
