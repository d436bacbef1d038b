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
  gateReasons,
  marketFact,
  type QuarantineEntry,
  type QuarantineStore,
  type RecordSink,
  viewMayApply,
} from './gate/index.ts';
