/** The door of the ingestion gate. */
export {
  createGate,
  type Gate,
  type GateCounters,
  type GateOptions,
} from './gate.ts';
export { type FactContext, marketFact } from './market-fact.ts';
export type { GateHealth, RecordSink } from './publisher.ts';
export type { QuarantineEntry, QuarantineStore } from './quarantine.ts';
export { type GateReason, type GateVerdict, viewMayApply } from './reasons.ts';
