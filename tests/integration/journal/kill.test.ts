import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { productionDisk } from '../../../daemon/ports/production/index.ts';
import { openJournalReader, verifyJournal } from '../../../streams/journal/index.ts';
import { runWriter, withScratch } from '../../fixtures/journal-child.ts';

const kill = suite('a journal whose writer is killed');

const cycles = 20;

kill(`keeps every acknowledged record over ${cycles} kill -9 of the real process`, async () => {
  await withScratch(async (scratch) => {
    const directory = `${scratch}/journal`;
    const disk = productionDisk();
    const kept = { ledger: new Map<number, string>(), traffic: new Map<number, string>() };
    for (let cycle = 1; cycle <= cycles; cycle += 1) {
      const lines = 3 + ((cycle * 97) % 400);
      const run = await runWriter(directory, (count) => count >= lines);
      assert.is(run.signal, 'SIGKILL', run.stderr);
      assert.is(run.opened?.epoch, cycle);
      if (cycle > 1) assert.type(run.opened?.recovery.takenOverFrom?.pid, 'number');
      const reader = openJournalReader(disk, directory);
      for (const name of ['ledger', 'traffic'] as const) {
        for (const [offset, text] of run.acknowledged[name]) {
          assert.not.ok(kept[name].has(offset), `${name} ${offset} was given out twice`);
          kept[name].set(offset, text);
        }
        assert.is(run.opened?.recovery.streams[name].acknowledgedLost, 0);
        const found = new Map<number, string>();
        for (const item of reader.stream(name).read(0)) {
          found.set(item.offset, item.bytes.toString());
        }
        for (const [offset, text] of kept[name]) {
          assert.is(found.get(offset), text, `cycle ${cycle}: ${name} ${offset}`);
        }
      }
      reader.close();
      assert.equal(verifyJournal(disk, directory, { from: 'zero' }).damages, []);
    }
    assert.ok(kept.ledger.size > 200 && kept.traffic.size > 200);
  });
});

kill('refuses a second process while the first lives, and names it', async () => {
  await withScratch(async (scratch) => {
    const directory = `${scratch}/journal`;
    let second: ReturnType<typeof runWriter> | undefined;
    let isSecondDone = false;
    const first = await runWriter(directory, () => {
      second ??= runWriter(directory, () => false).finally(() => {
        isSecondDone = true;
      });
      return isSecondDone;
    });
    const refused = await second;
    assert.is(first.signal, 'SIGKILL');
    assert.is.not(refused?.exitCode, 0);
    assert.match(refused?.stderr ?? '', 'JOURNAL_LOCKED');
    assert.match(refused?.stderr ?? '', /written by process \d+/);
  });
});

kill('can be read from outside while it is written', async () => {
  await withScratch(async (scratch) => {
    const directory = `${scratch}/journal`;
    const reader = openJournalReader(productionDisk(), directory);
    const found: string[] = [];
    let follow: ReturnType<ReturnType<typeof reader.stream>['follow']> | undefined;
    const run = await runWriter(directory, (count) => {
      if (count < 5) return false;
      follow ??= reader.stream('ledger').follow(0);
      for (const item of follow.next()) found.push(item.bytes.toString());
      return found.length >= 300;
    });
    assert.ok(found.length >= 300, run.stderr);
    assert.equal(
      found.slice(0, 200),
      [...run.acknowledged.ledger.values()].slice(0, 200),
      'in order, none missing, none twice',
    );
    reader.close();
  });
});

kill.run();
