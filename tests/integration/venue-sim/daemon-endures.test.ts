/** What a daemon must endure without losing count: noise, odd fills, refusals. */
import { suite } from 'uvu';
import { type Breakage, perpetual } from '../../fixtures/venue-sim/breakages.ts';
import { survives } from '../../fixtures/venue-sim/survival.ts';

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

faulted.run();
