import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recordFrames } from '../../fixtures/frame-recorder.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const frame = suite('venue frames');

const instruments = [perpetualInstrument(), optionInstrument()];

function notification(channel: string, data: unknown): string {
  return JSON.stringify({
    jsonrpc: '2.0',
    method: 'subscription',
    params: { channel, data },
  });
}

const snapshot = {
  timestamp: 1791120409417,
  type: 'snapshot',
  change_id: 177146678834,
  instrument_name: 'BTC-PERPETUAL',
  bids: [['new', 85217.5, 2000]],
  asks: [['new', 85218, 174870]],
};

frame('a snapshot becomes ticks and lots', () => {
  const seen = recordFrames(instruments);
  seen.decode(notification('book.BTC-PERPETUAL.100ms', snapshot));
  const [event] = seen.market;
  assert.is(event?.type, 'book');
  if (event?.type !== 'book') return;
  assert.is(event.frame, 'snapshot');
  assert.is(event.prevChangeId, -1);
  assert.equal(event.bids, [170_435, 200]);
  assert.equal(event.asks, [170_436, 17_487]);
  assert.is(event.tsUs, 1_791_120_409_417_000);
  assert.is(event.receivedMonotonicUs, 7);
});

frame('exponent spelling, other key orders and spaces decode the same', () => {
  const seen = recordFrames(instruments);
  seen.decode(
    '{ "params": {"data": {"asks":[["change",8.5218e4,1.27E4]], "bids":[["delete",85217.5,0.0]],' +
      '"prev_change_id":7,"instrument_name":"BTC-PERPETUAL","change_id":9,"type":"change",' +
      '"timestamp":1791120409417}, "channel":"book.BTC-PERPETUAL.raw"},"method":"subscription"}',
  );
  const [event] = seen.market;
  if (event?.type !== 'book') throw new Error('no book event');
  assert.is(event.frame, 'change');
  assert.is(event.prevChangeId, 7);
  assert.equal(event.asks, [170_436, 1_270]);
  assert.equal(event.bids, [170_435, 0]);
});

frame('an empty book with change id zero is a snapshot like any other', () => {
  const seen = recordFrames(instruments);
  const empty = { ...snapshot, change_id: 0, bids: [], asks: [] };
  seen.decode(notification('book.BTC-PERPETUAL.raw', empty));
  assert.is(seen.market.length, 1);
});

frame('a frame without type is told by its previous id', () => {
  const { type: _type, ...old } = snapshot;
  const seen = recordFrames(instruments);
  seen.decode(notification('book.BTC-PERPETUAL.raw', old));
  seen.decode(notification('book.BTC-PERPETUAL.raw', { ...old, prev_change_id: 0 }));
  seen.decode(notification('book.BTC-PERPETUAL.raw', { ...old, prev_change_id: null }));
  assert.equal(
    seen.market.map((event) => event.type === 'book' && event.frame),
    ['snapshot', 'change', 'snapshot'],
  );
});

const refused: [title: string, data: unknown, reason: string][] = [
  ['a price off the tick', { ...snapshot, bids: [['new', 85217.3, 10]] }, 'price_off_grid'],
  ['an amount off the lot', { ...snapshot, bids: [['new', 85217.5, 15]] }, 'amount_off_grid'],
  ['a new level of zero', { ...snapshot, bids: [['new', 85217.5, 0]] }, 'level_malformed'],
  ['an unknown action', { ...snapshot, bids: [['drop', 85217.5, 10]] }, 'level_malformed'],
  ['pairs in place of triples', { ...snapshot, bids: [[85217.5, 10]] }, 'level_malformed'],
  ['a change without previous id', { ...snapshot, type: 'change' }, 'field_malformed'],
  ['a fractional change id', { ...snapshot, change_id: 1.5 }, 'field_malformed'],
  ['an unknown instrument', { ...snapshot, instrument_name: 'X' }, 'instrument_unknown'],
  ['no timestamp', { ...snapshot, timestamp: 'now' }, 'field_malformed'],
];
for (const [title, data, reason] of refused) {
  frame(`quarantines ${title}`, () => {
    const seen = recordFrames(instruments);
    seen.decode(notification('book.BTC-PERPETUAL.raw', data));
    assert.is(seen.market.length, 0);
    assert.is(seen.quarantined[0]?.reason, reason);
  });
}

frame('quarantines what is no message at all', () => {
  const seen = recordFrames(instruments);
  for (const text of ['', '{', '[]', '7', 'null', '{}', '{"method":"subscription"}'])
    seen.decode(text);
  seen.decode(notification('nonsense.channel', {}));
  assert.equal(
    seen.quarantined.map(({ reason }) => reason),
    [
      'not_json',
      'not_json',
      'not_a_message',
      'not_a_message',
      'not_a_message',
      'not_a_message',
    ].concat(['not_a_message', 'channel_unknown']),
  );
});

frame('a trade frame is taken whole or not at all', () => {
  const trade = {
    trade_seq: 92836831,
    trade_id: '137487241',
    timestamp: 1616321478553,
    price: 56168,
    instrument_name: 'BTC-PERPETUAL',
    direction: 'buy',
    amount: 5580,
    mark_price: 56172.08,
    index_price: 56173.74,
  };
  const seen = recordFrames(instruments);
  const second = { ...trade, trade_seq: 92836832, trade_id: '137487242' };
  seen.decode(notification('trades.BTC-PERPETUAL.raw', [trade, second]));
  assert.is(seen.market.length, 2);
  seen.decode(notification('trades.BTC-PERPETUAL.raw', [trade, { ...second, price: 1.3 }]));
  assert.is(seen.market.length, 2);
  assert.is(seen.quarantined[0]?.reason, 'price_off_grid');
});

