/**
 * Both sides at rest: a kill with flattening ends what trades, then what the venue was asked, holds and
 * traded is compared with what the ledger says, label by label and trade by trade.
 */
import type { StoredFact } from '../fixtures/system/journal-facts.ts';
import type { Check } from './page.ts';
import type { TrialSystem } from './phase2/trial-system.ts';
import { sleepMs } from './restart-loop/clock.ts';
import { LedgerWord } from './restart-loop/ledger-word.ts';
import { positionsText, type VenueWord } from './restart-loop/venue-word.ts';

const restMs = 60_000;

/** Facts of two streams within this are not ordered by their times, ms. */
const simultaneousMs = 2;

/** When it was written: its domain time is that of the tick behind it, which may have waited. */
function writtenMs({ emitted_at_utc, ts_utc }: StoredFact): number {
  return Date.parse(emitted_at_utc ?? ts_utc);
}

/** New risk leaves only while the control stream says Active. */
function opensOutsideActive(system: TrialSystem): string[] {
  const changes = system
    .facts('control')
    .filter(({ event_type }) => event_type === 'mode.changed')
    .map((fact) => ({ atMs: writtenMs(fact), mode: String(fact.payload.new_mode) }));
  const modeAt = (ms: number) => changes.findLast(({ atMs }) => atMs <= ms)?.mode;
  return system
    .facts('ledger')
    .filter(({ event_type, payload }) => event_type === 'order.intent' && payload.class === 'OPEN')
    .filter((fact) => {
      const atMs = writtenMs(fact);
      const around = [modeAt(atMs - simultaneousMs), modeAt(atMs + simultaneousMs)];
      return !around.includes('Active');
    })
    .map(({ payload }) => String(payload.label));
}

/** Both sides as soon as every trade is booked, or as they are when that takes too long. */
async function compared(venue: VenueWord, ledger: LedgerWord) {
  const endMs = performance.now() + restMs;
  for (;;) {
    ledger.read();
    const account = await venue.account();
    const missing = [...account.trades].filter(([id, amount]) => ledger.trades.get(id) !== amount);
    if (missing.length === 0 || performance.now() > endMs) return { account, missing };
    await sleepMs(250);
  }
}

/** Ends what trades, then compares both sides. */
export async function booksChecks(system: TrialSystem, venue: VenueWord): Promise<Check[]> {
  const killed = await system.command('emergency/kill', {
    cause: 'the trial is over',
    flatten: true,
  });
  await system.untilHeld(
    ({ exposureUsd, openLabels }) => exposureUsd === 0 && openLabels.length === 0,
    'an account without orders and positions',
    restMs,
  );
  const ledger = new LedgerWord(system.dataDirectory);
  // The last trades are at the venue before they are told: they are booked when they are.
  const { account, missing } = await compared(venue, ledger);
  const { repeated, requests } = await venue.orderRequests();
  const unknown = [...venue.labels].filter((label) => !ledger.hasLabel(label));
  const invented = [...ledger.trades.keys()].filter((id) => !account.trades.has(id));
  const status = await system.status();
  const outside = opensOutsideActive(system);
  const none = (name: string, found: readonly unknown[]): Check => ({
    name,
    expected: 'none',
    observed: found.length === 0 ? 'none' : `${found.length}: ${JSON.stringify(found.slice(0, 3))}`,
    ok: found.length === 0,
  });
  return [
    none('labels the venue was asked for twice', repeated),
    none('labels at the venue that the ledger does not know', unknown),
    none('intents or trades recorded twice', ledger.repeated),
    none('trades of the venue that are not booked to the lot', missing),
    none('booked trades the venue does not know', invented),
    none('OPEN orders while the control stream did not say Active', outside),
    {
      name: 'flattened by the kill',
      expected: 'accepted, []',
      observed: `${killed.status}, ${positionsText(account.positions)}`,
      ok: killed.status === 200 && account.positions.size === 0,
    },
    {
      name: 'orders and trades',
      expected: '> 0',
      observed: `${requests}, ${account.trades.size} trades`,
      ok: requests > 0 && account.trades.size > 0,
    },
    {
      name: 'duplicate and illegal dispatches, orders in doubt',
      expected: '0, 0, 0',
      observed: `${status?.orders.duplicate_dispatch_count}, ${status?.orders.illegal_order_attempts}, ${status?.orders.in_doubt}`,
      ok:
        status?.orders.duplicate_dispatch_count === 0 &&
        status.orders.illegal_order_attempts === 0 &&
        status.orders.in_doubt === 0,
    },
  ];
}
