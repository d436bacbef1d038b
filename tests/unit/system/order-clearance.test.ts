/** Clearing open orders: the right ones, each tried, looked for at the venue until none is left, and recorded. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { type ClearanceReport, OrderClearance } from '../../../daemon/system/order-clearance.ts';
import type { VenueOrder } from '../../../streams/facts/venue-records.ts';
import { openOrderOf } from '../../fixtures/system/orders.ts';

const clearing = suite('order clearance');

const known = [
  openOrderOf({ intentId: 'a' }),
  openOrderOf({ intentId: 'b', reduceOnly: true }),
  openOrderOf({ intentId: 'c' }),
];
const atVenue = (orderId: string, reduceOnly = false) =>
  ({ orderId, reduceOnly }) as unknown as VenueOrder;

type Outcome = 'sent' | 'blocked' | 'forbidden';

/** `readings`: what the venue shows at each reading; an error is a reading that fails. */
function bench(readings: ReadonlyArray<readonly VenueOrder[] | Error>, outcome: Outcome = 'sent') {
  const world = createVirtualWorld({ seed: 3, startUs: 1_700_000_000_000_000 });
  const { clock, telemetry } = world.portsFor('guard');
  const cancelled: string[] = [];
  const reports: ClearanceReport[] = [];
  const left = [...readings];
  const open = [...known];
  const answer = (id: string) => {
    cancelled.push(id);
    open.splice(0, 1); // An order that is cancelled leaves the list while it is walked.
    if (outcome === 'sent') return { kind: 'sent' } as const;
    const code = outcome === 'forbidden' ? 'TradingModeForbidsClass' : 'RateLimitBrownout';
    return { kind: 'blocked', code, cause: 'test' } as const;
  };
  const clearance = new OrderClearance({
    clock,
    log: telemetry.log,
    metrics: telemetry.metrics,
    execution: () => ({
      openOrders: open,
      cancel: (id) => answer(id),
      cancelVenueOrder: ({ orderId }) => answer(`venue ${orderId}`),
    }),
    venueOrders: () => {
      const next = left.length > 1 ? left.shift() : left[0];
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next ?? []);
    },
    onReport: (report) => reports.push(report),
    traceId: () => 'trace',
  });
  return { clearance, cancelled, reports, pass: (ms: number) => world.clock.runFor(ms) };
}

clearing(
  'ReduceOnly leaves what reduces, known or not, and is confirmed by the venue',
  async () => {
    const { clearance, cancelled, reports, pass } = bench([[atVenue('x', true)]]);
    clearance.clear('not_reduce_only', 'test');
    await pass(10);
    assert.equal(cancelled, ['a', 'c']);
    assert.equal(
      reports.map(({ outcome, cancels, venueOpen }) => ({ outcome, cancels, venueOpen })),
      [{ outcome: 'confirmed', cancels: 2, venueOpen: 0 }],
    );
  },
);

clearing(
  'a kill cancels all of them, and what the venue still shows, until it shows none',
  async () => {
    const stranger = [atVenue('ghost')];
    const { clearance, cancelled, reports, pass } = bench([stranger, stranger, []]);
    clearance.clear('all', 'kill');
    await pass(10);
    assert.is(reports.length, 0, 'not while one is open');
    await pass(200);
    assert.equal(cancelled, ['a', 'b', 'c', 'venue ghost', 'venue ghost']);
    assert.is(reports[0]?.outcome, 'confirmed');
    assert.is(reports[0]?.readings, 3);
  },
);

clearing('a refused cancel does not keep the others alive, and is asked for again', async () => {
  const { clearance, cancelled, reports, pass } = bench([[atVenue('a')]], 'blocked');
  clearance.clear('all', 'kill');
  await pass(100);
  assert.equal(cancelled.slice(0, 3), ['a', 'b', 'c']);
  assert.ok(cancelled.filter((id) => id === 'venue a').length >= 2);
  await pass(130_000);
  assert.is(reports[0]?.outcome, 'unconfirmed');
  assert.is(reports[0]?.venueOpen, 1);
});

clearing('a venue that cannot be read confirms nothing', async () => {
  const { clearance, reports, pass } = bench([new Error('down'), new Error('down'), []]);
  clearance.clear('all', 'kill');
  await pass(30);
  assert.is(reports.length, 0);
  await pass(100);
  assert.is(reports[0]?.outcome, 'confirmed');
});

clearing('in a hard stop nothing leaves, and that is said', async () => {
  const { clearance, reports, pass } = bench([[atVenue('a')]], 'forbidden');
  clearance.clear('all', 'disk');
  await pass(10);
  assert.is(reports[0]?.outcome, 'forbidden');
  assert.is(reports[0]?.cancels, 0);
});

clearing('a second request widens the first; one report comes out', async () => {
  const { clearance, reports, pass } = bench([[atVenue('x', true)], []]);
  clearance.clear('not_reduce_only', 'first');
  clearance.clear('all', 'second');
  await pass(200);
  assert.equal(
    reports.map(({ scope }) => scope),
    ['all'],
  );
});

clearing.run();
