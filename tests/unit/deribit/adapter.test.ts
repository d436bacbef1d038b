import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hideSecret } from '../../../daemon/ports/production/index.ts';
import {
  errorClassOf,
  instrumentListingOf,
  judgeScopes,
  listedErrorCodes,
  parseChannel,
  tradingScopes,
} from '../../../streams/venues/deribit/index.ts';
import { orderParamsJson } from '../../../streams/venues/deribit/order-wire.ts';
import {
  hmacHeader,
  refreshDelayMs,
  signHex,
} from '../../../streams/venues/deribit/session/authentication.ts';
import { optionInstrument } from '../../fixtures/instruments.ts';
import { btcPerpetualRow } from '../../fixtures/scripted-venue.ts';
import { orderIntent } from '../../fixtures/venue-session.ts';

const adapter = suite('venue adapter');

adapter('signs as the documented example does', () => {
  const signed = signHex('AMANDASECRECT', '1576074319000\n1iqt2wls\n');
  assert.is(signed, '56590594f97921b09b18f166befe0d1319b198bbcdad7ca73382de2f88fe9aa1');
});

adapter('a signed request names key, time and nonce and never the secret', () => {
  const credentials = { clientId: 'id', secret: hideSecret('very-secret') };
  const request = { timestampMs: 5, nonce: 'n', method: 'GET' } as const;
  const header = hmacHeader(credentials, request, '/api/v2/private/x?a=1', '');
  const expected = signHex('very-secret', '5\nn\nGET\n/api/v2/private/x?a=1\n\n');
  assert.is(header, `deri-hmac-sha256 id=id,ts=5,sig=${expected},nonce=n`);
  assert.not.match(header, 'very-secret');
});

adapter('a token that lives a year is renewed within a day: longer timers do not exist', () => {
  assert.is(refreshDelayMs(31_536_000), 24 * 3_600_000);
  assert.is(refreshDelayMs(900), 720_000);
  assert.is(refreshDelayMs(0), 5_000);
});

const scopes: [title: string, granted: string, missing: number, tooWide: number][] = [
  ['exactly what is needed', 'connection account:read_write trade:read_write', 0, 0],
  ['explicit none', 'account:read_write trade:read_write wallet:none', 0, 0],
  ['read only', 'account:read_write trade:read', 1, 0],
  ['nothing at all', 'connection mainaccount', 2, 0],
  ['a withdrawal right', 'account:read_write trade:read_write wallet:read_write', 0, 1],
  ['a custody right', 'account:read_write trade:read_write custody:read_write', 0, 1],
  ['a wider block trade right', 'account:read_write trade:read_write block_trade:read_write', 0, 1],
];
for (const [title, granted, missing, tooWide] of scopes) {
  adapter(`judges a key with ${title}`, () => {
    const verdict = judgeScopes(granted, tradingScopes);
    assert.is(verdict.missing.length, missing);
    assert.is(verdict.tooWide.length, tooWide);
  });
}

adapter(
  'every listed code has one class, and an unlisted one never proves anything for an order',
  () => {
    assert.ok(listedErrorCodes.length > 150);
    assert.is(new Set(listedErrorCodes).size, listedErrorCodes.length);
    assert.is(errorClassOf(13028, false), 'busy');
    assert.is(errorClassOf(13028, true), 'unknown_outcome');
    assert.is(errorClassOf(424242, true), 'unknown_outcome');
    for (const code of [10004, 10010, 11044, 11008])
      assert.is(errorClassOf(code, true), 'already_gone');
    for (const code of [10000, 13004, 13009, 13021]) assert.is(errorClassOf(code, true), 'auth');
  },
);

adapter('an order is written from exact text: no float, no exponent', () => {
  const instrument = optionInstrument({ tick_size: '0.00000001', lot_size: '0.1', tick_bands: [] });
  const json = orderParamsJson(
    orderIntent({ instrument, qtyLots: 3, limitTicks: 6_563, postOnly: false, reduceOnly: true }),
  );
  assert.match(json, '"price":0.00006563,');
  assert.match(json, '"amount":0.3,');
  assert.match(json, '"reduce_only":true');
  assert.not.match(json, 'post_only');
  assert.is((JSON.parse(json) as { type: string }).type, 'limit');
});

adapter('a perpetual is told by its settlement period, and expires never', () => {
  const listing = instrumentListingOf(btcPerpetualRow);
  assert.is(listing?.instrument.kind, 'perpetual');
  assert.is(listing?.instrument.expiryUs, null);
  assert.is(listing?.instrument.amountUnit, 'usd');
});

adapter('combos and spot are not ours; a malformed row of ours is an error', () => {
  assert.is(instrumentListingOf({ ...btcPerpetualRow, kind: 'spot' }), undefined);
  assert.is(instrumentListingOf({ ...btcPerpetualRow, kind: 'future_combo' }), undefined);
  assert.throws(() => instrumentListingOf({ ...btcPerpetualRow, tick_size: null }), /malformed/);
  const dated = { ...btcPerpetualRow, settlement_period: 'month', expiration_timestamp: null };
  assert.throws(() => instrumentListingOf(dated), /expiration/);
});

adapter('a linear perpetual counts in coin, and bands ascend', () => {
  const linear = { ...btcPerpetualRow, instrument_type: 'linear', settlement_currency: 'USDC' };
  assert.is(instrumentListingOf(linear)?.instrument.amountUnit, 'coin');
  const banded = {
    ...btcPerpetualRow,
    tick_size: 0.0001,
    tick_size_steps: [
      { above_price: 0.1, tick_size: 0.001 },
      { above_price: 0.005, tick_size: 0.0005 },
    ],
  };
  assert.equal(instrumentListingOf(banded)?.instrument.bands, [
    { aboveTicks: 50, stepTicks: 5 },
    { aboveTicks: 1_000, stepTicks: 10 },
  ]);
});

adapter('channels are told apart by form', () => {
  assert.is(parseChannel('book.BTC-PERPETUAL.raw')?.kind, 'book');
  assert.is(parseChannel('book.BTC-PERPETUAL.none.20.100ms')?.kind, 'ignored');
  assert.is(parseChannel('trades.option.any.raw')?.instrumentName, undefined);
  assert.is(parseChannel('trades.BTC-PERPETUAL.raw')?.instrumentName, 'BTC-PERPETUAL');
  assert.is(parseChannel('user.changes.any.any.raw')?.kind, 'ignored');
  assert.is(parseChannel('whatever.x'), undefined);
});

adapter.run();
