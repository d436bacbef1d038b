/** All metrics of one process: created from the declared table, rendered for Prometheus. */
import { HoldfastError } from '../facts/errors.ts';
import type { Counter, Gauge, Histogram, Metrics, MetricsFormat } from '../ports/index.ts';
import { type MetricRow, metricTable } from './metrics.ts';
import { counterFamily, gaugeFamily, histogramFamily, type MetricFamily } from './series.ts';

/** Media type of each format that `render` produces. */
export const metricsContentTypes: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

const openMetricsEnd = '# EOF\n';

export interface MetricRegistry extends Metrics {
  /** Runs before every render: for numbers that are cheaper to read than to keep up to date. */
  beforeRender(fn: () => void): void;
  /** Value of a counter or gauge, count of a histogram; 0 when it never moved. For tests. */
  read(name: string, ...labels: string[]): number;
}

export interface MetricRegistryOptions {
  readonly table?: readonly MetricRow[];
  /** More text in the same format, rendered elsewhere. */
  readonly more?: (format: MetricsFormat) => Promise<string>;
}

interface Families {
  readonly counter: Map<string, Counter & MetricFamily>;
  readonly gauge: Map<string, Gauge & MetricFamily>;
  readonly histogram: Map<string, Histogram & MetricFamily>;
}

/** A registry in which every name of the table exists, and no other. */
export function createMetricRegistry(options: MetricRegistryOptions = {}): MetricRegistry {
  const families: Families = { counter: new Map(), gauge: new Map(), histogram: new Map() };
  const all = new Map<string, MetricFamily>();
  for (const row of options.table ?? metricTable) all.set(row.name, addFamily(families, row));
  const hooks: Array<() => void> = [];
  return {
    counter: (name) => find(families.counter, name, 'counter'),
    gauge: (name) => find(families.gauge, name, 'gauge'),
    histogram: (name) => find(families.histogram, name, 'histogram'),
    beforeRender: (fn) => void hooks.push(fn),
    read: (name, ...labels) => find(all, name, 'metric').read(labels),
    async render(format = 'prometheus') {
      for (const hook of hooks) hook();
      let text = '';
      for (const family of all.values()) text += family.render(format);
      const whole = text + ((await options.more?.(format)) ?? '');
      return format === 'openmetrics' ? whole.replace(openMetricsEnd, '') + openMetricsEnd : whole;
    },
  };
}

function addFamily(families: Families, row: MetricRow): MetricFamily {
  switch (row.kind) {
    case 'counter':
      return keep(families.counter, row.name, counterFamily(row));
    case 'gauge':
      return keep(families.gauge, row.name, gaugeFamily(row));
    case 'histogram':
      return keep(families.histogram, row.name, histogramFamily(row));
  }
}

function keep<T>(map: Map<string, T>, name: string, family: T): T {
  map.set(name, family);
  return family;
}

function find<T>(map: ReadonlyMap<string, T>, name: string, kind: string): T {
  const family = map.get(name);
  if (family !== undefined) return family;
  const message = `${kind} ${name} is not declared; add a row to streams/telemetry/metrics.ts`;
  throw new HoldfastError('INTERNAL', message);
}
