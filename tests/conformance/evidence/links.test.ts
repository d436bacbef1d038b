/** Clauses C-602 to C-604 and C-606 in a whole execution room: what joins what, and what fills teach. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HoldfastError } from '../../../streams/facts/errors.ts';
import { canonicalJson, sha256Hex } from '../../../streams/facts/hash.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import { surfaceFitJson } from '../../../streams/facts/surface-fit.ts';
import {
  decisionOf,
  MemoryStream,
  openProposal,
  type Room,
  venueOrderOf,
  venueTradeOf,
  withRoom,
} from '../../fixtures/execution-room.ts';

const links = suite('conformance: evidence links');

function fill(room: Room, own: ProposedIntent, lots: number, moved: () => void = () => undefined) {
  const index = room.line.handed.length;
  assert.is(room.execution.submit([openProposal(own)], decisionOf()).sent, 1);
  moved();
  room.execution.onVenueOrder(venueOrderOf(room, index, { state: 'filled', filledLots: lots }));
  room.execution.onVenueTrade(venueTradeOf(room, index, `t${index}`, lots));
  return index;
}

const optionEdge = { gross_usd: 50, fee_usd: 35, slippage_usd: 0 };
const option = (room: Room) => ({
  instrument: room.option.name,
  quantity: '1',
  limit_price: '0.05',
  edge: optionEdge,
});

links('C-603 every dispatch joins a snapshot by id and digest, every row its capsule', () =>
  withRoom((room) => {
    fill(room, {}, 100);
    fill(room, option(room), 10);
    const of = (type: string) => room.ledger.facts(type).map(({ payload }) => payload);
    const snapshots = new Map(of('snapshot.recorded').map((row) => [row.snapshot_id, row]));
    const capsules = new Map(of('capsule.recorded').map((row) => [row.capsule_id, row]));
    const intents = of('order.intent');
    assert.is(intents.length, room.line.handed.length);
    for (const intent of intents) {
      const capsule = capsules.get(intent.capsule_id);
      const snapshot = snapshots.get(capsule?.snapshot_id);
      assert.is(capsule?.intent_id, intent.intent_id);
      assert.is(capsule?.snapshot_digest, snapshot?.digest);
      assert.is(snapshot?.digest, sha256Hex(canonicalJson(snapshot?.instruments)), 'recomputed');
      assert.equal(capsule?.edge, intent.edge);
      assert.is(capsule?.limit_price, intent.limit_price);
    }
    const rows = room.ledger.facts('attribution.recorded').map(({ payload }) => payload);
    assert.is(rows.length, 2, 'one row a fill');
    for (const row of rows) {
      const capsule = capsules.get(row.capsule_id);
      assert.is(row.limit_price, capsule?.limit_price);
      assert.is(row.predicted_slippage_bps_float, capsule?.predicted_slippage_bps_float);
      assert.is(row.fair_price_float, capsule?.fair_price_float);
      assert.is(row.group_id, capsule?.group_id);
    }
  }),
);

links('C-603 a capsule says plan, policy, bundle, clocks and the edge as reckoned', () =>
  withRoom(
    (room) => {
      fill(room, {}, 100);
      const [capsule] = room.ledger.facts('capsule.recorded').map(({ payload }) => payload);
      assert.equal(capsule?.edge_reckoned, {
        gross_usd_float: 5,
        fee_usd_float: 1.2,
        slippage_usd_float: 0,
      });
      assert.is(capsule?.net_edge_version, 2);
      assert.is(capsule?.min_edge_usd_float, 0);
      assert.equal(capsule?.plan, {
        close_attempts_max: 3,
        order_type: 'limit',
        post_only: false,
        rescue_attempts_max: 2,
        rescue_cross_spread_ticks: 2,
        time_in_force: 'immediate_or_cancel',
      });
      assert.is(capsule?.policy_rev, room.guard.view.policyRev);
      assert.is(capsule?.bundle_ref, '1');
      assert.is(capsule?.clock_drift_us, 1_500);
      assert.is(Number(capsule?.venue_us) - Number(capsule?.local_us), 1_500);
      assert.is(capsule?.fill_probability_float, 1);
    },
    {
      options: {
        venueOffsetUs: () => 1_500,
        fees: () => ({ ageS: 301, hardStale: false, factorFloat: 1.2 }),
      },
    },
  ),
);

links(
  'C-603 the capsule of an option quotes the last good fit of its expiry, no other does',
  () => {
    const fit = {
      expiryUs: 1_798_185_600_000_000,
      fittedUs: 1_790_000_000_000_000,
      svi: { a: 0.01, b: 0.08, rho: -0.3, m: 0.02, sigma: 0.15 },
      rmseFloat: 0.004,
    };
    const asked: string[] = [];
    const surfaceFit = ({ name }: { readonly name: string }): string => {
      asked.push(name);
      return surfaceFitJson(fit);
    };
    return withRoom(
      (room) => {
        fill(room, {}, 100);
        fill(room, option(room), 10);
        const [perpetual, quoted] = room.ledger
          .facts('capsule.recorded')
          .map(({ payload }) => payload);
        assert.is(perpetual?.surface_fit, null);
        assert.equal(quoted?.surface_fit, {
          expiry_us: fit.expiryUs,
          fitted_us: fit.fittedUs,
          a_float: 0.01,
          b_float: 0.08,
          rho_float: -0.3,
          m_float: 0.02,
          sigma_float: 0.15,
          rmse_float: 0.004,
        });
        assert.equal(asked, [room.option.name]);
      },
      { options: { surfaceFitJson: surfaceFit } },
    );
  },
);

links('C-603 the snapshot of an option shows the perpetual that hedges it as well', () =>
  withRoom((room) => {
    fill(room, option(room), 10);
    const [snapshot] = room.ledger.facts('snapshot.recorded').map(({ payload }) => payload);
    const names = ((snapshot?.instruments ?? []) as { instrument: string }[]).map(
      (row) => row.instrument,
    );
    assert.equal(names, [room.option.name, 'BTC-PERPETUAL']);
  }),
);

links('C-602 an audit that cannot be written is told at once and holds up no fill', () =>
  withRoom(async (room) => {
    room.audit.failure = new HoldfastError('JOURNAL_QUEUE_FULL', 'planted');
    const refused = openProposal({ quantity: '1' });
    fill(room, {}, 100);
    assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 100);
    assert.is(room.execution.submit([refused], decisionOf()).sent, 0);
    await room.pass(0);
    assert.equal(room.conditions, [{ kind: 'wal_write_error', cause: 'JOURNAL_QUEUE_FULL' }]);
    room.audit.failure = undefined;
    fill(room, {}, 100);
    assert.is(room.execution.submit([refused], decisionOf()).sent, 0);
    await room.pass(0);
    assert.is(room.conditions.length, 1, 'healthy again: nothing more is told');
  }),
);

links('C-602 a writer that never answers blocks nothing', async () => {
  class Slow extends MemoryStream {
    override append(): Promise<number> {
      return new Promise(() => undefined);
    }
  }
  await withRoom(
    (room) => {
      for (let at = 0; at < 5; at += 1) fill(room, {}, 100);
      assert.is(room.execution.positions.get('BTC-PERPETUAL')?.signedLots, 500);
    },
    { options: { audit: new Slow() } },
  );
});

interface Decomposition {
  readonly [part: string]: number;
}

function decompositionOf(room: Room): Decomposition {
  const [row] = room.ledger.facts('attribution.recorded').map(({ payload }) => payload);
  return row?.decomposition as unknown as Decomposition;
}

const greeks = { deltaFloat: 0.5, gammaFloat: 0.00001, vegaFloat: 50, thetaFloat: -20 };

links('C-604 nothing moved between decision and fill: every part is 0 but the fees', () =>
  withRoom((room) => {
    room.market.ticker(room.option, 0.05, 100_000, { greeks, markIvFloat: 60 });
    fill(room, option(room), 10);
    const { fees_usd_float: fees, ...parts } = decompositionOf(room);
    for (const name of ['delta', 'gamma', 'theta', 'vega', 'residual', 'total']) {
      assert.is(parts[`${name}_usd_float`], 0, name);
    }
    assert.ok(Number(fees) < 0);
  }),
);

links('C-604 a move of spot and volatility is explained by the greeks of the decision', () =>
  withRoom((room) => {
    room.market.ticker(room.option, 0.05, 100_000, { greeks, markIvFloat: 60 });
    const { market } = room;
    fill(room, option(room), 10, () =>
      // Worth 5 000 USD before, 5 600 after: 500 of it delta, 5 gamma, 100 vega.
      market.ticker(room.option, 5_605 / 101_000, 101_000, { greeks, markIvFloat: 62 }),
    );
    const parts = decompositionOf(room);
    const near = (name: string, expected: number) =>
      assert.ok(
        Math.abs(Number(parts[`${name}_usd_float`]) - expected) < 1e-6,
        `${name} ${parts[`${name}_usd_float`]}`,
      );
    near('delta', 500);
    near('gamma', 5);
    near('vega', 100);
    near('theta', 0);
    near('total', 605);
    near('residual', 0);
    assert.equal(parts.greeks_normalised, {
      delta_float: 50_000,
      gamma_float: 1_000,
      theta_float: -20,
      vega_float: 50,
    });
  }),
);

links('C-606 fills at 1.2 times the prediction teach 1.2, the default stands until then', () =>
  withRoom(
    (room) => {
      const now = room.nowMonotonicUs();
      const wide = { limit_price: '100100', edge: { gross_usd: 100, fee_usd: 1, slippage_usd: 0 } };
      const penalties: number[] = [];
      for (let at = 0; at < 50; at += 1) {
        room.execution.rearm();
        // Half at the touch, half 100 ticks deeper: 50 ticks predicted, 60 realised.
        room.market.book(room.perpetual, [199_999, 9_000], [200_000, 50, 200_100, 5_000], now);
        const index = room.line.handed.length;
        assert.is(room.execution.submit([openProposal(wide)], decisionOf()).sent, 1);
        room.execution.onVenueOrder(
          venueOrderOf(room, index, { state: 'filled', filledLots: 100 }),
        );
        const trade = venueTradeOf(room, index, `t${at}`, 100, { priceTicks: 200_060 });
        room.execution.onVenueTrade(trade);
        const row = room.ledger.facts('attribution.recorded').at(-1)?.payload;
        penalties.push(Number(row?.realism_penalty_float));
      }
      assert.is(penalties[0], 1.3);
      assert.ok(Math.abs(Number(penalties.at(-1)) - 1.2) < 0.05, String(penalties.at(-1)));
    },
    { policy: { repeated_execution_max: 1_000 } },
  ),
);

links.run();
