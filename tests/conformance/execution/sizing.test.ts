/** Clauses C-101 to C-105: sizes, rounding, and what is too small or unknown. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { quantiseLots, quantisePrice } from '../../../actors/execution/quantise.ts';
import { sizeOf } from '../../../actors/execution/sizing.ts';
import { decisionOf, openProposal, type Room, withRoom } from '../../fixtures/execution-room.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { stateOf } from '../../fixtures/room-state.ts';

const sizing = suite('conformance: sizing');
const option = optionInstrument();
const perpetual = perpetualInstrument();

function codeOf(room: Room, own: Parameters<typeof openProposal>[0]): string {
  const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

sizing(
  'C-101 an option of 0.3 coin at index 100 000 is worth 30 000 and has no USD quantity',
  () => {
    const size = sizeOf(option, 3, 100_000);
    assert.is(size.qtyCoin, '0.3');
    assert.is(size.qtyUsd, null);
    assert.ok(Math.abs(size.notionalUsdFloat - 30_000) < 1e-6);
  },
);

sizing('C-102 an inverse perpetual of 30 000 USD at 100 000 is 0.3 coin', () => {
  const size = sizeOf(perpetual, 3_000, 100_000);
  assert.is(size.qtyUsd, '30000');
  assert.is(size.qtyCoin, null);
  assert.is(size.coinFloat, 0.3);
  assert.is(size.notionalUsdFloat, 30_000);
});

sizing('C-101 twice the index is twice the worth of an option, and the same coin', () => {
  const size = sizeOf(optionInstrument(), 3, 200_000);
  assert.is(size.qtyCoin, '0.3');
  assert.is(size.qtyUsd, null);
  assert.ok(Math.abs(size.notionalUsdFloat - 60_000) < 1e-6);
});

sizing('C-102 twice the price is half the coin of an inverse perpetual, and the same worth', () => {
  const size = sizeOf(perpetual, 3_000, 200_000);
  assert.is(size.qtyUsd, '30000');
  assert.is(size.coinFloat, 0.15);
  assert.is(size.notionalUsdFloat, 30_000);
});

/** What goes to the venue and what the ledger says of it. */
function sentAs(own: Parameters<typeof openProposal>[0]): Promise<unknown[]> {
  let seen: unknown[] = [];
  return withRoom((room) => {
    assert.is(codeOf(room, own), 'sent');
    const payload = room.ledger.facts('order.intent')[0]?.payload;
    seen = [room.line.handed[0]?.params.amount, payload?.qty_coin, payload?.qty_usd];
  }).then(() => seen);
}

sizing('C-101 an option order of 0.3 coin is sent as 0.3 and recorded as coin alone', async () => {
  const edge = { gross_usd: 100, fee_usd: 20, slippage_usd: 0 };
  const own = { instrument: option.name, quantity: '0.3', limit_price: '0.05', edge };
  assert.equal(await sentAs(own), [0.3, '0.3', null]);
});

sizing('C-102 an order of 30 000 USD is sent as 30 000 and recorded as USD alone', async () => {
  const edge = { gross_usd: 100, fee_usd: 20, slippage_usd: 0 };
  assert.equal(await sentAs({ quantity: '30000', edge }), [30_000, null, '30000']);
});

sizing('C-103 contracts and amount that disagree by more than 0.1 % are refused and degrade', () =>
  withRoom((room) => {
    assert.is(codeOf(room, { quantity: '100000', contracts: '9989' }), 'ContractsAmountMismatch');
    assert.is(room.line.handed.length, 0);
    assert.equal(room.conditions.at(-1)?.kind, 'degraded');
  }),
);

sizing('C-103 a disagreement of exactly 0.1 % passes', () =>
  withRoom((room) => {
    const edge = { gross_usd: 60, fee_usd: 50, slippage_usd: 0 };
    assert.is(codeOf(room, { quantity: '100000', contracts: '9990', edge }), 'sent');
    assert.is(room.line.handed.length, 1);
  }),
);

sizing('C-104 BUY rounds down, SELL rounds up, to the tick', () => {
  const fine = perpetualInstrument({ tick_size: '0.05' });
  assert.equal(quantisePrice(fine, 'buy', '100.07'), { ok: true, value: 2_001 });
  assert.equal(quantisePrice(fine, 'sell', '100.07'), { ok: true, value: 2_002 });
  assert.equal(quantisePrice(fine, 'buy', 100.07), { ok: true, value: 2_001 });
});

sizing('C-104 banded ticks change their step above the band', () => {
  const price = (side: 'buy' | 'sell', text: string) => {
    const result = quantisePrice(option, side, text);
    return result.ok ? result.value : result.code;
  };
  assert.is(price('buy', '0.0049'), 49);
  assert.is(price('buy', '0.005'), 50, 'the band begins above its price');
  assert.is(price('buy', '0.0052'), 50);
  assert.is(price('sell', '0.0051'), 55);
  assert.is(price('sell', '0.00491'), 50);
});

sizing('C-105 quantity rounds down to the lot', () => {
  assert.equal(quantiseLots(perpetual, '1009', undefined, 0.001), { ok: true, value: 100 });
});

sizing('C-105 below the minimum nothing is sent', () =>
  withRoom((room) => {
    const before = stateOf(room);
    assert.is(codeOf(room, { quantity: '9.99' }), 'TooSmallAfterQuantization');
    assert.is(stateOf(room), before);
    assert.is(codeOf(room, { quantity: '10' }), 'sent');
  }),
);

sizing('C-105 without metadata nothing is sent', () =>
  withRoom((room) => {
    assert.is(codeOf(room, { instrument: 'BTC-NOWHERE' }), 'InstrumentMetadataMissing');
    room.market.remove('BTC-PERPETUAL');
    assert.is(codeOf(room, {}), 'InstrumentMetadataMissing');
    assert.is(room.line.handed.length, 0);
  }),
);

sizing.run();
