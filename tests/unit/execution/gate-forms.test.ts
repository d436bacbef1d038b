/** Gates on the order itself: its form, its label, where it may go, and how long its instrument lives. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { gateChain, gateNames, runGates } from '../../../actors/execution/gates/chain.ts';
import { orderFormGate } from '../../../actors/execution/gates/order-form.ts';
import { permissionGate } from '../../../actors/execution/gates/permission.ts';
import {
  allowListGate,
  expiryGate,
  labelGate,
  stageGate,
} from '../../../actors/execution/gates/preflight.ts';
import type { InstrumentState } from '../../../streams/facts/instrument.ts';
import type { OrderIntent, ProposedIntent } from '../../../streams/facts/intent.ts';
import {
  handMarket,
  intentOf,
  option,
  type ViewChanges,
  viewOf,
} from '../../fixtures/gate-view.ts';

const forms = suite('gates: forms');

const close = { class: 'CLOSE', side: 'sell', reduceOnly: true } as const;

const proposal: ProposedIntent = { side: 'buy', order_type: 'limit' };
const refusal = (own: Partial<Record<keyof ProposedIntent, unknown>>) =>
  orderFormGate({ ...proposal, ...own } as ProposedIntent);

forms('only limit orders exist; every other type has its code', () => {
  assert.is(refusal({}), undefined);
  assert.is(refusal({ order_type: undefined }), undefined);
  const codes = (types: readonly string[]) =>
    new Set(types.map((order_type) => refusal({ order_type })?.code));
  assert.equal(codes(['market', 'market_limit']), new Set(['OrderTypeMarketForbidden']));
  const stops = ['stop', 'stop_limit', 'stop_market', 'take_limit', 'take_market', 'trailing_stop'];
  assert.equal(codes(stops), new Set(['OrderTypeStopForbidden']));
  const field = { code: 'SchemaInvalid', facts: { field: 'order_type' } };
  assert.equal([refusal({ order_type: 'iceberg' }), refusal({ order_type: 7 })], [field, field]);
});

forms('a field of a stop or a linked order is enough; null is none', () => {
  for (const name of ['trigger', 'trigger_price', 'trigger_offset', 'stop_price']) {
    assert.is(refusal({ [name]: 1 })?.code, 'OrderTypeStopForbidden', name);
    assert.is(refusal({ [name]: null }), undefined, name);
  }
  for (const name of ['linked_order_type', 'otoco_config', 'trigger_fill_condition']) {
    assert.is(refusal({ [name]: 'x' })?.code, 'LinkedOrderTypeForbidden', name);
    assert.is(refusal({ [name]: null }), undefined, name);
  }
});

forms('side, time in force, flags and counts are what they claim to be', () => {
  const field = (own: Record<string, unknown>) => refusal(own)?.facts.field;
  assert.equal([field({ side: 'buy' }), field({ side: 'sell' })], [undefined, undefined]);
  assert.equal([field({ side: 'hold' }), field({ side: undefined })], ['side', 'side']);
  for (const time_in_force of ['immediate_or_cancel', 'good_til_cancelled', undefined]) {
    assert.is(refusal({ time_in_force }), undefined);
  }
  assert.is(field({ time_in_force: 'fill_or_kill' }), 'time_in_force');
  for (const flag of ['post_only', 'reduce_only']) {
    assert.equal([field({ [flag]: true }), field({ [flag]: false })], [undefined, undefined]);
    assert.equal([field({ [flag]: 'true' }), field({ [flag]: 1 })], [flag, flag]);
  }
  for (const count of ['leg_idx', 'attempt']) {
    assert.equal([field({ [count]: 0 }), field({ [count]: 999_999_999 })], [undefined, undefined]);
    for (const wrong of [-1, 0.5, '1', 1_000_000_000, null]) {
      assert.is(field({ [count]: wrong }), count, `${count} ${String(wrong)}`);
    }
  }
  assert.is(field({ post_only: true, time_in_force: 'immediate_or_cancel' }), 'post_only');
  assert.is(field({ post_only: true, time_in_force: 'good_til_cancelled' }), undefined);
  assert.is(field({ post_only: false, time_in_force: 'immediate_or_cancel' }), undefined);
});

forms('label, stage and permission say why', () => {
  assert.is(labelGate(intentOf({ label: 'x'.repeat(64) })), undefined);
  assert.equal(labelGate(intentOf({ label: 'x'.repeat(65) })), {
    code: 'LabelTooLong',
    facts: { characters: 65 },
  });
  assert.is(stageGate(intentOf(), viewOf()), undefined);
  const stage = { stage: 'DEV', host: 'www.example.com', permitted: false };
  assert.equal(stageGate(intentOf(), viewOf({ stage })), {
    code: 'StageForbidsVenue',
    facts: { stage: 'DEV', host: 'www.example.com' },
  });
  assert.is(permissionGate(intentOf(), viewOf()), undefined);
  assert.equal(permissionGate(intentOf(), viewOf({ guardRefusal: 'OpenPermissionLatched' })), {
    code: 'OpenPermissionLatched',
    facts: { mode: 'Active', risk_state: 'Healthy', evidence: 'GREEN', class: 'OPEN' },
  });
});

forms('allow-list: a whole name or a prefix; what is held may always be reduced', () => {
  const allowed = (instruments_allowed: string[] | undefined, own: Partial<OrderIntent> = {}) =>
    allowListGate(intentOf(own), viewOf({ policy: { instruments_allowed } as object }));
  assert.is(allowed(['BTC-PERPETUAL']), undefined);
  assert.is(allowed(['BTC-*']), undefined);
  assert.is(allowed(['ETH-*', 'BTC-*']), undefined);
  const refused = { code: 'InstrumentNotAllowed', facts: { instrument: 'BTC-PERPETUAL' } };
  for (const patterns of [['BTC-PERPETUA'], ['BTC-'], ['ETH-*'], [], undefined]) {
    assert.equal(allowed(patterns), refused, String(patterns));
  }
  assert.is(allowed([], close), undefined);
});

forms('expiry: open until the buffer for OPEN, until the last moment for the way out', () => {
  const expiryUs = option.expiryUs as number;
  const leftOf = (leftUs: number, own: Partial<OrderIntent> = {}) =>
    expiryGate(
      intentOf({ instrument: option, ...own }),
      viewOf({ of: option.name, nowUs: expiryUs - leftUs }),
    )?.facts;
  assert.is(leftOf(60_000_001), undefined);
  assert.equal(leftOf(60_000_000), { left_s: 60 });
  assert.is(leftOf(1, close), undefined);
  assert.equal(leftOf(0, close), { left_s: 0 });
  const inState = (state: InstrumentState, own: Partial<OrderIntent> = {}) => {
    const market = handMarket();
    market.state(intentOf().instrument, state);
    return expiryGate(intentOf(own), viewOf({ market }))?.facts;
  };
  assert.is(inState('open'), undefined);
  for (const state of ['closed', 'inactive'] as const) {
    assert.equal([inState(state), inState(state, close)], [{ state }, { state }]);
  }
  for (const state of ['halted', 'settlement'] as const) {
    assert.equal([inState(state), inState(state, close)], [{ state }, undefined], state);
  }
  assert.is(expiryGate(intentOf(), viewOf({ seen: undefined })), undefined);
});

forms('the chain: nothing refuses what is in order; the first refusal ends it, named', () => {
  assert.is(runGates(intentOf(), viewOf()), undefined);
  const wrong: ViewChanges = { creditsSuffice: false, marginUse: 1, containing: true };
  assert.equal(runGates(intentOf(), viewOf(wrong)), {
    gate: 'containment',
    code: 'RiskStateNotHealthy',
    facts: { cause: 'a group is being contained' },
  });
  assert.is(runGates(intentOf(), viewOf({ ...wrong, containing: false }))?.gate, 'margin');
  assert.is(runGates(intentOf(), viewOf({ creditsSuffice: false }))?.gate, 'brownout');
  assert.is(new Set(gateNames).size, gateChain.length);
});

forms.run();
