/** Telemetry of a virtual node: real metrics, log lines kept in a bounded list or thrown away. */
import type { Telemetry } from '../../../streams/ports/index.ts';
import {
  createLog,
  createMetricRegistry,
  createRedactor,
  type LogLevel,
  type LogSink,
  logLevels,
  type MetricRegistry,
  type Redactor,
} from '../../../streams/telemetry/index.ts';

/** Lines kept per node; older ones are forgotten first. */
const maxKeptLines = 10_000;

export interface LogLine {
  readonly tsUs: number;
  readonly node: string;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface NodeLogOptions {
  /** Lines below this level are not kept. `silent` keeps none. Default `info`. */
  readonly level?: LogLevel | 'silent';
  /** Called for every kept line, for example to print it. */
  readonly onLine?: (line: LogLine) => void;
}

export interface NodeTelemetry {
  readonly telemetry: Telemetry;
  readonly metrics: MetricRegistry;
  readonly redactor: Redactor;
  /** Newest last. */
  readonly lines: readonly LogLine[];
}

/** Telemetry of the node called `node`. */
export function nodeTelemetry(
  node: string,
  nowUs: () => number,
  options: NodeLogOptions,
  isAlive: () => boolean,
): NodeTelemetry {
  const { level: leastLevel = 'info' } = options;
  const least = leastLevel === 'silent' ? logLevels.length : logLevels.indexOf(leastLevel);
  const lines: LogLine[] = [];
  const sink: LogSink = {
    isEnabled: (level) => isAlive() && logLevels.indexOf(level) >= least,
    write(level, event, fields) {
      if (lines.length >= maxKeptLines) lines.shift();
      const line: LogLine = { tsUs: nowUs(), node, level, event, fields };
      lines.push(line);
      options.onLine?.(line);
    },
    flush: () => undefined,
  };
  const redactor = createRedactor();
  const metrics = createMetricRegistry();
  return { telemetry: { log: createLog(sink, redactor), metrics }, metrics, redactor, lines };
}
