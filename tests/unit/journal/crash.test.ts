import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Journal, StreamName } from '../../../streams/journal/index.ts';
import { openSmall, record, smallOptions, smallStreams, textsOf } from '../../fixtures/journals.ts';
import { type MemoryDisk, memoryDisk } from '../../fixtures/memory-disk.ts';

const crash = suite('a crash at any disk operation');

class PowerLoss extends Error {}

interface History {
  /** Texts whose append was acknowledged, by stream. */
  readonly acknowledged: Record<'ledger' | 'traffic', string[]>;
  /** Texts handed over, in order. */
  readonly attempted: Record<'ledger' | 'traffic', string[]>;
}

const names = ['ledger', 'traffic'] as const;

/** Enough to roll segments of both streams, with queued and immediate appends mixed. */
async function workload(journal: Journal, history: History, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const waiting: Array<Promise<void>> = [];
    for (const name of names) {
      for (let i = 0; i < 3; i += 1) {
        const text = `${name} ${round}.${i} ${'x'.repeat(((round * 7 + i) % 9) * 90)}`;
        history.attempted[name].push(text);
        const noted = journal
          .stream(name)
          .append(record(text))
          .then(() => void history.acknowledged[name].push(text));
        waiting.push(noted.catch(() => undefined));
      }
    }
    const now = `ledger ${round} now`;
    history.attempted.ledger.push(now);
    journal.stream('ledger').appendNow([record(now)]);
    history.acknowledged.ledger.push(now);
    await Promise.all(waiting);
  }
}

function emptyHistory(): History {
  return {
    acknowledged: { ledger: [], traffic: [] },
    attempted: { ledger: [], traffic: [] },
  };
}

const options = { ...smallOptions, streams: smallStreams(17_000), reserveBytes: 16_384 };

/** Runs until the power fails at operation `stopAt`; returns the disk of the next boot. */
async function crashedAt(
  disk: MemoryDisk,
  stopAt: number,
  keep: (sector: number) => boolean,
  rounds: number,
): Promise<{ disk: MemoryDisk; history: History; hasStopped: boolean }> {
  const history = emptyHistory();
  let after: MemoryDisk | undefined;
  disk.onOperation((_operation, _path, count) => {
    if (count >= stopAt) {
      after ??= disk.crash((_, sector) => keep(sector));
      throw new PowerLoss('power loss');
    }
  });
  try {
    const journal = await openSmall(disk, options);
    await workload(journal, history, rounds);
  } catch (error) {
    assert.ok(after !== undefined, String(error));
  }
  return { disk: after ?? disk.kill(), history, hasStopped: after !== undefined };
}

/** What must hold after any crash: nothing acknowledged is lost, nothing is made up or reordered. */
function assertKept(journal: Journal, history: History, where: string): void {
  for (const name of names) {
    const found = textsOf(journal.stream(name));
    const kept = new Set(found);
    for (const text of history.acknowledged[name]) {
      assert.ok(kept.has(text), `${where}: ${name} lost the acknowledged "${text.slice(0, 20)}"`);
    }
    assert.equal(
      found,
      history.attempted[name].slice(0, found.length),
      `${where}: order of ${name}`,
    );
    assert.is(journal.recovery.streams[name].acknowledgedLost, 0, where);
  }
}

/** Long enough that segments roll between blocks of one commit. */
const rounds = 16;

const survivals: ReadonlyArray<[title: string, keep: (sector: number) => boolean]> = [
  ['no unsynced sector survives', () => false],
  ['all of them survive', () => true],
  ['every other one survives', (sector) => sector % 2 === 0],
  ['all but every third survive', (sector) => sector % 3 !== 0],
];

for (const [title, keep] of survivals) {
  crash(`loses nothing acknowledged when ${title}`, async () => {
    let stopAt = 1;
    for (; ; stopAt += 1) {
      const run = await crashedAt(memoryDisk(), stopAt, keep, rounds);
      if (!run.hasStopped) break;
      const journal = await openSmall(run.disk, options);
      assertKept(journal, run.history, `crash at operation ${stopAt}`);
      for (const name of names) journal.stream(name as StreamName).appendNow([record('after')]);
      await journal.close();
    }
    assert.ok(stopAt > 60, `only ${stopAt} operations were tried`);
  });
}

crash('during recovery is repaired by the next recovery', async () => {
  const first = await crashedAt(memoryDisk(), 75, (sector) => sector % 2 === 0, 6);
  assert.ok(first.hasStopped);
  for (let stopAt = 1; ; stopAt += 1) {
    const disk = first.disk.kill();
    const second = await crashedAt(disk, stopAt, (sector) => sector % 2 === 1, 0);
    const journal = await openSmall(second.disk, options);
    assertKept(journal, first.history, `second crash at operation ${stopAt}`);
    await journal.close();
    if (!second.hasStopped) break;
    assert.ok(stopAt < 200, 'recovery ends');
  }
});

crash('sequence of any length keeps every acknowledged record and every offset', async () => {
  const step = fc.record({ stopAt: fc.integer({ min: 1, max: 120 }), sectors: fc.nat(2 ** 16) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 4 }), async (steps) => {
      let disk = memoryDisk();
      const kept = new Map<string, number>();
      for (const { stopAt, sectors } of steps) {
        const keep = (sector: number): boolean => ((sectors >> (sector % 16)) & 1) === 1;
        const run = await crashedAt(disk, stopAt, keep, 3);
        disk = run.disk.kill();
        const journal = await openSmall(disk, options);
        for (const item of journal.stream('ledger').read(0)) {
          const key = `${item.offset}`;
          const length = item.bytes.length;
          assert.is(kept.get(key) ?? length, length, `offset ${key} changed its record`);
          kept.set(key, length);
        }
        await journal.close();
      }
    }),
    { numRuns: 40 },
  );
});

crash.run();
