/** Logs and metrics. Neither may throw, block, or see a secret. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** Flushes synchronously: safe as the last word before exit. */
  fatal(event: string, fields?: LogFields): void;
  /** A logger that adds `fields` (room, run_id, …) to every line. */
  child(fields: LogFields): Log;
}

/** Whose count it was: leads from a number to log lines, facts and `holdfast explain`. */
export interface Exemplar {
  readonly runId: string;
  readonly traceId: string;
  /** Null: refused before it was an intent. */
  readonly intentId: string | null;
}

/** Label values in the order the metric declared them. */
export interface Counter {
  increment(by?: number, ...labels: string[]): void;
  /** Adds one and remembers whose it was; OpenMetrics shows the last one of each series. */
  mark(exemplar: Exemplar, ...labels: string[]): void;
}
export interface Gauge {
  set(value: number, ...labels: string[]): void;
}
export interface Histogram {
  /** Base units: seconds, bytes, ratios. */
  observe(value: number, ...labels: string[]): void;
}

export type MetricsFormat = 'prometheus' | 'openmetrics';

/**
 * Creates, or returns, the metric of that name. Names and help texts are declared once, in
 * `streams/telemetry/metrics.ts`; a name that is not declared there is a bug and throws.
 */
export interface Metrics {
  counter(name: string): Counter;
  gauge(name: string): Gauge;
  histogram(name: string): Histogram;
  /** Everything measured so far; exemplars only in OpenMetrics, the text format has no place for them. */
  render(format?: MetricsFormat): Promise<string>;
}

export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}
