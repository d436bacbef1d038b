/** C-525: what makes the evidence chain GREEN, and for how long it is not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type EvidenceReading, watchEvidence } from '../../../actors/guard/index.ts';
import { evidenceCounters } from '../../../machines/evidence-chain.ts';
import { activeBench, type GuardBench } from '../../fixtures/guard/guard-bench.ts';

const evidence = suite('evidence chain');

const quiet = Object.fromEntries(evidenceCounters.map((name) => [name, 0]));

interface Evidence {
  bench: GuardBench;
  set(reading: Partial<EvidenceReading>): void;
  pass(ms: number): Promise<void>;
  stop(): void;
}

function withEvidence(): Evidence {
  const bench = activeBench();
  const { clock } = bench.ports;
  let reading: EvidenceReading = { readUs: 0, counters: quiet, queueRatio: 0 };
  let readUs: (() => number | undefined) | undefined = () => clock.monotonicUs();
  const watch = watchEvidence({
    clock,
    guard: bench.guard,
    policy: bench.policy,
    read: () => ({ ...reading, readUs: readUs?.() }),
  });
  return {
    bench,
    set(next) {
      if ('readUs' in next) readUs = () => next.readUs;
      reading = { ...reading, ...next };
    },
    pass: (ms) => bench.pass(ms, 'evidence_chain', 'evidence_counters'),
    stop: () => watch.stop(),
  };
}

for (const counter of evidenceCounters) {
  evidence(`C-525 ${counter} rises: not GREEN, GREEN again 120 s after the last rise`, async () => {
    const { bench, set, pass, stop } = withEvidence();
    try {
      await pass(1_000);
      assert.is(bench.guard.evidence, 'GREEN');
      set({ counters: { ...quiet, [counter]: 1 } });
      await pass(100);
      assert.is(bench.guard.evidence, 'NOT_GREEN');
      assert.is(bench.guard.permits(bench.guard.evaluate(), 'OPEN'), false);
      assert.is(bench.guard.permits(bench.guard.evaluate(), 'CLOSE'), true);
      await pass(60_000);
      set({ counters: { ...quiet, [counter]: 2 } });
      await pass(119_800);
      assert.is(bench.guard.evidence, 'NOT_GREEN');
      await pass(400);
      assert.is(bench.guard.evidence, 'GREEN');
    } finally {
      stop();
    }
  });
}

evidence(
  'C-525 queue 0.91 for 4 s stays GREEN, for 5 s trips; clears at 0.70 for 120 s',
  async () => {
    const { bench, set, pass, stop } = withEvidence();
    try {
      set({ queueRatio: 0.91 });
      await pass(4_000);
      assert.is(bench.guard.evidence, 'GREEN');
      await pass(1_200);
      assert.is(bench.guard.evidence, 'NOT_GREEN');
      set({ queueRatio: 0.71 });
      await pass(200_000);
      assert.is(bench.guard.evidence, 'NOT_GREEN', 'above the clear mark');
      set({ queueRatio: 0.7 });
      await pass(119_500);
      assert.is(bench.guard.evidence, 'NOT_GREEN');
      await pass(1_000);
      assert.is(bench.guard.evidence, 'GREEN');
    } finally {
      stop();
    }
  },
);

evidence('C-525 a counter that is missing, garbage or old is not GREEN', async () => {
  const { bench, set, pass, stop } = withEvidence();
  try {
    const { ledger_write_errors: _gone, ...fewer } = quiet;
    set({ counters: fewer });
    await pass(200);
    assert.is(bench.guard.evidence, 'NOT_GREEN');
    set({ counters: quiet });
    await pass(200);
    assert.is(bench.guard.evidence, 'GREEN');
    set({ readUs: bench.ports.clock.monotonicUs() });
    await pass(60_000);
    assert.is(bench.guard.evidence, 'GREEN');
    await pass(200);
    assert.is(bench.guard.evidence, 'NOT_GREEN');
  } finally {
    stop();
  }
});

evidence.run();
