/** The door of the reconciliation room. */

/** How what an operator may take over is named. */
export { heldText, nameOf } from './adopt.ts';
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
export {
  type AdoptionOutcome,
  type AdoptionRequest,
  createReconciliation,
  type Reconciliation,
  type ReconciliationOptions,
} from './room.ts';
/** The reads over the venue's queries. */
export { venueReads } from './venue-reads.ts';
