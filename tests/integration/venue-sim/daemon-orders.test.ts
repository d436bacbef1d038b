/**
 * The daemon while its orders meet a broken venue: answers lost or late, sessions ended.
 * Nothing is sent twice, and at rest its ledger holds what the venue holds.
 */
import { suite } from 'uvu';
import { orderBreakages } from '../../fixtures/venue-sim/breakages.ts';
import { killsUntilRestored, survives } from '../../fixtures/venue-sim/survival.ts';

const faulted = suite('daemon and broken orders');

for (const [title, breakages, waitS, because] of orderBreakages) {
  faulted(`restricts, says why, and recovers: ${title}`, async () => {
    await survives(breakages, waitS, because);
  });
}

faulted('10028 is Kill, stays Kill, and an operator restores', async () => {
  await killsUntilRestored(
    [{ fault: 'too_many_requests' }],
    /^Kill KILL_RATE_LIMIT_SESSION_TERMINATION/,
  );
});

faulted('positions the venue reduces by itself: seen, Kill for margin, and restored', async () => {
  const calls = ['ETH', 'BTC'].map((currency) => {
    return { fault: 'margin_call', forS: 20, parameters: { currency } };
  });
  await killsUntilRestored(calls, /KILL_MARGIN_MM_UTIL_HIGH.*INVENTORY_MISMATCH/);
});

faulted.run();
