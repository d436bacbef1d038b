/** Facts of the run itself: valid, one identity each, durable when they say so. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { RunRecords } from '../../../daemon/system/records.ts';
import type { Fact } from '../../../streams/facts/envelope.ts';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { parseFact } from '../../../streams/facts/registry.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';
import { endedPayload, pins } from '../../fixtures/facts/facts.ts';

const records = suite('run records');
const startUs = 1_763_690_400_000_000;

function bench(failure?: HoldfastError) {
  const world = createVirtualWorld({ seed: 1, startUs, log: { level: 'error' } });
  const node = world.node('daemon');
  const now: Fact[] = [];
  const soon: Fact[] = [];
  const run = new RunRecords({
    ports: node.ports,
    control: {
      appendNow: (bytes) => {
        if (failure !== undefined) throw failure;
        now.push(...bytes.map((record) => parseFact(record)));
      },
      append: (record) => {
        if (failure !== undefined) return Promise.reject(failure);
        soon.push(parseFact(record));
        return Promise.resolve(0);
      },
    },
    pins,
    policyRev: () => 'e'.repeat(64),
  });
  return { run, now, soon, node };
}

records('a fact is on disk before the call returns, or on its way, as asked', () => {
  const { run, now, soon } = bench();
  const durable = run.durable('run.ended', endedPayload);
  const later = run.soon('run.ended', endedPayload, 'f'.repeat(32));
  assert.equal([now[0]?.event_id, soon[0]?.event_id], [durable, later]);
  assert.is(now[0]?.partition_key, 'control:run');
  assert.is(now[0]?.policy_rev, 'e'.repeat(64));
  assert.is(now[0]?.ts_utc, '2025-11-21T02:00:00.000000Z');
  assert.equal(now[0]?.pins, pins);
  assert.is(soon[0]?.trace_id, 'f'.repeat(32));
  assert.match(now[0]?.trace_id ?? '', /^[0-9a-f]{32}$/);
});

records('the same content twice is two events', () => {
  const { run } = bench();
  const ids = [1, 2, 3].map(() => run.durable('run.ended', endedPayload));
  assert.is(new Set(ids).size, 3);
});

records(
  'a failed journal is thrown where durability was asked, told where it was not',
  async () => {
    const { run, node } = bench(new HoldfastError('JOURNAL_CLOSED', 'closed'));
    assert.throws(() => run.durable('run.ended', endedPayload), hasCode('JOURNAL_CLOSED'));
    run.soon('run.ended', endedPayload);
    await Promise.resolve();
    await Promise.resolve();
    assert.ok(node.logLines.some(({ event }) => event === 'run.fact_lost'));
  },
);

records.run();
