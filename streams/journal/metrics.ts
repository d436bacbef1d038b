/** The metrics of one stream. Updated per commit, not per record. */
import type { Metrics } from '../ports/index.ts';
import type { StreamName } from './limits.ts';

export interface CommitNumbers {
  readonly records: number;
  readonly bytes: number;
  readonly queueDepth: number;
  readonly nextOffset: number;
}

export interface StreamMetrics {
  committed(numbers: CommitNumbers): void;
  /** Time from the first write of a commit to the end of its sync. */
  syncSeconds(seconds: number): void;
  /** A write or sync failed. */
  writeError(): void;
  /** A record was refused at a bound: counted as write error, too. */
  refused(): void;
}

export function streamMetrics(
  metrics: Metrics,
  stream: StreamName,
  queueCapacity: number,
): StreamMetrics {
  const records = metrics.counter('holdfast_journal_records_total');
  const bytes = metrics.counter('holdfast_journal_bytes_total');
  const depth = metrics.gauge('holdfast_journal_queue_depth');
  const nextOffset = metrics.gauge('holdfast_journal_next_offset');
  const sync = metrics.histogram('holdfast_journal_sync_seconds');
  const ledgerSync = metrics.histogram('holdfast_ledger_sync_seconds');
  const writeErrors = metrics.counter('holdfast_journal_write_errors_total');
  const refusals = metrics.counter('holdfast_journal_enqueue_failures_total');
  metrics.gauge('holdfast_journal_queue_capacity').set(queueCapacity, stream);
  return {
    committed(numbers) {
      records.increment(numbers.records, stream);
      bytes.increment(numbers.bytes, stream);
      depth.set(numbers.queueDepth, stream);
      nextOffset.set(numbers.nextOffset, stream);
    },
    syncSeconds(seconds) {
      sync.observe(seconds, stream);
      if (stream === 'ledger') ledgerSync.observe(seconds);
    },
    writeError: () => writeErrors.increment(1, stream),
    refused() {
      refusals.increment(1, stream);
      writeErrors.increment(1, stream);
    },
  };
}
