/** Evidence payloads: slippage signs, money, and a snapshot digest anyone can recompute. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attributionRow, decisionSnapshot } from '../../../actors/evidence/index.ts';
import { canonicalHash, canonicalJson } from '../../../streams/facts/hash.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { snapshotRecordedPayloadSchema } from '../../../streams/facts/schemas/evidence.ts';
import type { VenueTrade } from '../../../streams/facts/venue-records.ts';
import { withRoom } from '../../fixtures/execution-room.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const evidence = suite('evidence payloads');
const instrument = perpetualInstrument();

function trade(own: Partial<VenueTrade> = {}): VenueTrade {
  return {
    tradeId: 't1',
    tradeSeq: 1,
    orderId: 'o1',
    instrument,
    label: '',
    side: 'buy',
    priceTicks: 200_200,
    lots: 1_000,
    fee: '0.00001',
    feeCurrency: 'BTC',
    liquidity: 'taker',
    tsUs: 1_700_000_000_000_000,
    markFloat: 100_000,
    indexFloat: 100_000,
    ...own,
  };
}

function row(own: Partial<VenueTrade>, fairPriceFloat: number | null) {
  return attributionRow({
    trade: trade(own),
    intent: { groupId: '', intentId: '', strategyId: '', limitTicks: 200_400 } as OrderIntent,
    capsuleId: null,
    fairPriceFloat,
    predictedSlippageBpsFloat: 1,
    mode: 'paper',
    decidedUs: 1,
    sentUs: 2,
    receivedUs: 3,
    from: null,
    to: null,
    touchPriceFloat: null,
    realismPenaltyFloat: 1.3,
    roundTripUs: 1,
  });
}

evidence('a BUY above fair is slippage, below its limit is not', () => {
  const { slippage_fair_bps_float, slippage_limit_bps_float } = row({}, 100_000);
  assert.ok(Math.abs((slippage_fair_bps_float ?? 0) - 10) < 1e-9);
  assert.ok((slippage_limit_bps_float ?? 0) < 0);
});

evidence('a SELL above fair is a gain', () => {
  const { slippage_fair_bps_float, gross_edge_usd_float } = row({ side: 'sell' }, 100_000);
  assert.ok(Math.abs((slippage_fair_bps_float ?? 0) + 10) < 1e-9);
  assert.ok(Math.abs((gross_edge_usd_float ?? 0) - 10) < 1e-9);
});

evidence('fees are counted in dollars and net is gross less fees', () => {
  const made = row({}, 100_000);
  assert.ok(Math.abs((made.fee_usd_float ?? 0) - 1) < 1e-9);
  assert.ok(Math.abs((made.net_edge_usd_float ?? 0) + 11) < 1e-9);
});

evidence('what is not known stays unknown: no fair price, no index', () => {
  const unknown = row({ indexFloat: null }, null);
  assert.is(unknown.slippage_fair_bps_float, null);
  assert.is(unknown.gross_edge_usd_float, null);
  assert.is(unknown.fee_usd_float, null);
  assert.is(unknown.net_edge_usd_float, null);
});

evidence('the snapshot text is canonical, its digest is that of its instruments', () =>
  withRoom((room) => {
    const seen = [room.perpetual, room.option].flatMap(({ name }) => room.market.get(name) ?? []);
    const input = {
      seen,
      decisionId: 'a "decision"',
      groupId: 'ab'.repeat(32),
      inputEventId: 'e',
      basis: { stream: 'traffic' as const, nextOffset: 7, waiting: 2 },
      nowMonotonicUs: room.nowMonotonicUs(),
      levels: 3,
    };
    const { snapshotId, digest, text } = decisionSnapshot(input);
    const payload = snapshotRecordedPayloadSchema.parse(JSON.parse(text));
    assert.is(text, canonicalJson(payload));
    assert.is(digest, canonicalHash(payload.instruments));
    assert.is(payload.digest, digest);
    assert.is(payload.snapshot_id, snapshotId);
    assert.is(payload.instruments[0]?.bids.length, 3);
    assert.is(decisionSnapshot(input).snapshotId, snapshotId);
  }),
);

evidence.run();
