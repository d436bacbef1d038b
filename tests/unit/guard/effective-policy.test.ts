/** The effective policy: stamped, revised only by content, and never published half. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type EffectivePolicy, EffectivePolicyLoop } from '../../../actors/guard/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { startUs } from '../../fixtures/guard/guard-bench.ts';

const policies = suite('effective policy');

type Document = Readonly<Record<string, unknown>>;

function policyBench() {
  const world = createVirtualWorld({ seed: 1, startUs });
  const ports = world.portsFor('policy');
  const published: EffectivePolicy<Document>[] = [];
  const facts: unknown[] = [];
  const source = { file: { limits: { a: 1, b: 2 } } as Document, overrides: [] as Document[] };
  let valid = true;
  let recordable = true;
  let parsed = 0;
  const loop: EffectivePolicyLoop<Document> = new EffectivePolicyLoop({
    ports,
    read: () => source,
    parse(document) {
      parsed += 1;
      if (!valid) throw new Error('bad');
      return document;
    },
    record: {
      durable(written, { reserve }) {
        if (!recordable) throw new Error('the disk is full');
        assert.is(reserve, true, 'it may be the tighter policy');
        for (const { type, payload } of written) facts.push([type, payload]);
        return { factId: '', traceId: '' };
      },
    },
    onPolicy: (effective) => published.push(effective),
    recomputeS: () => Number(loop.current?.policy.recompute_s ?? 60),
  });
  const invalidate = (): void => {
    valid = false;
    // What is wrong is in the file: another text is another document.
    source.file = { ...source.file };
  };
  const setRecordable = (value: boolean): void => {
    recordable = value;
  };
  const parsedTimes = (): number => parsed;
  return { world, loop, published, facts, source, invalidate, setRecordable, parsedTimes };
}

policies(
  'is recomputed every 60 s with a new stamp and the same revision, as one fact',
  async () => {
    const { world, loop, published, facts } = policyBench();
    loop.start();
    await world.clock.runFor(120_000);
    loop.stop();
    assert.is(published.length, 3);
    assert.is(new Set(published.map(({ policyRev }) => policyRev)).size, 1);
    assert.equal(
      published.map(({ computedAtUs }) => computedAtUs - startUs),
      [0, 60_000_000, 120_000_000],
    );
    assert.is(facts.length, 1);
  },
);

policies('another interval counts from the computation that brought it', async () => {
  const { world, loop, published, source } = policyBench();
  loop.start();
  source.file = { ...source.file, recompute_s: 10 };
  await world.clock.runFor(60_000);
  assert.is(published.length, 2);
  await world.clock.runFor(30_000);
  assert.is(published.length, 5);
  loop.stop();
  await world.clock.runFor(60_000);
  assert.is(published.length, 5);
});

policies(
  'an override changes the value it names, the revision, and says which section',
  async () => {
    const { loop, published, facts, source } = policyBench();
    const first = loop.start();
    source.overrides.push({ limits: { b: 3 } });
    assert.is(loop.recompute(), true);
    loop.stop();
    assert.equal(published[1]?.policy, { limits: { a: 1, b: 3 } });
    assert.is.not(published[1]?.policyRev, first.policyRev);
    const [, payload] = facts[1] as [string, Document];
    assert.equal([payload.old_policy_rev, payload.changed], [first.policyRev, ['limits']]);
  },
);

policies('one that cannot be computed publishes nothing, so the old one ages', async () => {
  const { world, loop, published, invalidate } = policyBench();
  loop.start();
  invalidate();
  await world.clock.runFor(300_000);
  loop.stop();
  assert.is(published.length, 1);
});

policies('the same document is stamped anew and not parsed again; another one is', async () => {
  const { world, loop, published, source, parsedTimes } = policyBench();
  loop.start();
  await world.clock.runFor(120_000);
  assert.is(parsedTimes(), 1);
  source.file = { limits: { a: 1, b: 7 } };
  await world.clock.runFor(60_000);
  loop.stop();
  assert.is(parsedTimes(), 2);
  assert.equal(published.at(-1)?.policy, { limits: { a: 1, b: 7 } });
  assert.is(published.at(-1)?.computedAtUs, startUs + 180_000_000);
});

policies('an override is read even when the file did not change', () => {
  const { loop, published, source } = policyBench();
  loop.start();
  loop.recompute();
  source.overrides.push({ limits: { b: 3 } });
  loop.recompute();
  source.overrides.pop();
  loop.recompute();
  loop.stop();
  const limits = published.map(({ policy }) => policy.limits);
  assert.equal(limits.at(-2), { a: 1, b: 3 });
  assert.equal(limits.at(-1), { a: 1, b: 2 });
});

policies('a change that could not be recorded is tried again, not taken for published', () => {
  const { loop, published, source, setRecordable } = policyBench();
  loop.start();
  source.file = { limits: { a: 9, b: 2 } };
  setRecordable(false);
  assert.is(loop.recompute(), false);
  assert.is(published.length, 1);
  setRecordable(true);
  assert.is(loop.recompute(), true);
  loop.stop();
  assert.equal(published.at(-1)?.policy, { limits: { a: 9, b: 2 } });
});

policies.run();
