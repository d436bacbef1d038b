/** Clause C-521: venue credits are kept for what makes things safer, and the venue's rate is never exceeded. */
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { RateLimiter } from '../../../actors/execution/rate-limiter.ts';
import type { IntentClass } from '../../../streams/facts/intent.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const limits = suite('conformance: rate limit');

const second = 1_000_000;
/** Eight credits, five of them kept from OPEN, one more every two seconds. */
const policy = { venue_order_burst: 8, venue_order_reserve: 5, venue_order_credits_per_s: 0.5 };

const small = { creditsPerS: 1, burst: 8, reserve: 5 };
const deeper = { creditsPerS: 1, burst: 13, reserve: 5 };
const unkept = { creditsPerS: 1, burst: 8, reserve: 0 };
const usual = { creditsPerS: 5, burst: 20, reserve: 5 };

function codeOf(room: Room): string {
  const [leg] = room.execution.submit([openProposal()], decisionOf()).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

limits(
  'C-521 TRIP with the bucket down to its reserve OPEN is RateLimitBrownout, and nothing leaves',
  () =>
    withRoom(
      (room) => {
        room.freshBooks();
        assert.equal([codeOf(room), codeOf(room), codeOf(room)], ['sent', 'sent', 'sent']);
        assert.is(codeOf(room), 'RateLimitBrownout');
        assert.is(room.line.handed.length, 3);
      },
      { policy },
    ),
);

limits('C-521 NON-TRIP a credit later OPEN is served again', () =>
  withRoom(
    async (room) => {
      room.freshBooks();
      for (let order = 0; order < 4; order += 1) codeOf(room);
      await room.pass(2_100);
      room.freshBooks();
      assert.is(codeOf(room), 'sent');
    },
    { policy },
  ),
);

limits('C-521 CANCEL, HEDGE and CLOSE are served from the reserve when OPEN is not', () => {
  const bucket = new RateLimiter(() => small, 0);
  for (let order = 0; order < 3; order += 1) assert.is(bucket.take('OPEN', 1, 0), true);
  assert.is(bucket.take('OPEN', 1, 0), false);
  for (const cls of ['CANCEL', 'HEDGE', 'CLOSE', 'CANCEL', 'CLOSE'] as const) {
    assert.is(bucket.take(cls, 1, 0), true, cls);
  }
  assert.is(bucket.take('CANCEL', 1, 0), false, 'no rate is exceeded for it either');
  assert.is(bucket.take('CANCEL', 1, second), true);
});

limits('C-521 DATA is shed first, and OPEN next: what reduces is served to the last credit', () => {
  const bucket = new RateLimiter(() => deeper, 0);
  const served = (): string =>
    (['DATA', 'OPEN', 'CANCEL', 'EMERGENCY_CLOSE'] as const)
      .filter((cls) => bucket.suffices(cls, 1, 0))
      .join(' ');
  assert.is(served(), 'DATA OPEN CANCEL EMERGENCY_CLOSE');
  bucket.take('OPEN', 6, 0);
  assert.is(served(), 'DATA OPEN CANCEL EMERGENCY_CLOSE', 'seven credits: calm still');
  bucket.take('OPEN', 1, 0);
  assert.is(served(), 'OPEN CANCEL EMERGENCY_CLOSE');
  bucket.take('OPEN', 1, 0);
  assert.is(served(), 'CANCEL EMERGENCY_CLOSE');
  bucket.take('CANCEL', 5, 0);
  assert.is(served(), '');
});

limits('C-521 reads have credits of their own as well, and spend none of the orders', () => {
  const bucket = new RateLimiter(() => unkept, 0);
  let reads = 0;
  while (bucket.take('DATA', 1, 0)) reads += 1;
  assert.is(reads, 100);
  assert.is(bucket.take('OPEN', 8, 0), true);
  assert.is(bucket.take('DATA', 1, 8 * second), true, 'both groups have credit again');
});

limits('C-521 closes without credit wait, and leave within the rate', () =>
  withRoom(
    async (room) => {
      room.freshBooks();
      assert.is(codeOf(room), 'sent');
      const order = venueOrderOf(room, 0, { state: 'filled', filledLots: 100 });
      room.execution.onVenueOrder(order);
      room.execution.onVenueTrade(venueTradeOf(room, 0, 't', 100));
      const close = () =>
        openProposal({ class: 'CLOSE', side: 'sell', reduce_only: true, quantity: '100' });
      const legs = [close(), close(), close(), close()].map(
        (proposal) => room.execution.submit([proposal], decisionOf()).legs[0],
      );
      assert.equal(
        legs.map((leg) => leg?.kind),
        ['sent', 'sent', 'sent', 'sent'],
      );
      assert.is(room.line.handed.length, 3, 'the bucket held three');
      const waiting = room.execution.order(legs[2]?.intentId ?? '');
      assert.is(waiting?.state, 'recorded');
      await room.pass(2_100);
      room.freshBooks();
      assert.is(room.line.handed.length, 4);
      assert.is(waiting?.state, 'sent');
      await room.pass(2_000);
      assert.is(room.line.handed.length, 5);
    },
    { policy: { venue_order_burst: 3, venue_order_reserve: 2, venue_order_credits_per_s: 0.5 } },
  ),
);

limits('C-521 over 100 mixed requests at any times the rate is never exceeded', () => {
  const request = fc.record({
    cls: fc.constantFrom<IntentClass>('OPEN', 'CLOSE', 'HEDGE', 'CANCEL'),
    afterUs: fc.integer({ min: 0, max: second }),
    count: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(request, { minLength: 100, maxLength: 100 }), (requests) => {
      const grant = { creditsPerS: 5, burst: 20, reserve: 5 };
      const bucket = new RateLimiter(() => grant, 0);
      const taken: Array<{ atUs: number; count: number }> = [];
      let nowUs = 0;
      for (const { cls, afterUs, count } of requests) {
        nowUs += afterUs;
        if (bucket.take(cls, count, nowUs)) taken.push({ atUs: nowUs, count });
      }
      for (const [from, { atUs: fromUs }] of taken.entries()) {
        let sum = 0;
        for (const { atUs, count } of taken.slice(from)) {
          sum += count;
          const allowed = grant.burst + (grant.creditsPerS * (atUs - fromUs)) / second;
          assert.ok(sum <= allowed + 1e-6, `${sum} of ${allowed}`);
        }
      }
    }),
    { numRuns: 50, seed: 521 },
  );
});

limits('what the venue grants is what holds from then on, the reserve stays', () => {
  const bucket = new RateLimiter(() => usual, 0);
  bucket.grant({ creditsPerS: 1, burst: 6 }, 0);
  assert.is(bucket.take('OPEN', 1, 0), true);
  assert.is(bucket.take('OPEN', 1, 0), false);
  assert.is(bucket.take('OPEN', 1, second), true);
  assert.is(bucket.take('CANCEL', 6, 100 * second), true);
  assert.is(bucket.take('CANCEL', 1, 100 * second), false);
});

limits('C-521 a reserve raised by the policy holds for the next order, a grant stays', () =>
  withRoom(
    (room) => {
      room.freshBooks();
      room.execution.grantCredits({ creditsPerS: 0.5, burst: 7 });
      assert.is(codeOf(room), 'sent');
      room.policy = { ...room.policy, venue_order_reserve: 6, venue_order_burst: 100 };
      assert.is(codeOf(room), 'RateLimitBrownout', 'six of seven are left');
      room.policy = { ...room.policy, venue_order_reserve: 5 };
      assert.is(codeOf(room), 'sent');
    },
    { policy },
  ),
);

limits(
  'orders of the last second are counted to the microsecond, also past what is remembered',
  () => {
    const wide = { creditsPerS: 1e9, burst: 1e9, reserve: 0 };
    const bucket = new RateLimiter(() => wide, 0);
    const times: number[] = [];
    let now = 0;
    for (let order = 0; order < 3_000; order += 1) {
      now += order % 7 === 0 ? 3_001 : 400;
      bucket.take('OPEN', 1, now);
      times.push(now);
      const walked = times.filter((at) => at > now - second).length;
      assert.is(bucket.ordersInLastSecond(now), Math.min(1_000, walked));
    }
    assert.is(bucket.ordersInLastSecond(now + second - 1), 1);
    assert.is(bucket.ordersInLastSecond(now + second), 0);
  },
);

limits.run();
