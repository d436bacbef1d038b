/** A declared metric that nobody feeds is a promise on a dashboard: every one of them is used. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { metricTable } from '../../streams/telemetry/index.ts';
import { sourceFiles } from './sources.ts';

const metrics = suite('metrics');

metrics('are all fed by somebody', () => {
  const sources = sourceFiles(/^(daemon|actors|machines|streams)\/.*\.ts$/)
    .filter(({ path }) => path !== 'streams/telemetry/metrics.ts')
    .map(({ text }) => text)
    .join('\n');
  assert.ok(metricTable.length > 20);
  const unfed = metricTable
    .map(({ name }) => name)
    .filter((name) => !sources.includes(`'${name}'`));
  assert.equal(unfed, []);
});

metrics('have names in base units, and no two are the same', () => {
  const names = metricTable.map(({ name }) => name);
  assert.is(new Set(names).size, names.length);
  assert.equal(
    names.filter((name) => /_(ms|us|millis|micros|kb|mb)(_|$)/.test(name)),
    [],
  );
  const counters = metricTable.filter(({ kind }) => kind === 'counter').map(({ name }) => name);
  assert.equal(
    counters.filter((name) => !name.endsWith('_total')),
    [],
  );
});

metrics.run();
