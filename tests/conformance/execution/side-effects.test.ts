/**
 * Clauses C-202 and C-203: a refusal changes nothing, and what changes does so in one order: all
 * gates, then the durable record, then the bytes.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import type { RejectCode } from '../../../streams/facts/reject-codes.ts';
import { note } from '../../fixtures/evidence.ts';
import {
  decisionOf,
  MemoryStream,
  openProposal,
  type Room,
  type RoomSettings,
  stateOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const effects = suite('conformance: side effects');

interface Trigger {
  readonly code: RejectCode;
  readonly own?: ProposedIntent;
  readonly settings?: RoomSettings;
  readonly before?: (room: Room) => void;
}

const closed = { stage: { stage: 'DEV', host: 'elsewhere', permitted: false } };
const refusing = (code: RejectCode): Trigger => ({
  code,
  before: (room) => {
    room.guard.refusal = code;
  },
});
const resting: ProposedIntent = {
  time_in_force: 'good_til_cancelled',
  limit_price: '99999.5',
};

const triggers: Trigger[] = [
  { code: 'TooSmallAfterQuantization', own: { quantity: '1' } },
  { code: 'InstrumentMetadataMissing', own: { instrument: 'X' } },
  {
    code: 'InstrumentExpiredOrDelisted',
    before: (room) => room.market.state(room.perpetual, 'halted'),
  },
  { code: 'ContractsAmountMismatch', own: { contracts: '7' } },
  { code: 'OrderTypeMarketForbidden', own: { order_type: 'market' } },
  { code: 'OrderTypeStopForbidden', own: { order_type: 'stop_market' } },
  { code: 'LinkedOrderTypeForbidden', own: { otoco_config: [] } },
  { code: 'PostOnlyWouldCross', own: { post_only: true, time_in_force: 'good_til_cancelled' } },
  {
    code: 'LiquidityGateNoL2',
    before: (room) => room.market.book(room.perpetual, [1, 1], [], room.nowMonotonicUs()),
  },
  {
    code: 'ExpectedSlippageTooHigh',
    own: { quantity: '1000010' },
    settings: {
      policy: {
        max_order_notional_usd: 1e9,
        max_group_notional_usd: 1e9,
        max_position_usd: 1e9,
        max_position_delta_usd: 1e9,
      },
    },
  },
  { code: 'NetEdgeTooLow', own: { edge: { gross_usd: 0, fee_usd: 1, slippage_usd: 0 } } },
  { code: 'NetEdgeInputMissing', own: { edge: null } },
  {
    code: 'RateLimitBrownout',
    settings: { policy: { venue_order_burst: 1, venue_order_reserve: 1 } },
  },
  refusing('TradingModeForbidsClass'),
  refusing('RiskStateNotHealthy'),
  refusing('OpenPermissionLatched'),
  refusing('EvidenceChainNotGreen'),
  { code: 'ConfigMissing', settings: { policy: { min_edge_usd: undefined as unknown as number } } },
  { code: 'PriceCollarBreached', own: { limit_price: '200000' } },
  { code: 'OrderNotionalTooLarge', settings: { policy: { max_order_notional_usd: 999 } } },
  { code: 'OrderRateExceeded', settings: { policy: { max_order_rate_per_s: 0.5 } } },
  { code: 'PositionLimitExceeded', settings: { policy: { max_position_usd: 999 } } },
  {
    code: 'SelfTradePrevented',
    own: { side: 'sell', limit_price: '99999.5' },
    before: (room) => void room.execution.submit([openProposal(resting)], decisionOf()),
  },
  { code: 'StageForbidsVenue', settings: { options: closed } },
  { code: 'InstrumentNotAllowed', settings: { policy: { instruments_allowed: [] } } },
  {
    code: 'OpenOrdersLimitExceeded',
    settings: { policy: { open_orders_max: 1 } },
    before: (room) => void room.execution.submit([openProposal(resting)], decisionOf()),
  },
  {
    code: 'ReduceOnlyNotReducing',
    own: { class: 'CLOSE', reduce_only: true },
  },
  { code: 'SchemaInvalid', own: { quantity: {} } },
  {
    code: 'LedgerWriteFailed',
    before: (room) => {
      room.ledger.failure = new HoldfastError('JOURNAL_QUEUE_FULL', 'full');
    },
  },
];

for (const { code, own, settings, before } of triggers) {
  effects(`C-202 ${code} leaves everything as it was`, () =>
    withRoom((room) => {
      before?.(room);
      const was = stateOf(room);
      const audited = room.audit.durable.length;
      const [leg] = room.execution.submit([openProposal(own)], decisionOf()).legs;
      assert.is(leg?.kind === 'refused' ? leg.code : 'sent', code);
      assert.is(stateOf(room), was);
      assert.is(room.audit.durable.length, audited + 1, 'one no-trade record');
      const gate = leg?.kind === 'refused' ? leg.gate : '';
      note('rejection_matrix', { code, gate, state_unchanged: true, receipts: 1 });
    }, settings),
  );
}

effects('C-202 a refused leg takes its siblings with it: nothing of the group happens', () =>
  withRoom((room) => {
    const was = stateOf(room);
    const legs = [openProposal(), openProposal({ leg_idx: 1, quantity: '1' })];
    assert.is(room.execution.submit(legs, decisionOf()).sent, 0);
    assert.is(stateOf(room), was);
  }),
);

effects(
  'C-203 every gate question comes before the record, the record before the bytes',
  async () => {
    const events: string[] = [];
    let gates: unknown;
    class Watched extends MemoryStream {
      override appendNow(records: readonly Uint8Array[]): number {
        events.push('record');
        return super.appendNow(records);
      }
    }
    await withRoom(
      (room) => {
        const { market, line } = room;
        const get = market.get.bind(market);
        market.get = (name: string) => {
          events.push('look');
          return get(name);
        };
        const order = line.order.bind(line);
        line.order = (...given: Parameters<typeof order>) => {
          events.push('bytes');
          return order(...given);
        };
        const legs = [openProposal(), openProposal({ leg_idx: 1, limit_price: '100001' })];
        assert.is(room.execution.submit(legs, decisionOf()).sent, 2);
        gates = room.ledger.facts('capsule.recorded')[0]?.payload.gates_passed;
      },
      { options: { ledger: new Watched() } },
    );
    const acts = events.filter((event) => event !== 'look');
    assert.equal(acts, ['record', 'bytes', 'bytes']);
    assert.ok(events.indexOf('look') < events.indexOf('record'));
    note('gate_order', { gates, events });
  },
);

effects('C-203 bytes leave in the turn of submit, transitions are told after them', () =>
  withRoom((room) => {
    let handedAtTransition = -1;
    const { ledger, line } = room;
    const append = ledger.append.bind(ledger);
    ledger.append = (record) => {
      handedAtTransition = line.handed.length;
      return append(record);
    };
    room.execution.submit([openProposal()], decisionOf());
    assert.is(handedAtTransition, 1);
  }),
);

effects.run();
