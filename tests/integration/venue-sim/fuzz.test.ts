/**
 * Nothing a client sends breaks the venue: every method with parameters of every wrong kind, and
 * frames that are no requests. Each gets exactly one answer by code, none of them 11094 (a bug),
 * and afterwards nothing was made or lost and the venue still trades.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { methods } from '../../../daemon/venue/methods/index.ts';
import { totals } from '../../fixtures/venue-sim/engines.ts';
import { credentials, withVenue } from '../../fixtures/venue-sim/venues.ts';

const fuzz = suite('venue under garbage');

/** What real clients send, so that many calls get past the parsing. */
const likely = fc.constantFrom<unknown>(
  'BTC-PERPETUAL',
  'BTC-25DEC26-80000-C',
  'BTC',
  'any',
  'btc_usd',
  'limit',
  'market',
  'trailing_stop',
  'stop_market',
  'mark_price',
  'usd',
  'implv',
  'one_cancels_other',
  'one_triggers_one_cancels_other',
  'incremental',
  'all',
  'g',
  10,
  100,
  0.1,
  1,
  80_000,
  79_000,
  0.05,
  true,
  false,
);
const odd = fc.constantFrom<unknown>(
  null,
  '',
  '__proto__',
  'constructor',
  -1,
  0,
  1e308,
  -1e308,
  1e-320,
  2 ** 53,
  [],
  {},
  [[]],
  'x'.repeat(2_000),
  '\u0000',
  '‮',
);
const value = fc.oneof(
  { weight: 5, arbitrary: likely },
  { weight: 1, arbitrary: odd },
  { weight: 1, arbitrary: fc.jsonValue() },
);

const mostlyGiven: ReadonlySet<string> = new Set(
  'instrument_name amount price type trigger trigger_price quotes quote_id mmp_group currency'.split(
    ' ',
  ),
);

/** A set of parameters, named as the method names them, each right or wrong or missing. */
function paramsOf(names: readonly string[]): fc.Arbitrary<Record<string, unknown>> {
  const record = Object.fromEntries(names.map((name) => [name, nested(name)]));
  const usual = fc.record(record, { requiredKeys: names.filter((name) => mostlyGiven.has(name)) });
  return fc.oneof({ weight: 5, arbitrary: usual }, fc.record(record, { requiredKeys: [] }));
}

const child = fc.record(
  {
    direction: fc.constantFrom('buy', 'sell'),
    type: fc.constantFrom('limit', 'market', 'stop_market', 'trailing_stop'),
    amount: fc.constantFrom(10, 100, 7),
    price: fc.constantFrom(79_000, 81_000, 80_001),
    trigger: fc.constantFrom('mark_price', 'last_price', 'index_price'),
    trigger_price: fc.constantFrom(79_000, 81_000),
    trigger_offset: fc.constantFrom(50, 0.3),
  },
  { requiredKeys: ['direction', 'amount'] },
);
const quoteSide = fc.record({
  price: fc.constantFrom(79_000, 81_000),
  amount: fc.constantFrom(10, 100),
});
const quote = fc.record(
  { instrument_name: likely, quote_set_id: fc.constant('s'), bid: quoteSide, ask: quoteSide },
  { requiredKeys: ['instrument_name', 'quote_set_id'] },
);

const flag = fc.boolean();
const rightValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  otoco_config: fc.array(child, { maxLength: 3 }),
  quotes: fc.array(quote, { minLength: 1, maxLength: 4 }),
  instrument_name: fc.constantFrom('BTC-PERPETUAL', 'BTC-PERPETUAL', 'BTC-25DEC26-80000-C'),
  amount: fc.constantFrom(10, 100, 2_000, 20_000),
  contracts: fc.constantFrom(undefined),
  price: fc.constantFrom(79_000, 79_990, 80_001, 80_010, 81_000, 0.05, 4_000, 50),
  display_amount: fc.constantFrom(undefined, undefined, undefined, 1_000, 10),
  type: fc.constantFrom('limit', 'limit', 'market', 'stop_market', 'take_limit', 'trailing_stop'),
  trigger: fc.constantFrom('mark_price', 'last_price', 'index_price'),
  trigger_price: fc.constantFrom(79_000, 81_000),
  trigger_offset: fc.constantFrom(50, 0.3),
  advanced: fc.constantFrom(undefined, undefined, undefined, 'usd', 'implv'),
  linked_order_type: fc.constantFrom(
    undefined,
    undefined,
    'one_cancels_other',
    'one_triggers_other',
    'one_triggers_one_cancels_other',
  ),
  trigger_fill_condition: fc.constantFrom('first_hit', 'complete_fill', 'incremental'),
  time_in_force: fc.constantFrom('good_til_cancelled', 'immediate_or_cancel', 'fill_or_kill'),
  label: fc.constantFrom('', 'a', 'b'),
  valid_until: fc.constantFrom(undefined, undefined, undefined, 1),
  mmp: fc.constantFrom(false, false, true),
  mmp_group: fc.constantFrom('g', ''),
  quote_id: fc.constant('q'),
  currency: fc.constantFrom('BTC', 'any'),
  post_only: flag,
  reject_post_only: flag,
  reduce_only: fc.constantFrom(false, false, true),
  access_token: fc.constant(undefined),
};

