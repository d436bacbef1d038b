/** A daemon in a storm: everything a venue can break, drawn from a seed. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Breakage,
  feedBreakages,
  linkBreakages,
  marketBreakages,
  orderBreakages,
} from '../../fixtures/venue-sim/breakages.ts';
import { FaultyDaemon } from '../../fixtures/venue-sim/faulty-daemon.ts';
import { proven } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon in a storm');
const restricting = [...linkBreakages, ...feedBreakages, ...orderBreakages, ...marketBreakages];

faulted('twenty breakages in ten minutes, drawn from a seed', async () => {
  const kinds = restricting.flatMap(([, breakages]) => breakages);
  const entries = Array.from({ length: 20 }, (_, at) => {
    const { fault, forS = 10, parameters = {} } = kinds[(at * 7) % kinds.length] as Breakage;
    const at_s: [number, number] = [20, 600];
    return { fault, for_s: Math.min(forS, 20), parameters, at_s };
  });
  const daemon = new FaultyDaemon({ seed: '3', faults: { seed: '3', entries } });
  await daemon.start();
  try {
    await daemon.pass(630_000);
    daemon.venue.faults.clear();
    // Breakages that overlap may leave a book empty for longer than each alone: a Kill, for an operator.
    const { guard } = daemon.system;
    const restored = (): boolean =>
      guard.mode !== 'Kill' || guard.restore('Kill', 'the storm is over', 'owner').accepted;
    await daemon.until(restored, 'a restore', 600);
    await daemon.untilActive(600);
    assert.ok(daemon.said.length > 20, 'hardly anything happened');
    await proven(daemon);
  } finally {
    await daemon.stop();
  }
});

faulted.run();
