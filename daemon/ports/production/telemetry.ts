/** Logs as JSON lines with pino, metrics in the house's registry plus Node's own from prom-client. */
import { pino } from 'pino';
import {
  collectDefaultMetrics,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
} from 'prom-client';
import { isoFromUs } from '../../../streams/facts/time.ts';
import type { Clock, MetricsFormat, Telemetry } from '../../../streams/ports/index.ts';
import {
  createLog,
  createMetricRegistry,
  type LogLevel,
  type LogSink,
  type Redactor,
} from '../../../streams/telemetry/index.ts';
import { openLogDestination } from './log-destination.ts';

export interface LogOptions {
  readonly level: LogLevel | 'silent';
  /** `stderr`, or the path of a file to append to. */
  readonly destination: string;
  /** Sees every line after redaction: what live attach shows. */
  readonly onLine?: (level: LogLevel, event: string, fields: Record<string, unknown>) => void;
}

export interface ProductionTelemetry extends Telemetry {
  /** The last words before an exit. Never throws. */
  flush(): void;
}

/** Throws CONFIG_INVALID when the log file cannot be opened. */
export function productionTelemetry(
  options: LogOptions,
  clock: Clock,
  redactor: Redactor,
): ProductionTelemetry {
  const destination = openLogDestination(options.destination);
  const logger = pino(
    {
      level: options.level,
      base: { service: 'holdfast', pid: process.pid },
      messageKey: 'event',
      timestamp: () => `,"ts_utc":"${isoFromUs(clock.nowUs())}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const sink: LogSink = {
    isEnabled: (level) => logger.isLevelEnabled(level),
    write: (level, event, fields) => {
      logger[level](fields, event);
      options.onLine?.(level, event, fields);
    },
    flush: () => destination.flushSync(),
  };
  const metrics = createMetricRegistry({ more: nodeMetrics() });
  const dropped = metrics.gauge('holdfast_log_dropped_lines');
  metrics.beforeRender(() => dropped.set(destination.droppedLines));
  return { log: createLog(sink, redactor), metrics, flush: () => destination.flushSync() };
}

/** Garbage collection, heap spaces and handles: what prom-client knows about Node. */
function nodeMetrics(): (format: MetricsFormat) => Promise<string> {
  const registry = new Registry<PrometheusContentType | OpenMetricsContentType>();
  collectDefaultMetrics({ register: registry });
  return (format) => {
    registry.setContentType(
      format === 'openmetrics'
        ? Registry.OPENMETRICS_CONTENT_TYPE
        : Registry.PROMETHEUS_CONTENT_TYPE,
    );
    return registry.metrics();
  };
}