function nested(name: string): fc.Arbitrary<unknown> {
  const right = rightValues[name];
  return right === undefined ? value : fc.oneof({ weight: 12, arbitrary: right }, value);
}

/** A connection that ends is a rightful answer, but not one to go on with. */
const ending: ReadonlySet<string> = new Set(['private/logout', 'public/set_heartbeat']);
const names = [...methods.keys()].filter((name) => !ending.has(name));
/** Orders make the state that the others are asked about. */
const asked = [
  ...names,
  ...Array.from({ length: 10 }, () => ['private/buy', 'private/sell', 'private/mass_quote']).flat(),
];

fuzz('whatever the parameters, every request has one answer, and none is a bug', async () => {
  await withVenue('virtual', { enforceLimits: false, orderingFreedoms: false }, async (under) => {
    const { call, venue, ask } = under;
    await ask('private/enable_cancel_on_disconnect');
    await ask('private/set_mmp_config', {
      index_name: 'btc_usd',
      interval: 60,
      frozen_time: 1,
      max_quote_quantity: 1,
      mmp_group: 'g',
    });
    const requests = fc.sample(
      fc.constantFrom(...asked).chain((method) => {
        const shape = Object.keys(methods.get(method)?.shape ?? {});
        return fc.tuple(fc.constant(method), paramsOf(shape));
      }),
      { numRuns: 3_000, seed: 11 },
    );
    const codes = new Map<number, number>();
    let accepted = 0;
    for (const [method, params] of requests) {
      const reply = await call(method, params);
      const told = `${method} ${JSON.stringify(params).slice(0, 500)}`;
      assert.not.equal(reply.error?.code, 11_094, told);
      assert.ok((reply.error === undefined) !== (reply.result === undefined), told);
      if (reply.error === undefined) accepted += 1;
      else codes.set(reply.error.code, (codes.get(reply.error.code) ?? 0) + 1);
    }
    assert.ok(accepted > 500, `only ${accepted} were accepted ${JSON.stringify([...codes])}`);
    assert.ok(codes.size > 12, JSON.stringify([...codes]));
    assert.equal(totals(venue.engine), { lots: 0, money: 0 });
    const { perpetual } = { perpetual: venue.engine.market('BTC-PERPETUAL') };
    assert.ok(
      (perpetual.bestTicks('buy') ?? 0) < (perpetual.bestTicks('sell') ?? Number.POSITIVE_INFINITY),
    );
  });
});

fuzz('frames that are no requests are answered by code, and the connection lives on', async () => {
  await withVenue('virtual', { enforceLimits: false, authenticate: false }, async (under) => {
    const { client, ask, ports } = under;
    const odd: string[] = [];
    client.tolerant = (text) => odd.push(text);
    const frames = [
      ...fc.sample(fc.string({ unit: 'binary', maxLength: 200 }), { numRuns: 300, seed: 3 }),
      ...fc.sample(fc.json({ maxDepth: 4 }), { numRuns: 300, seed: 4 }),
      ...fc
        .sample(fc.jsonValue(), { numRuns: 200, seed: 5 })
        .map((params) =>
          JSON.stringify({ jsonrpc: '2.0', id: null, method: 'public/test', params }),
        ),
      `${'['.repeat(20_000)}`,
      'x'.repeat(40_000),
    ];
    for (const frame of frames) client.send(frame);
    await ports.until(() => odd.length >= frames.length, 'every answer');
    assert.is(odd.length, frames.length);
    for (const text of odd) assert.match(text, /"code":-32(600|601|602|700)/);
    await ask('public/auth', credentials);
    assert.ok(Array.isArray(await ask('private/get_open_orders')));
  });
});

fuzz.run();
