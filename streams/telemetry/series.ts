/**
 * Series of one metric. An increment is an addition, a scrape concatenates: the text in front of
 * every number is built once, when the series first appears.
 */
import { HoldfastError } from '../facts/errors.ts';
import type { Counter, Exemplar, Gauge, Histogram, MetricsFormat } from '../ports/index.ts';
import type { MetricRow } from './metrics.ts';

/** Series per metric; later label values are counted together under this value. */
export const maxSeriesPerMetric = 2_000;
const overflowValue = '_overflow';
/** Cannot occur inside a label value that was meant for people. */
const separator = '\u0000';

interface Rendered {
  /** The lines of this series. */
  render(format: MetricsFormat): string;
}

/** Finds the series of a list of label values, creating it on first sight. */
class SeriesTable<T extends Rendered> {
  readonly row: MetricRow;
  readonly #create: (values: readonly string[]) => T;
  readonly #series = new Map<string, T>();
  readonly #headers: Readonly<Record<MetricsFormat, string>>;

  constructor(row: MetricRow, create: (values: readonly string[]) => T) {
    this.row = row;
    this.#create = create;
    const help = row.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    const header = (name: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${row.kind}\n`;
    // A counter of OpenMetrics is named without the suffix that its samples carry.
    const family = row.kind === 'counter' ? row.name.replace(/_total$/, '') : row.name;
    this.#headers = { prometheus: header(row.name), openmetrics: header(family) };
  }

  at(values: readonly string[]): T {
    const key = values.length === 1 ? (values[0] ?? '') : values.join(separator);
    return this.#series.get(key) ?? this.#add(key, values);
  }

  render(format: MetricsFormat): string {
    if (this.#series.size === 0) return '';
    let text = this.#headers[format];
    for (const series of this.#series.values()) text += series.render(format);
    return text;
  }

  #add(key: string, values: readonly string[]): T {
    const expected = this.row.labels?.length ?? 0;
    if (values.length !== expected) {
      const message = `${this.row.name} takes ${expected} label values, got ${values.length}`;
      throw new HoldfastError('INTERNAL', message);
    }
    if (this.#series.size >= maxSeriesPerMetric && !values.includes(overflowValue)) {
      return this.at(values.map(() => overflowValue));
    }
    const series = this.#create(values);
    this.#series.set(key, series);
    return series;
  }
}

/** Of 64 hex characters: with run and trace an exemplar may have 128 characters in all. */
const exemplarIntentCharacters = 32;

function exemplarText({ intentId, runId, traceId }: Exemplar): string {
  const intent =
    intentId === null ? '' : `intent_id="${intentId.slice(0, exemplarIntentCharacters)}",`;
  return ` # {${intent}run_id="${escapeValue(runId)}",trace_id="${escapeValue(traceId)}"} 1`;
}

class NumberSeries implements Rendered {
  value = 0;
  exemplar: Exemplar | undefined;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  render(format: MetricsFormat): string {
    const { exemplar } = this;
    const whose = format === 'openmetrics' && exemplar !== undefined ? exemplarText(exemplar) : '';
    return `${this.#prefix}${formatNumber(this.value)}${whose}\n`;
  }
}

/** Counts per bucket, not cumulative: one observation is one increment. */
class HistogramSeries implements Rendered {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  readonly #prefixes: readonly string[];
  readonly #sumPrefix: string;
  readonly #countPrefix: string;
  #sum = 0;

  constructor(row: MetricRow, values: readonly string[]) {
    this.#bounds = row.buckets ?? [];
    this.#counts = Array.from({ length: this.#bounds.length + 1 }, () => 0);
    const names = row.labels ?? [];
    this.#prefixes = [...this.#bounds.map(formatNumber), '+Inf'].map((bound) =>
      seriesPrefix(`${row.name}_bucket`, ['le', ...names], [bound, ...values]),
    );
    this.#sumPrefix = seriesPrefix(`${row.name}_sum`, names, values);
    this.#countPrefix = seriesPrefix(`${row.name}_count`, names, values);
  }

  observe(value: number): void {
    let index = 0;
    while (index < this.#bounds.length && value > (this.#bounds[index] as number)) index += 1;
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#sum += value;
  }

  get count(): number {
    return this.#counts.reduce((total, bucket) => total + bucket, 0);
  }

  render(): string {
    let text = '';
    let cumulative = 0;
    for (const [index, prefix] of this.#prefixes.entries()) {
      cumulative += this.#counts[index] ?? 0;
      text += `${prefix}${cumulative}\n`;
    }
    return `${text}${this.#sumPrefix}${formatNumber(this.#sum)}\n${this.#countPrefix}${cumulative}\n`;
  }
}

export interface MetricFamily {
  render(format: MetricsFormat): string;
  /** The number of a series: value of a counter or gauge, count of a histogram. */
  read(values: readonly string[]): number;
}

/** A counter; without labels it stands at 0 from the start. */
export function counterFamily(row: MetricRow): Counter & MetricFamily {
  const table = numberTable(row);
  const plain = isPlain(row) ? table.at([]) : undefined;
  return {
    increment(by = 1, ...labels) {
      (plain ?? table.at(labels)).value += by;
    },
    mark(exemplar, ...labels) {
      const series = plain ?? table.at(labels);
      series.value += 1;
      series.exemplar = exemplar;
    },
    render: (format) => table.render(format),
    read: (values) => table.at(values).value,
  };
}

/** A gauge; it shows nothing before it is first set, because nothing is known. */
export function gaugeFamily(row: MetricRow): Gauge & MetricFamily {
  const table = numberTable(row);
  return {
    set(value, ...labels) {
      table.at(labels).value = value;
    },
    render: (format) => table.render(format),
    read: (values) => table.at(values).value,
  };
}

/** A histogram; without labels it stands at 0 from the start. */
export function histogramFamily(row: MetricRow): Histogram & MetricFamily {
  const table = new SeriesTable(row, (values) => new HistogramSeries(row, values));
  const plain = isPlain(row) ? table.at([]) : undefined;
  return {
    observe(value, ...labels) {
      (plain ?? table.at(labels)).observe(value);
    },
    render: (format) => table.render(format),
    read: (values) => table.at(values).count,
  };
}

function isPlain(row: MetricRow): boolean {
  return (row.labels?.length ?? 0) === 0;
}

function numberTable(row: MetricRow): SeriesTable<NumberSeries> {
  const names = row.labels ?? [];
  return new SeriesTable(row, (v) => new NumberSeries(seriesPrefix(row.name, names, v)));
}

function seriesPrefix(name: string, labels: readonly string[], values: readonly string[]): string {
  if (labels.length === 0) return `${name} `;
  const pairs = labels.map((label, index) => `${label}="${escapeValue(values[index] ?? '')}"`);
  return `${name}{${pairs.join(',')}} `;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
