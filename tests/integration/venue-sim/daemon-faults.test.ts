/**
 * The whole daemon with its own strategies while the venue breaks. Whatever breaks: it restricts
 * itself and says why, it trades again when it is over, nothing is sent twice, and at rest its
 * ledger holds what the venue holds.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { place } from '../../../streams/venues/simulated/index.ts';
import { handDecision } from '../../fixtures/daemon-world.ts';
import { limitTerms } from '../../fixtures/venue-sim/engines.ts';
import { FaultyDaemon } from '../../fixtures/venue-sim/faulty-daemon.ts';

const faulted = suite('daemon and a broken venue');

const perpetual = 'BTC-PERPETUAL';

interface Breakage {
  readonly fault: string;
  readonly forS?: number;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

async function trading(): Promise<FaultyDaemon> {
  const daemon = new FaultyDaemon();
  await daemon.start();
  await daemon.untilActive();
  // Sequences and books must be under way: what is lost before the first frame is no gap.
  await daemon.pass(5_000);
  await daemon.untilExposed();
  return daemon;
}

function trip({ venue }: FaultyDaemon, { fault, forS, parameters = {} }: Breakage): void {
  venue.faults.apply({ fault, parameters, ...(forS === undefined ? {} : { for_s: forS }) });
}

/** What must hold however it went. */
async function proven(daemon: FaultyDaemon): Promise<void> {
  const { ledger, venue } = await daemon.rest();
  assert.is(ledger, venue);
  assert.equal(daemon.repeatedLabels(), []);
  assert.is(daemon.system.execution.duplicateDispatches, 0);
  assert.is(daemon.system.execution.illegalAttempts, 0);
  assert.equal(daemon.fatal.map(String), []);
}

/** Trips, waits, and returns everything the daemon said until it was Active again. */
async function survives(breakages: readonly Breakage[], waitS: number): Promise<string> {
  const daemon = await trading();
  try {
    const mark = daemon.said.length;
    for (const breakage of breakages) trip(daemon, breakage);
    await daemon.pass(waitS * 1_000);
    await daemon.untilActive();
    const said = daemon.since(mark);
    await proven(daemon);
    return said;
  } finally {
    await daemon.stop();
  }
}

const restricted: readonly (readonly [
  title: string,
  breakages: readonly Breakage[],
  waitS: number,
  because: RegExp,
])[] = [
  [
    'a lost link and ten seconds of refused connections',
    [{ fault: 'disconnect', forS: 10 }],
    12,
    /RISKSTATE_DEGRADED.*WS_DATA_STALE/,
  ],
  ['a session the venue closes', [{ fault: 'session_kill' }], 5, /WS_DATA_STALE/],
  ['a half-open socket', [{ fault: 'half_open', forS: 60 }], 62, /WS_DATA_STALE/],
  [
    'a gap in a book',
    [{ fault: 'book_gap', parameters: { instrument: perpetual, count: 2 } }],
    10,
    /WS_BOOK_GAP/,
  ],
  [
    'a gap in public trades',
    [{ fault: 'trade_gap', parameters: { instrument: perpetual } }],
    20,
    /WS_TRADES_GAP/,
  ],
  ['a frozen feed with exposure', [{ fault: 'frozen_feed', forS: 40 }], 42, /WS_DATA_STALE/],
  [
    'messages in the wrong order',
    [{ fault: 'reorder', forS: 30, parameters: { share: 0.3 } }],
    32,
    /WS_BOOK_GAP/,
  ],
  [
    'one message in twenty lost',
    [{ fault: 'drop', forS: 30, parameters: { share: 0.05 } }],
    32,
    /WS_BOOK_GAP/,
  ],
  [
    'messages late and uneven',
    [{ fault: 'delay', forS: 30, parameters: { delay_ms: 1_500, jitter_ms: 500 } }],
    32,
    /WS_BOOK_GAP/,
  ],
  [
    'lost replies and the notifications with them',
    [
      { fault: 'reply_lost', parameters: { method: 'private/buy', count: 1 } },
      { fault: 'reply_lost', parameters: { method: 'private/sell', count: 1 } },
      { fault: 'drop', parameters: { on: 'notifications', subject: 'user.orders', count: 2 } },
      { fault: 'drop', parameters: { on: 'notifications', subject: 'user.trades', count: 2 } },
    ],
    60,
    /IN_DOUBT_ORDERS/,
  ],
  [
    'a matching engine that takes three seconds',
    [{ fault: 'slow_matching', forS: 60, parameters: { delay_ms: 3_000 } }],
    62,
    /IN_DOUBT_ORDERS/,
  ],
  [
    'a maintenance window',
    [{ fault: 'maintenance', forS: 30, parameters: { announce_s: 3 } }],
    32,
    /RISKSTATE_MAINTENANCE/,
  ],
  ['a halt of all trading', [{ fault: 'halt', forS: 30 }], 32, /WS_DATA_STALE/],
  ['books that empty', [{ fault: 'empty_book', forS: 30 }], 32, /WS_DATA_STALE/],
  [
    'a book that crosses',
    [{ fault: 'crossed_book', forS: 20, parameters: { instrument: perpetual } }],
    22,
    /WS_BOOK_GAP/,
  ],
  [
    'a venue clock two seconds ahead',
    [{ fault: 'clock_skew', forS: 40, parameters: { skew_ms: 2_000 } }],
    42,
    /RISKSTATE_DEGRADED/,
  ],
  ['HTTP that answers 429', [{ fault: 'http_429', forS: 60 }], 62, /INPUT_MISSING_OR_STALE/],
  [
    'positions the venue reduces by itself',
    [
      { fault: 'margin_call', forS: 20, parameters: { currency: 'ETH' } },
      { fault: 'margin_call', forS: 20, parameters: { currency: 'BTC' } },
    ],
    60,
    /INVENTORY_MISMATCH/,
  ],
];

