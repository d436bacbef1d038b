/** Telemetry without I/O: what may be measured, how it is rendered, what may never be shown. */
/** The `Log` port over any sink, every line redacted. */
export { createLog, type LogLevel, type LogSink, logLevels } from './log.ts';
/** The declared table of metrics. */
export { type MetricRow, metricTable } from './metrics.ts';
/** Keeps secrets out of texts and fields. */
export { createRedactor, type Redactor } from './redaction.ts';
/** The `Metrics` port, and its Prometheus rendering. */
export {
  createMetricRegistry,
  type MetricRegistry,
  type MetricRegistryOptions,
  metricsContentTypes,
} from './registry.ts';
