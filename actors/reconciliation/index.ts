/** The door of the reconciliation room. */
export type {
  Difference,
  LedgerCut,
  LedgerOrder,
  LedgerView,
  ReconcileActions,
  ReconcileQueries,
  ReconcileReport,
} from './contract.ts';
/** Three-way reconciliation and zombie sweeper. */
export { createReconciliation, type Reconciliation, type ReconciliationOptions } from './room.ts';
/** The reads over the venue's queries. */
export { venueReads } from './venue-reads.ts';