for (const [title, breakages, waitS, because] of restricted) {
  faulted(`restricts, says why, and recovers: ${title}`, async () => {
    assert.match(await survives(breakages, waitS), because);
  });
}

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

faulted('10028 is Kill, stays Kill, and an operator restores', async () => {
  const daemon = await trading();
  try {
    const mark = daemon.said.length;
    trip(daemon, { fault: 'too_many_requests' });
    await daemon.pass(120_000);
    assert.match(daemon.since(mark), /^Kill KILL_RATE_LIMIT_SESSION_TERMINATION/);
    const { guard } = daemon.system;
    assert.is(guard.evaluate().mode, 'Kill');
    assert.is(guard.restore('Kill', 'the cause is known', 'test').accepted, true);
    await daemon.untilActive();
    await proven(daemon);
  } finally {
    await daemon.stop();
  }
});

/** A daemon whose strategies are silent and that has one order of ours resting on the bid. */
async function resting(): Promise<{ daemon: FaultyDaemon; intentId: string }> {
  const daemon = await trading();
  for (const runner of daemon.system.runners) runner.stop('orders by hand');
  await daemon.pass(15_000);
  const bid = daemon.venue.engine.market(perpetual).bestPrice('buy');
  const proposal: ProposedIntent = {
    class: 'OPEN',
    instrument: perpetual,
    side: 'buy',
    quantity: '100',
    limit_price: String(bid - 300),
    reduce_only: false,
    time_in_force: 'good_til_cancelled',
    post_only: true,
    edge: { gross_usd: 5, fee_usd: 1, slippage_usd: 0 },
  };
  const decision = handDecision('rest', daemon.world.clock.nowUs);
  const [leg] = daemon.system.execution.submit([proposal], decision).legs;
  assert.is(leg?.kind, 'sent', JSON.stringify(leg));
  await daemon.pass(1_000);
  assert.is(daemon.account.openOrders.size, 1);
  return { daemon, intentId: leg?.intentId ?? '' };
}

faulted('a fill nobody told of is found, and stands in the ledger once', async () => {
  const { daemon } = await resting();
  try {
    trip(daemon, { fault: 'missing_fill' });
    const { engine } = daemon.venue;
    const market = engine.market(perpetual);
    const [order] = [...daemon.account.openOrders.values()];
    const house = engine.openAccount('flow', true);
    trip(daemon, { fault: 'empty_book', forS: 1, parameters: { instrument: perpetual } });
    engine.run(engine.nowUs, () =>
      place(engine, house, market, limitTerms('sell', order?.priceTicks ?? 0, order?.lots ?? 0)),
    );
    assert.is(order?.state, 'filled');
    await daemon.pass(60_000);
    await daemon.untilActive();
    await proven(daemon);
  } finally {
    await daemon.stop();
  }
});

faulted('a fill after the acknowledged cancel is booked once', async () => {
  const { daemon, intentId } = await resting();
  try {
    const before = daemon.system.counts.fills;
    trip(daemon, { fault: 'late_fill', parameters: { late_ms: 700 } });
    const outcome = daemon.system.execution.cancel(intentId, 'by-hand', 'a'.repeat(32));
    await daemon.pass(400);
    assert.is(daemon.account.openOrders.size, 0, JSON.stringify(outcome));
    await daemon.pass(60_000);
    assert.is(daemon.system.counts.fills, before + 1);
    await proven(daemon);
  } finally {
    await daemon.stop();
  }
});

faulted('twenty breakages in ten minutes, drawn from a seed', async () => {
  // A margin call may rightly end in Kill, which only an operator ends.
  const kinds = restricted
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
