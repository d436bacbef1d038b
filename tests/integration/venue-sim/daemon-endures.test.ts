/** What a daemon must endure without losing count: noise, odd fills, refusals, and a storm of it all. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Breakage,
  linkBreakages,
  marketBreakages,
  orderBreakages,
  perpetual,
} from '../../fixtures/venue-sim/breakages.ts';
import { FaultyDaemon } from '../../fixtures/venue-sim/faulty-daemon.ts';
import { proven, survives } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon endures');

const endured: readonly (readonly [title: string, breakages: readonly Breakage[]])[] = [
  ['every message twice', [{ fault: 'duplicate', forS: 30 }]],
  ['garbage between messages', [{ fault: 'garbage', forS: 30, parameters: { share: 0.2 } }]],
  [
    'fills in many pieces and in part',
    [{ fault: 'partial_fill', forS: 60, parameters: { pieces: 5, share: 0.6 } }],
  ],
  ['one halted product', [{ fault: 'halt', forS: 30, parameters: { instrument: perpetual } }]],
  [
    'orders refused by code',
    [{ fault: 'reject', forS: 30, parameters: { code: 10041, method: 'private/buy' } }],
  ],
];

for (const [title, breakages] of endured) {
  faulted(`endures without losing count: ${title}`, async () => {
    await survives(breakages, 62);
  });
}

faulted('twenty breakages in ten minutes, drawn from a seed', async () => {
  // A margin call may rightly end in Kill, which only an operator ends.
  const kinds = [...linkBreakages, ...orderBreakages, ...marketBreakages]
    .flatMap(([, breakages]) => breakages)
    .filter(({ fault }) => fault !== 'margin_call');
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
    await daemon.untilActive(600);
    assert.ok(daemon.said.length > 20, 'hardly anything happened');
    await proven(daemon);
  } finally {
    await daemon.stop();
  }
});

faulted.run();
