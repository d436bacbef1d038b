/** The door of the ingress room: the ingestion gate. */
export {
  createGate,
  type FactContext,
  type Gate,
  type GateCounters,
  type GateHealth,
  type GateOptions,
  type GateReason,
  type GateVerdict,
  marketFact,
  type QuarantineEntry,
  type QuarantineStore,
  type RecordSink,
  viewMayApply,
} from './gate/index.ts';
