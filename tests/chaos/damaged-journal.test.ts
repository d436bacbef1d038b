/**
 * The journal of a real daemon, damaged on disk while it is down: at the head and in the middle the
 * next start is refused with the damage named; a torn tail is cut, and what is known is proved again.
 */
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { booksChecks } from '../prove/both-books.ts';
import { crosser, quotes } from '../prove/phase2/trial-policy.ts';
import { type TrialSystem, withTrial } from '../prove/phase2/trial-system.ts';
import { VenueWord } from '../prove/restart-loop/venue-word.ts';

const damaged = suite('damaged journal');

/** The header page of a segment; its first 112 bytes are checked. */
const headerBytes = 4_096;
/** Every block begins with it. */
const blockMagic = 'HFBK';
const refusedCode = 4;

interface Segment {
  readonly path: string;
  /** Offsets at which blocks begin. */
  readonly blocks: readonly number[];
}

function ledgerOf(system: TrialSystem): Segment {
  const directory = join(system.dataDirectory, 'journal/ledger');
  const name = readdirSync(directory)
    .filter((each) => each.endsWith('.seg'))
    .sort()
    .at(-1);
  const path = join(directory, name ?? '');
  const fd = openSync(path, 'r');
  const bytes = Buffer.alloc(fstatSync(fd).size);
  readSync(fd, bytes, 0, bytes.length, 0);
  closeSync(fd);
  const blocks: number[] = [];
  for (
    let at = bytes.indexOf(blockMagic, headerBytes);
    at >= 0;
    at = bytes.indexOf(blockMagic, at + 4)
  )
    blocks.push(at);
  return { path, blocks };
}

function flip(path: string, at: number): void {
  const fd = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(fd, byte, 0, 1, at);
  byte[0] = (byte[0] ?? 0) ^ 0x10;
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
}

/** Trades, dies by kill -9, is damaged, and starts again. */
async function afterDamage(
  damage: (segment: Segment) => void,
  judge: (system: TrialSystem) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-damaged-'));
  const strategies = [crosser, quotes('ETH-PERPETUAL')];
  try {
    await withTrial(directory, { strategies }, async (system) => {
      await system.untilActive();
      await system.untilStatus(({ orders }) => orders.fills >= 3, 'fills to lose');
      system.daemon.kill();
      await system.daemon.closed;
      const segment = ledgerOf(system);
      assert.ok(segment.blocks.length > 4, `${segment.blocks.length} blocks`);
      damage(segment);
      system.startDaemon();
      await judge(system);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function refuses(system: TrialSystem): Promise<void> {
  await system.daemon.closed;
  assert.is(system.daemon.ending, `exit code ${refusedCode}`);
  assert.match(system.daemon.said, 'JOURNAL_DAMAGED');
  assert.match(system.daemon.said, 'repair --journal');
}

damaged('at the head of the ledger: the start is refused', () =>
  afterDamage(({ path }) => flip(path, 40), refuses),
);

damaged('in the middle of the ledger: the start is refused', () =>
  afterDamage(({ path, blocks }) => {
    flip(path, (blocks[Math.floor(blocks.length / 2)] ?? 0) + 150);
  }, refuses),
);

damaged('a torn tail is cut, and the account is proved again', () =>
  afterDamage(
    ({ path, blocks }) => flip(path, (blocks.at(-1) ?? 0) + 150),
    async (system) => {
      await system.untilActive();
      const checks = await booksChecks(system, new VenueWord(system.venue.address));
      // What stood in the torn block was acknowledged: its intent may be gone, its trades are not.
      const lost = new Set(['labels at the venue that the ledger does not know']);
      assert.equal(
        checks.filter(({ name, ok }) => !ok && !lost.has(name)),
        [],
      );
    },
  ),
);

damaged.run();
