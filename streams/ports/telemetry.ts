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

/** Label values in the order the metric declared them. */
export interface Counter {
  increment(by?: number, ...labels: string[]): void;
}
export interface Gauge {
  set(value: number, ...labels: string[]): void;
}
export interface Histogram {
  /** Base units: seconds, bytes, ratios. */
  observe(value: number, ...labels: string[]): void;
}

/**
 * Creates, or returns, the metric of that name. Names and help texts are declared once, in
 * `streams/telemetry/metrics.ts`; a name that is not declared there is a bug and throws.
 */
export interface Metrics {
  counter(name: string): Counter;
  gauge(name: string): Gauge;
  histogram(name: string): Histogram;
  /** Everything measured so far in the Prometheus text format. */
  render(): Promise<string>;
}

export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}
