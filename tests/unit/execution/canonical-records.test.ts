/**
 * Records that are written as text on the way to the venue are what the general canonical form of
 * the same payload would be, for any text and number they may hold; and so are the ids and the
 * order parameters that are written by hand.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { truthCapsule } from '../../../actors/evidence/index.ts';
import { FactWriter } from '../../../actors/execution/fact-writer.ts';
import { intentJson, transitionJson } from '../../../actors/execution/ledger-payloads.ts';
import { newOrderRecord } from '../../../actors/execution/order-record.ts';
import { gridText } from '../../../streams/facts/decimal.ts';
import { decisionIdOf, decisionIds } from '../../../streams/facts/decision.ts';
import { encodeFact, makeFact } from '../../../streams/facts/envelope.ts';
import { canonicalJson } from '../../../streams/facts/hash.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { factSchemas } from '../../../streams/facts/registry.ts';
import { surfaceFitJson } from '../../../streams/facts/surface-fit.ts';
import { wellFormed } from '../../../streams/facts/text.ts';
import { orderParamsJson } from '../../../streams/venues/deribit/order-wire.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';

const records = suite('canonical records');

const hex = (characters: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'.split('')), {
      minLength: characters,
      maxLength: characters,
    })
    .map((digits) => digits.join(''));
const hex64 = hex(64);
/** Anything at all that has a UTF-8 form: quotes, controls, several bytes a character. */
const text = fc.string({ unit: 'binary', maxLength: 24 }).map(wellFormed);
const float = fc.double({ noNaN: true, noDefaultInfinity: true });
const edges = fc.option(
  fc.record({ grossUsdFloat: float, feeUsdFloat: float, slippageUsdFloat: float }),
);
const fits = fc.option(
  fc
    .record({
      expiryUs: fc.nat(),
      fittedUs: fc.nat(),
      svi: fc.record({ a: float, b: float, rho: float, m: float, sigma: float }),
      rmseFloat: float,
    })
    .map(surfaceFitJson),
);
const pins = {
  scenario_id: 'a "world"',
  run_id: 'r',
  manifest_fingerprint: 'a'.repeat(64),
  parameter_hash: 'b'.repeat(64),
};

const intents: fc.Arbitrary<OrderIntent> = fc.record({
  instrument: fc.constantFrom('usd' as const, 'coin' as const).chain((unit) =>
    text.map((name) => ({
      ...perpetualInstrument({ name: name === '' ? 'x' : name }),
      amountUnit: unit,
    })),
  ),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  qtyLots: fc.integer({ min: 1, max: 2 ** 40 }),
  limitTicks: fc.integer({ min: 1, max: 2 ** 40 }),
  groupId: hex64,
  legIdx: fc.nat(100),
  attempt: fc.nat(100),
  intentId: hex64,
  strategyId: text,
  decisionId: text,
  class: fc.constantFrom('OPEN' as const, 'CLOSE' as const, 'HEDGE' as const),
  timeInForce: fc.constantFrom('good_til_cancelled' as const, 'immediate_or_cancel' as const),
  postOnly: fc.boolean(),
  reduceOnly: fc.boolean(),
  validUntilUs: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  label: text,
  edge: edges,
  reasonCodes: fc.array(text, { maxLength: 4 }),
  traceId: hex(32),
});

function edgePayload(edge: OrderIntent['edge']): object | null {
  if (edge === null) return null;
  return {
    slippage_usd_float: edge.slippageUsdFloat,
    gross_usd_float: edge.grossUsdFloat,
    fee_usd_float: edge.feeUsdFloat,
  };
}

records('an intent', () => {
  fc.assert(
    fc.property(intents, fc.option(hex64), fc.nat(9), (intent, capsuleId, legs) => {
      const expectation = {
        capsuleId,
        fairPriceFloat: null,
        predictedSlippageBpsFloat: null,
        touchPriceFloat: null,
        mark: null,
        decidedUs: null,
      };
      const order = newOrderRecord(intent, { style: 'atomic', legs }, expectation);
      const quantity = gridText(intent.instrument.amount, intent.qtyLots);
      const general = {
        intent_id: intent.intentId,
        group_id: intent.groupId,
        group_style: 'atomic',
        group_legs: legs,
        leg_idx: intent.legIdx,
        attempt: intent.attempt,
        strategy_id: intent.strategyId,
        decision_id: intent.decisionId,
        class: intent.class,
        instrument: intent.instrument.name,
        instrument_revision: intent.instrument.revision,
        side: intent.side,
        qty_coin: intent.instrument.amountUnit === 'usd' ? null : quantity,
        qty_usd: intent.instrument.amountUnit === 'usd' ? quantity : null,
        limit_price: gridText(intent.instrument.price, intent.limitTicks),
        time_in_force: intent.timeInForce,
        post_only: intent.postOnly,
        reduce_only: intent.reduceOnly,
        valid_until_us: intent.validUntilUs,
        label: intent.label,
        edge: edgePayload(intent.edge),
        reason_codes: intent.reasonCodes,
        capsule_id: capsuleId,
      };
      assert.is(intentJson(order), canonicalJson(general));
    }),
  );
});