frame('heartbeats, replies and errors go by kind, in any key order', () => {
  const seen = recordFrames(instruments);
  seen.decode('{"params":{"type":"test_request"},"method":"heartbeat","jsonrpc":"2.0"}');
  seen.decode('{"jsonrpc":"2.0","id":4,"result":null,"usIn":1}');
  seen.decode(
    '{"jsonrpc":"2.0","id":5,"error":{"code":10028,"message":"too_many_requests","data":null}}',
  );
  assert.equal(seen.heartbeats, ['test_request']);
  assert.equal(seen.results, [{ id: 4, result: null }]);
  assert.is(seen.errors[0]?.error.code, 10028);
});

frame('an order is decoded from an object and from a list', () => {
  const seen = recordFrames(instruments);
  const order = {
    order_id: '108338717925',
    instrument_name: 'BTC-PERPETUAL',
    label: 'hf1:x',
    order_state: 'open',
    direction: 'sell',
    price: 85000.5,
    amount: 100,
    filled_amount: 30,
    reduce_only: 'true',
    post_only: false,
    time_in_force: 'good_til_cancelled',
    creation_timestamp: 1767978363496,
    last_update_timestamp: 1767978363497,
  };
  seen.decode(notification('user.orders.any.any.raw', order));
  seen.decode(notification('user.orders.any.any.100ms', [order, order]));
  assert.is(seen.orders.length, 3);
  assert.equal(seen.orders[0]?.filledLots, 3);
  assert.is(seen.orders[0]?.reduceOnly, true);
  seen.decode(
    notification('user.orders.any.any.raw', { ...order, order_state: 'partially_filled' }),
  );
  assert.is(seen.quarantined[0]?.reason, 'field_malformed');
});

frame('an own trade keeps its fee as exact text', () => {
  const seen = recordFrames(instruments);
  const trade = {
    trade_id: '258544119',
    trade_seq: 3,
    order_id: '1',
    instrument_name: 'BTC-PERPETUAL',
    direction: 'buy',
    price: 64451.5,
    amount: 10,
    fee: 8e-8,
    fee_currency: 'BTC',
    liquidity: 'T',
    timestamp: 1767978363496,
  };
  seen.decode(notification('user.trades.any.any.raw', [trade]));
  assert.is(seen.trades[0]?.fee, '0.00000008');
  assert.is(seen.trades[0]?.liquidity, 'taker');
});

frame('a trade without a mark or an index has none, not zero', () => {
  const seen = recordFrames(instruments);
  const row = {
    timestamp: 1_789_344_933_994,
    price: 76_917.5,
    amount: 8_450,
    direction: 'buy',
    instrument_name: 'BTC-PERPETUAL',
    trade_seq: 1,
    trade_id: '1',
  };
  seen.decode(
    notification('trades.BTC-PERPETUAL.raw', [
      row,
      { ...row, mark_price: 76_917.12, index_price: null },
    ]),
  );
  const floats = seen.market.map((event) =>
    event.type === 'trade' ? [event.markFloat, event.indexFloat] : [],
  );
  assert.equal(floats, [
    [null, null],
    [76_917.12, null],
  ]);
});

const announced = {
  action: 'new',
  id: 17,
  title: 'Scheduled maintenance',
  body: 'The platform will be locked from 2026-11-21 08:30:00 UTC until 2026-11-21T09:00Z.',
  important: true,
  confirmation: false,
  publication_timestamp: 1_789_344_933_994,
};

function announcedAs(own: object): unknown {
  const seen = recordFrames(instruments);
  seen.decode(notification('announcements', { ...announced, ...own }));
  assert.equal(seen.quarantined, []);
  return seen.announcements[0]?.maintenance;
}

frame('an announced maintenance is told with its times', () => {
  const fromUs = Date.UTC(2026, 10, 21, 8, 30) * 1_000;
  assert.equal(announcedAs({}), { fromUs, untilUs: fromUs + 1_800_000_000 });
  const seen = recordFrames(instruments);
  seen.decode(notification('announcements', announced));
  assert.is(seen.announcements[0]?.id, '17');
  assert.is(seen.announcements[0]?.publishedUs, 1_789_344_933_994_000);
});

frame('a time that could be misread is not told, the maintenance is', () => {
  const unknown = { fromUs: null, untilUs: null };
  assert.equal(announcedAs({ body: 'Maintenance on Saturday at 8:30 UTC' }), unknown);
  assert.equal(announcedAs({ body: 'From 2026-11-21 08:30 (CET)' }), unknown);
  assert.equal(announcedAs({ body: 'From 2026-13-41 08:30 UTC' }), unknown);
  const { fromUs } = announcedAs({ body: '2026-11-21 08:30 UTC, not 2026-11-21 07:30 UTC' }) as {
    fromUs: number;
  };
  assert.is(fromUs, Date.UTC(2026, 10, 21, 8, 30) * 1_000);
});

frame('an announcement about something else is no maintenance', () => {
  const listing = {
    title: 'New listings',
    body: 'SOL options are open since 2026-11-21 08:00 UTC.',
  };
  assert.is(announcedAs(listing), null);
});

frame('an announcement without an id is quarantined', () => {
  const seen = recordFrames(instruments);
  const { id: _id, ...nameless } = announced;
  seen.decode(notification('announcements', nameless));
  assert.equal(seen.announcements, []);
  assert.is(seen.quarantined[0]?.reason, 'field_malformed');
});

frame.run();
