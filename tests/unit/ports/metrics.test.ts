/** Metrics: declared once, cheap to move, rendered as prom-client would. */
import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import {
  createMetricRegistry,
  type MetricRow,
  metricTable,
} from '../../../streams/telemetry/index.ts';

const metrics = suite('metrics');

metrics('every declared metric has a lawful, unique name, a help text and a unit', () => {
  const units = /_(total|seconds|bytes|ratio|usd|bps|records|lines)$/;
  assert.is(new Set(metricTable.map((row) => row.name)).size, metricTable.length);
  for (const row of metricTable) {
    assert.match(row.name, /^holdfast_[a-z][a-z0-9_]*$/);
    assert.match(row.help, /^[A-Z1].*\.$/, row.name);
    assert.is(row.name.endsWith('_total'), row.kind === 'counter', row.name);
    assert.ok(row.kind !== 'histogram' || units.test(row.name), row.name);
    assert.is(row.kind === 'histogram', row.buckets !== undefined, row.name);
    const buckets = row.buckets ?? [];
    assert.equal(
      buckets,
      [...buckets].sort((a, b) => a - b),
      row.name,
    );
  }
});

metrics('a name that is not declared, or declared as another kind, is a bug', () => {
  const registry = createMetricRegistry();
  const refused = (work: () => unknown): boolean => {
    try {
      work();
      return false;
    } catch (error) {
      return error instanceof HoldfastError && error.code === 'INTERNAL';
    }
  };
  assert.ok(refused(() => registry.counter('holdfast_unheard_of_total')));
  assert.ok(refused(() => registry.gauge('holdfast_market_book_gaps_total')));
  assert.ok(refused(() => registry.counter('holdfast_gate_rejects_total').increment()));
  assert.not.ok(refused(() => registry.counter('holdfast_gate_rejects_total').increment(1, 'X')));
});

const table: readonly MetricRow[] = [
  { name: 'holdfast_a_total', kind: 'counter', help: 'Line one\nback\\slash.' },
  { name: 'holdfast_b_total', kind: 'counter', help: 'B.', labels: ['code', 'kind'] },
  { name: 'holdfast_c_ratio', kind: 'gauge', help: 'C.', labels: ['mode'] },
  { name: 'holdfast_d_seconds', kind: 'histogram', help: 'D.', buckets: [0.1, 1, 5] },
  {
    name: 'holdfast_e_seconds',
    kind: 'histogram',
    help: 'E.',
    buckets: [0.001, 0.5],
    labels: ['route'],
  },
];

metrics('the rendering is what prom-client renders for the same observations', async () => {
  const ours = createMetricRegistry({ table });
  const registers = [new Registry()];
  const common = (row: MetricRow | undefined) => ({
    name: row?.name ?? '',
    help: row?.help ?? '',
    registers,
    labelNames: [...(row?.labels ?? [])],
  });
  const a = new Counter(common(table[0]));
  const b = new Counter(common(table[1]));
  const c = new Gauge(common(table[2]));
  const d = new Histogram({ ...common(table[3]), buckets: [0.1, 1, 5] });
  const e = new Histogram({ ...common(table[4]), buckets: [0.001, 0.5] });
  for (const step of [1, 2.5]) {
    a.inc(step);
    ours.counter('holdfast_a_total').increment(step);
  }
  for (const code of ['x', 'quo"te', 'back\\slash', 'new\nline', 'x']) {
    b.inc({ code, kind: 'k' });
    ours.counter('holdfast_b_total').increment(1, code, 'k');
  }
  for (const [mode, value] of [
    ['up', 1],
    ['far', Number.POSITIVE_INFINITY],
    ['small', -1e-9],
  ] as const) {
    c.set({ mode }, value);
    ours.gauge('holdfast_c_ratio').set(value, mode);
  }
  for (const value of [0.05, 0.1, 0.3, 1, 7, 100]) {
    d.observe(value);
    e.observe({ route: '/a' }, value);
    ours.histogram('holdfast_d_seconds').observe(value);
    ours.histogram('holdfast_e_seconds').observe(value, '/a');
  }
  const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
  const theirs = await (registers[0] as Registry).metrics();
  assert.equal(lines(await ours.render()).sort(), lines(theirs).sort());
});

metrics('OpenMetrics carries whose count it was, as prom-client writes it', async () => {
  const ours = createMetricRegistry({ table, more: async () => 'extra 1\n# EOF\n' });
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const theirs = new Counter<string>({
    name: 'holdfast_b',
    help: table[1]?.help ?? '',
    labelNames: ['code', 'kind'],
    registers: [registry],
    enableExemplars: true,
  });
  const exemplar = { intentId: 'ab'.repeat(32), runId: '20261121T140218Z-e7926d3b', traceId: 't1' };
  const exemplarLabels = { intent_id: 'ab'.repeat(16), run_id: exemplar.runId, trace_id: 't1' };
  theirs.inc({ labels: { code: 'x', kind: 'k' }, exemplarLabels });
  ours.counter('holdfast_b_total').mark({ ...exemplar, traceId: 'older' }, 'x', 'k');
  ours.counter('holdfast_b_total').mark(exemplar, 'x', 'k');
  const wanted = (await registry.metrics()).split('\n').find((line) => line.includes('trace_id'));
  const text = await ours.render('openmetrics');
  const line = text.split('\n').find((each) => each.includes('trace_id')) ?? '';
  // Theirs counts one and stamps a time, which the standard leaves optional.
  assert.is(line.replace('} 2 #', '} 1 #'), wanted?.replace(/ [\d.]+$/, ''));
  assert.match(text, /\n# TYPE holdfast_b counter\n/);
  assert.match(text, /\nextra 1\n# EOF\n$/);
  assert.not.match(await ours.render(), /trace_id|EOF\nEOF/);
});

metrics('an exemplar stays within the 128 characters of the standard', async () => {
  const registry = createMetricRegistry({ table });
  const runId = '20261121T140218Z-e7926d3b';
  const exemplar = { intentId: 'a'.repeat(64), runId, traceId: 'b'.repeat(32) };
  registry.counter('holdfast_a_total').mark(exemplar);
  const text = await registry.render('openmetrics');
  const labels = /# \{(.*)\} 1\n/.exec(text)?.[1] ?? '';
  assert.ok(labels.length > 0 && labels.replaceAll(/[",=]/g, '').length <= 128, labels);
});

metrics('a gauge that was never set shows nothing; a plain counter shows zero', async () => {
  const text = await createMetricRegistry().render();
  assert.match(text, /\nholdfast_market_book_gaps_total 0\n/);
  assert.not.match(text, /\nholdfast_open_orders /);
});

metrics('label values without bound are counted together beyond the limit', async () => {
  const registry = createMetricRegistry({ table });
  const gauge = registry.counter('holdfast_b_total');
  for (let index = 0; index < 2_500; index += 1) gauge.increment(1, `c${index}`, 'k');
  assert.is(registry.read('holdfast_b_total', '_overflow', '_overflow'), 500);
  const text = await registry.render();
  assert.ok(text.split('\n').length < 2_020);
});

metrics('numbers can be read just before they are rendered, and text can be added', async () => {
  const registry = createMetricRegistry({ more: async () => 'extra 1\n' });
  registry.beforeRender(() => registry.gauge('holdfast_open_orders').set(3));
  const text = await registry.render();
  assert.match(text, /\nholdfast_open_orders 3\n/);
  assert.match(text, /\nextra 1\n$/);
});

metrics.run();
