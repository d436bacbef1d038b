/** Attach on a running system: what a client sees is what the journal holds, live without a seam. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { StreamName } from '../../../streams/journal/index.ts';
import { until } from '../../fixtures/system/commands-run.ts';
import { factsOf } from '../../fixtures/system/journal-facts.ts';
import { type LiveTail, tailByEvents, tailBySocket } from '../../fixtures/system/live-clients.ts';
import { type RunningSystem, withSystem } from '../../fixtures/system/running-system.ts';

const attach = suite('attach on a running system');

/** Every item is the fact at its offset, in order, once. */
function assertIsJournal(
  system: RunningSystem,
  tail: LiveTail,
  stream: StreamName,
  includes: (type: string) => boolean,
  from = 0,
): void {
  const facts = factsOf(system.dataDirectory, stream, from).filter(
    ({ event_type, offset }) => includes(event_type) && offset >= from,
  );
  const seen = tail.items.slice();
  assert.ok(seen.length > 0, `${stream}: there are items`);
  assert.ok(facts.length >= seen.length, `${stream}: the journal holds all of them`);
  for (const [index, { offset, data }] of seen.entries()) {
    assert.is(offset, facts[index]?.offset, `${stream}: item ${index} has no gap and no repeat`);
    assert.is(data.event_id, facts[index]?.event_id);
  }
}

/** Waits until the tail has gone on well past the live end it met when it attached. */
function joinedLive(system: RunningSystem, tail: LiveTail, stream: StreamName): Promise<boolean> {
  const end = factsOf(system.dataDirectory, stream).at(-1)?.offset ?? 0;
  return until(
    () => (tail.items.at(-1)?.offset ?? -1) > end + 20 || undefined,
    `${stream} to go on live past ${end}`,
    20_000,
    () => JSON.stringify({ last: tail.items.at(-1)?.offset, closed: tail.closed }),
  );
}

async function assertBothTransports(system: RunningSystem): Promise<void> {
  const isMarket = (type: string): boolean => type.startsWith('market.');
  const url = `${system.statusUrl}/api/v1/streams/market`;
  const socket = tailBySocket(`${url}?from=0`);
  const events = tailByEvents(`${url}?from=0`);
  try {
    await joinedLive(system, socket, 'traffic');
    await joinedLive(system, events, 'traffic');
    assertIsJournal(system, socket, 'traffic', isMarket);
    assertIsJournal(system, events, 'traffic', isMarket);
    assert.equal([...socket.dropped, ...events.dropped], [], 'nobody was slow');
    const resumeAfter = events.items[10]?.offset ?? 0;
    const resumed = tailByEvents(url, { 'last-event-id': String(resumeAfter) });
    try {
      await until(() => resumed.items.length > 20 || undefined, 'the resumed stream');
      assertIsJournal(system, resumed, 'traffic', isMarket, resumeAfter + 1);
    } finally {
      resumed.stop();
    }
  } finally {
    socket.stop();
    events.stop();
  }
}

async function assertFilters(system: RunningSystem): Promise<void> {
  const url = `${system.statusUrl}/api/v1/streams`;
  const perpetual = tailBySocket(`${url}/market?from=0&instrument=BTC-PERPETUAL`);
  const orders = tailBySocket(`${url}/orders?from=0`);
  const fills = tailByEvents(`${url}/fills?from=0`);
  try {
    await until(() => perpetual.items.length > 20 || undefined, 'items of one instrument');
    await until(() => fills.items.length > 0 || undefined, 'a fill', 30_000);
    await until(() => orders.items.length > 2 || undefined, 'orders');
    for (const { data } of perpetual.items) {
      assert.is((data.payload as { instrument: string }).instrument, 'BTC-PERPETUAL');
    }
    assertIsJournal(system, orders, 'ledger', (type) => type.startsWith('order.'));
    assertIsJournal(system, fills, 'ledger', (type) => type.startsWith('fill.'));
    const traceId = String(orders.items[0]?.data.trace_id);
    const traced = tailBySocket(`${url}/orders?from=0&trace_id=${traceId}`);
    await until(() => traced.items.length > 1 || undefined, 'items of one trace');
    traced.stop();
    assert.ok(traced.items.every(({ data }) => data.trace_id === traceId));
  } finally {
    for (const tail of [perpetual, orders, fills]) tail.stop();
  }
}

async function assertCommandLine(system: RunningSystem): Promise<void> {
  const few = await system.command(['attach', 'market', '--from', '0', '--limit', '3', '--json']);
  assert.is(few.exitCode, 0, few.err);
  const lines = few.out.trim().split('\n');
  assert.is(lines.length, 3);
  assert.is((JSON.parse(lines[0] ?? '') as { offset: number }).offset, 0);
  const shown = await system.command(['attach', 'mode', '--from', '0', '--limit', '1']);
  assert.match(shown.out, /mode\.changed|policy\.changed/);
  const wrong = await system.command(['attach', 'nothing']);
  assert.is(wrong.exitCode, 8);
  assert.match(wrong.err, /NOT_FOUND.*there are: market, orders/);
  const beyond = await system.command(['attach', 'mode', '--from', '99999999']);
  assert.match(beyond.err, /REQUEST_INVALID.*the next offset is \d+/);
  const nobody = await system.command(['attach', 'mode', '--url', 'http://127.0.0.1:9']);
  assert.is(nobody.exitCode, 6);
}

attach('history and live are one stream by WebSocket and by server-sent events', async () => {
  await withSystem({}, async (system) => {
    await system.untilActive();
    const log = tailBySocket(`${system.statusUrl}/api/v1/streams/log?severity=warn`);
    await assertBothTransports(system);
    await assertFilters(system);
    await assertCommandLine(system);
    process.kill(system.venuePid, 'SIGKILL');
    await until(() => log.items.length > 0 || undefined, 'a log line about the lost venue');
    assert.match(String(log.items[0]?.data.ts_utc), /^\d{4}-\d\d-\d\dT/);
    const status = await system.untilStatus(() => true, 'a status');
    assert.is(
      status.runners.every(({ state }) => state === 'running'),
      true,
    );
    const exit = await system.stop();
    assert.is(exit, 0);
    await until(() => log.isOver() || undefined, 'the stream to end with the daemon');
    assert.ok(log.closed.length > 0, 'the daemon says goodbye');
  });
});

attach.run();
