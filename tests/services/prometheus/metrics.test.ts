/** What `/metrics` says is what Prometheus understands: its own linter reads it. */
import { spawnSync } from 'node:child_process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createMetricRegistry, metricTable } from '../../../streams/telemetry/index.ts';

const metrics = suite('metrics as Prometheus reads them');
const promtool = spawnSync('promtool', ['--version']);

/** Problems promtool's linter finds; undefined when it is not on this machine. */
function problemsOf(text: string): string[] {
  const { stdout, stderr, status } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return status === 0 ? lines : [`exit ${status}`, ...lines];
}

async function everyMetricMoved(): Promise<string> {
  const registry = createMetricRegistry();
  for (const { name, kind, labels = [] } of metricTable) {
    const values = labels.map((label) => `a_${label}`);
    if (kind === 'counter') registry.counter(name).increment(1, ...values);
    else if (kind === 'gauge') registry.gauge(name).set(1.5, ...values);
    else registry.histogram(name).observe(0.01, ...values);
  }
  return registry.render();
}

if (promtool.error === undefined) {
  metrics('every declared metric passes the linter', async () => {
    const text = await everyMetricMoved();
    assert.ok(metricTable.every(({ name }) => text.includes(name)));
    assert.equal(problemsOf(text), []);
  });

  metrics('a malformed exposition is noticed', () => {
    assert.ok(problemsOf('not a metric line {\n').length > 0);
  });
} else {
  process.stdout.write('SKIP metrics as Prometheus reads them: promtool is not installed\n');
}

metrics.run();
