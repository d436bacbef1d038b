/** Clauses C-204 to C-206 and C-311: what may exist as an order at all. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { missingKeyCode, requiredExecutionKeys } from '../../../streams/facts/policy/execution.ts';
import { note } from '../../fixtures/evidence.ts';
import {
  decisionOf,
  openProposal,
  type Room,
  startUs,
  withRoom,
} from '../../fixtures/execution-room.ts';
import { optionInstrument } from '../../fixtures/instruments.ts';
import { stateOf } from '../../fixtures/room-state.ts';

const preflight = suite('conformance: preflight');

function codeOf(room: Room, own: ProposedIntent): string {
  const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
  return leg?.kind === 'refused' ? leg.code : 'sent';
}

for (const key of requiredExecutionKeys) {
  preflight(`C-204 without ${key} an OPEN is ${missingKeyCode(key)} and nothing happens`, () =>
    withRoom((room) => {
      const { [key]: _removed, ...rest } = room.policy;
      room.policy = rest as typeof room.policy;
      const before = stateOf(room);
      assert.is(codeOf(room, {}), missingKeyCode(key));
      assert.is(stateOf(room), before);
    }),
  );
}

preflight('C-204 the matrix of missing keys is written down', () =>
  withRoom((room) => {
    const whole = room.policy;
    const matrix = requiredExecutionKeys.map((key) => {
      const { [key]: _removed, ...rest } = whole;
      room.policy = rest as typeof room.policy;
      const before = stateOf(room);
      const open = codeOf(room, {});
      const expected = missingKeyCode(key);
      return { key: `execution.${key}`, open, expected, state_unchanged: stateOf(room) === before };
    });
    assert.ok(
      matrix.every(({ open, expected, state_unchanged }) => open === expected && state_unchanged),
    );
    for (const row of matrix) note('missing_key_matrix', row);
  }),
);

preflight('C-204 with every key the OPEN passes', () =>
  withRoom((room) => assert.is(codeOf(room, {}), 'sent')),
);

const forbidden: Array<[string, ProposedIntent, string]> = [
  ['market', { order_type: 'market', limit_price: undefined }, 'OrderTypeMarketForbidden'],
  ['market limit', { order_type: 'market_limit' }, 'OrderTypeMarketForbidden'],
  ['stop', { order_type: 'stop_limit' }, 'OrderTypeStopForbidden'],
  ['trigger', { trigger: 'mark_price', trigger_price: 1 }, 'OrderTypeStopForbidden'],
  ['linked', { linked_order_type: 'one_cancels_other' }, 'LinkedOrderTypeForbidden'],
  ['unknown', { order_type: 'iceberg' }, 'SchemaInvalid'],
  ['no side', { side: 'long' }, 'SchemaInvalid'],
  ['textual flag', { reduce_only: 'no' }, 'SchemaInvalid'],
];
for (const instrument of ['BTC-PERPETUAL', 'BTC-25DEC26-76000-C']) {
  for (const [name, own, code] of forbidden) {
    preflight(`C-205 ${name} on ${instrument} → ${code}, no request leaves`, () =>
      withRoom((room) => {
        const before = stateOf(room);
        assert.is(codeOf(room, { instrument, ...own }), code);
        assert.is(stateOf(room), before);
      }),
    );
  }
}

preflight('C-206 post-only at the touch would cross', () =>
  withRoom((room) => {
    assert.is(codeOf(room, { post_only: true, time_in_force: undefined }), 'PostOnlyWouldCross');
    assert.is(room.line.handed.length, 0);
  }),
);

preflight('C-206 one tick away it is sent with reject-instead-of-reprice', () =>
  withRoom((room) => {
    const resting = { post_only: true, time_in_force: 'good_til_cancelled', limit_price: '100000' };
    assert.is(codeOf(room, resting), 'sent');
    assert.is(room.line.handed[0]?.params.reject_post_only, true);
    assert.is(room.line.handed[0]?.params.post_only, true);
  }),
);

const expiring: Array<[leftS: number, code: string]> = [
  [59, 'InstrumentExpiredOrDelisted'],
  [60, 'InstrumentExpiredOrDelisted'],
  [121, 'sent'],
];
for (const [leftS, code] of expiring) {
  preflight(`C-311 OPEN ${leftS} s before expiry → ${code}`, () =>
    withRoom((room) => {
      const option = optionInstrument({ expiry_us: startUs + leftS * 1_000_000 });
      const now = room.nowMonotonicUs();
      room.market.book(option, [495, 100], [500, 100], now);
      room.market.remove(option.name);
      room.market.book(option, [495, 100], [500, 100], now);
      room.market.ticker(option, 0.05, 100_000);
      const own = { instrument: option.name, quantity: '0.1', limit_price: '0.05' };
      assert.is(codeOf(room, own), code);
    }),
  );
}

preflight('an instrument that is not open takes no OPEN', () =>
  withRoom((room) => {
    room.market.state(room.perpetual, 'locked');
    assert.is(codeOf(room, {}), 'InstrumentExpiredOrDelisted');
  }),
);

preflight('an instrument off the allow-list takes no OPEN', () =>
  withRoom(
    (room) => {
      assert.is(codeOf(room, {}), 'InstrumentNotAllowed');
      assert.is(room.line.handed.length, 0);
    },
    { policy: { instruments_allowed: ['ETH-*', 'BTC-25DEC26-76000-C'] } },
  ),
);

preflight('a stage that does not permit the host sends nothing', () =>
  withRoom((room) => assert.is(codeOf(room, {}), 'StageForbidsVenue'), {
    options: { stage: { stage: 'DEV', host: 'www.deribit.com', permitted: false } },
  }),
);

preflight.run();