records('a capsule', () => {
  const cases = [intents, hex64, fc.option(float), float, fc.uniqueArray(text), fits] as const;
  fc.assert(
    fc.property(...cases, (intent, id, fairPriceFloat, predictedSlippageBpsFloat, gates, fit) => {
      const snapshot = { digest: 'c'.repeat(64), snapshotId: 'd'.repeat(64) };
      const made = truthCapsule({
        capsuleId: id,
        intent,
        snapshot,
        groupStyle: 'independent',
        fairPriceFloat,
        predictedSlippageBpsFloat,
        gatesPassedJson: JSON.stringify(gates),
        edgeReckoned: intent.edge,
        netEdgeVersion: 2,
        minEdgeUsdFloat: fairPriceFloat,
        fillProbabilityFloat: fairPriceFloat,
        limits: { rescueAttemptsMax: 2, rescueCrossSpreadTicks: 3, closeAttemptsMax: 4 },
        bundleRef: intent.strategyId,
        surfaceFitJson: fit,
        policyRev: 'e'.repeat(64),
        clockDriftUs: -7,
        mode: 'Active',
        decidedUs: 1,
        localUs: 2,
      });
      const general = {
        bundle_ref: intent.strategyId,
        clock_drift_us: -7,
        edge_reckoned: edgePayload(intent.edge),
        fill_probability_float: fairPriceFloat,
        min_edge_usd_float: fairPriceFloat,
        net_edge_version: 2,
        plan: {
          order_type: 'limit',
          time_in_force: intent.timeInForce,
          post_only: intent.postOnly,
          rescue_attempts_max: 2,
          rescue_cross_spread_ticks: 3,
          close_attempts_max: 4,
        },
        policy_rev: 'e'.repeat(64),
        surface_fit: fit === null ? null : JSON.parse(fit),
        venue_us: -5,
        strategy_id: intent.strategyId,
        snapshot_id: snapshot.snapshotId,
        snapshot_digest: snapshot.digest,
        predicted_slippage_bps_float: predictedSlippageBpsFloat,
        mode: 'Active',
        local_us: 2,
        limit_price: gridText(intent.instrument.price, intent.limitTicks),
        leg_idx: intent.legIdx,
        intent_id: intent.intentId,
        group_style: 'independent',
        group_id: intent.groupId,
        gates_passed: gates,
        fair_price_float: fairPriceFloat,
        edge: edgePayload(intent.edge),
        decision_id: intent.decisionId,
        decided_us: 1,
        capsule_id: id,
      };
      assert.is(made.text, canonicalJson(general));
    }),
  );
});

records('a transition', () => {
  const transitions = fc.record({
    intent_id: hex64,
    from: fc.constantFrom('recorded', 'sent'),
    to: fc.constantFrom('sent', 'acked'),
    event: fc.constantFrom('dispatch.sent', 'venue.acked'),
    sequence: fc.integer({ min: 1, max: 1_000 }),
    venue_order_id: fc.option(text),
    evidence_id: fc.option(text),
    reported_lots: fc.nat(),
    cause: fc.option(text),
    anomaly: fc.option(text),
  });
  fc.assert(
    fc.property(transitions, (payload) => {
      assert.is(transitionJson(payload), canonicalJson(payload));
    }),
  );
});

records('the fact around any of them, alone and in one block with others', () => {
  let nowUs = 1_700_000_000_000_000;
  const writer = new FactWriter(pins, 'execution', () => nowUs);
  const facts = fc.record({
    tsUs: fc.nat(2 ** 31),
    identity: fc.array(fc.oneof(text, fc.integer(), fc.constant(null)), { minLength: 1 }),
    partitionKey: text,
    traceId: hex(32),
    policyRev: hex64,
    // The last ones are longer than the buffer of a block.
    payload: fc.oneof(fc.dictionary(hex(4), text), fc.constant({ long: 'ä"'.repeat(9_000) })),
  });
  fc.assert(
    fc.property(fc.array(facts, { maxLength: 6 }), fc.nat(1_000_000), (block, laterUs) => {
      nowUs += laterUs;
      writer.begin();
      const written = block.map((fact) =>
        writer.append({ ...fact, eventType: 'order.intent', payload: canonicalJson(fact.payload) }),
      );
      for (const [at, fact] of block.entries()) {
        const { traceId, policyRev } = fact;
        const own = { pins, producer: 'execution', traceId, policyRev };
        const envelope = {
          ...own,
          eventType: 'order.intent',
          schemaVersion: factSchemas['order.intent']?.version ?? 0,
          emittedUs: nowUs,
        };
        const general = encodeFact(makeFact({ ...fact, ...envelope })).toString();
        assert.is(Buffer.from(written[at] ?? []).toString(), general);
      }
    }),
  );
});

records('the id of a decision', () => {
  fc.assert(
    fc.property(text, text, text, hex64, (strategy, bundle, scope, input) => {
      const ids = decisionIds(pins, strategy, bundle);
      assert.is(ids(input, scope), decisionIdOf(pins, strategy, input, scope, bundle));
    }),
  );
});

records('the parameters of an order say what the intent says, flags only when they are set', () => {
  fc.assert(
    fc.property(intents, (intent) => {
      const read = JSON.parse(orderParamsJson(intent)) as Record<string, unknown>;
      const { instrument } = intent;
      assert.equal(read, {
        instrument_name: instrument.name,
        amount: Number(gridText(instrument.amount, intent.qtyLots)),
        type: 'limit',
        price: Number(gridText(instrument.price, intent.limitTicks)),
        label: intent.label,
        time_in_force: intent.timeInForce,
        ...(intent.postOnly ? { post_only: true, reject_post_only: true } : {}),
        ...(intent.reduceOnly ? { reduce_only: true } : {}),
        valid_until: Math.floor(intent.validUntilUs / 1_000),
      });
    }),
  );
});

records.run();
