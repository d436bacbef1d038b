/**
 * What the stream does not tell, with real processes: a fill that is lost on a healthy session is
 * found within ten seconds and booked once, under the trade id of the venue; what is not ours is
 * noticed, restricts, and is never booked as if it were.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../fixtures/system/commands-run.ts';
import { asOwner } from '../fixtures/system/venue-orders.ts';
import { crosser, quotes } from '../prove/phase2/trial-policy.ts';
import { type TrialOptions, type TrialSystem, withTrial } from '../prove/phase2/trial-system.ts';
import { sleepMs } from '../prove/restart-loop/clock.ts';
import { LedgerWord } from '../prove/restart-loop/ledger-word.ts';
import { VenueWord } from '../prove/restart-loop/venue-word.ts';

const lost = suite('lost fills');

const withinMs = 10_000;
/** A fill that the stream tells of stands in the ledger sooner. */
const toldWithinMs = 400;

async function onTrial(
  options: TrialOptions,
  work: (system: TrialSystem) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-lost-'));
  try {
    await withTrial(directory, options, async (system) => {
      await system.untilActive();
      await work(system);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** How late each booked fill was, ms: from the trade at the venue to its record. */
function delaysMs(system: TrialSystem, from: number): number[] {
  return system
    .facts('ledger', from)
    .filter(({ event_type }) => event_type === 'fill.recorded')
    .map(({ ts_utc, emitted_at_utc }) => Date.parse(emitted_at_utc ?? '') - Date.parse(ts_utc));
}

lost('a fill lost on a healthy stream is found within 10 s and booked once', () =>
  onTrial({ strategies: [quotes('ETH-PERPETUAL', 100)] }, async (system) => {
    const venue = new VenueWord(system.venue.address);
    const ledger = new LedgerWord(system.dataDirectory);
    const epoch = (await system.status())?.venue.session_epoch;
    const from = system.facts('ledger').at(-1)?.offset ?? 0;
    const controlFrom = system.facts('control').at(-1)?.offset ?? 0;
    await system.trip('missing_fill');
    await until(
      () =>
        Math.max(0, ...delaysMs(system, from)) > toldWithinMs ||
        system
          .facts('control', controlFrom)
          .some(({ payload }) => Number(payload.missed_fills ?? 0) > 0) ||
        undefined,
      'a missed fill to be found by reconciliation or sweep',
      withinMs * 3,
    );
    const delays = delaysMs(system, from);
    process.stdout.write(`lost fill booked ${Math.max(...delays)} ms after its trade\n`);
    assert.ok(Math.max(...delays) <= withinMs, delays.join());
    assert.is((await system.status())?.venue.session_epoch, epoch, 'the session was healthy');
    ledger.read();
    const { trades } = await venue.account();
    const invented = [...ledger.trades].filter(([trade, amount]) => trades.get(trade) !== amount);
    assert.equal(invented, [], 'every booked fill is a trade of the venue, to the lot');
    assert.equal(ledger.repeated, [], 'none twice');
    assert.is(ledger.adoptions, 0);
  }),
);

lost('a trade by somebody else latches, and is booked as one that no intent of ours made', () =>
  onTrial({ strategies: [crosser] }, async (system) => {
    const byHand = await asOwner(system.venue.address);
    const order = { instrument_name: 'ETH-PERPETUAL', amount: 100, type: 'market' };
    const controlFrom = system.facts('control').at(-1)?.offset ?? 0;
    const { trades } = (await byHand('private/buy', order)) as {
      trades: ReadonlyArray<{ trade_id: string }>;
    };
    assert.ok(trades.length > 0);
    await until(
      () =>
        system
          .facts('control', controlFrom)
          .find(({ payload }) => payload.added === 'INVENTORY_MISMATCH_RECONCILE_REQUIRED'),
      'the mismatch to latch',
      withinMs,
    );
    const foreign = new Set(trades.map(({ trade_id }) => trade_id));
    const booked = system
      .facts('ledger')
      .filter(({ event_type }) => event_type === 'fill.recorded')
      .filter(({ payload }) => foreign.has(String(payload.trade_id)));
    assert.is(booked.length, foreign.size, 'once each');
    assert.ok(booked.every(({ payload }) => payload.intent_id === null));
  }),
);

lost('an order with our label and no intent is cancelled; a foreign label is left alone', () =>
  onTrial({ strategies: [crosser] }, async (system) => {
    const byHand = await asOwner(system.venue.address);
    const ghost = `hf1:${'0'.repeat(8)}:${'1'.repeat(12)}:0:${'2'.repeat(16)}`;
    const ids = new Map<string, string>();
    for (const label of [ghost, 'by-hand']) {
      const { order } = (await byHand('private/buy', {
        instrument_name: 'ETH-PERPETUAL',
        amount: 100,
        type: 'limit',
        price: 100,
        label,
      })) as { order: { order_id: string } };
      ids.set(label, order.order_id);
    }
    await system.untilHeld(
      ({ openLabels }) => !openLabels.includes(ghost),
      'the ghost to go',
      withinMs,
    );
    await sleepMs(1_000);
    assert.ok((await system.held()).openLabels.includes('by-hand'));
    const names = ({ payload }: { payload: object }): boolean =>
      JSON.stringify(payload).includes(ids.get(ghost) ?? ghost);
    await until(
      () =>
        (['control', 'ledger', 'audit'] as const).flatMap((name) => system.facts(name)).find(names),
      'a fact that names the ghost',
      withinMs,
    );
  }),
);

lost.run();
