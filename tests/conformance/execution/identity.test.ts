/** Clauses C-106 to C-110: what an intent is, and that it is only once. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { orderFormGate } from '../../../actors/execution/gates/order-form.ts';
import { labelGate } from '../../../actors/execution/gates/preflight.ts';
import { canonicalIntent, intentHash } from '../../../actors/execution/intent-hash.ts';
import { buildLabel, parseLabel, resolveLabel } from '../../../actors/execution/label.ts';
import { groupIdOf } from '../../../streams/facts/decision.ts';
import { canonicalHash } from '../../../streams/facts/hash.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { executionPolicySchema } from '../../../streams/facts/policy/execution.ts';
import { note } from '../../fixtures/evidence.ts';
import { decisionOf, openPolicy, openProposal, withRoom } from '../../fixtures/execution-room.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { stateOf } from '../../fixtures/room-state.ts';

const identity = suite('conformance: identity');

const base = {
  instrument: perpetualInstrument(),
  side: 'buy' as const,
  qtyLots: 100,
  limitTicks: 200_001,
  groupId: 'ab'.repeat(32),
  legIdx: 0,
  attempt: 0,
};

identity('C-106 the same fields give the same bytes at other times, after restart, shuffled', () =>
  withRoom(async (room) => {
    const decision = decisionOf();
    const [first] = room.execution.submit([openProposal()], decision).legs;
    const bytes = canonicalIntent(base);
    const shuffled = Object.fromEntries(Object.entries(base).reverse()) as typeof base;
    assert.is(canonicalIntent(shuffled), bytes);
    await room.pass(60_000);
    const other = room.restart();
    try {
      other.freshBooks();
      const proposal = Object.fromEntries(Object.entries(openProposal()).reverse());
      const [again] = other.execution.submit([proposal], { ...decision, tsUs: 1 }).legs;
      assert.is(again?.intentId, first?.intentId);
      const bytesIn = ({ execution }: typeof room, id: string | null | undefined): string =>
        canonicalIntent(execution.order(id ?? '')?.intent ?? base);
      assert.is(bytesIn(other, again?.intentId), bytesIn(room, first?.intentId));
      assert.is(canonicalHash(JSON.parse(bytesIn(room, first?.intentId))), first?.intentId);
      const intent_id = again?.intentId;
      note('determinism', { what: 'restart, later, keys shuffled', bytes, intent_id });
    } finally {
      other.execution.stop();
    }
  }),
);

const changes = {
  instrument: perpetualInstrument({ name: 'ETH-PERPETUAL' }),
  side: 'sell' as const,
  qtyLots: 101,
  limitTicks: 200_002,
  groupId: 'ac'.repeat(32),
  legIdx: 1,
  attempt: 1,
};
for (const field of Object.keys(changes) as (keyof typeof changes)[]) {
  identity(`C-107 another ${field} is another hash`, () => {
    assert.is.not(intentHash({ ...base, [field]: changes[field] }), intentHash(base));
  });
}

identity('C-107 another run id alone is the same group and hash', () => {
  const pins = {
    scenario_id: 's',
    run_id: 'one',
    manifest_fingerprint: '0'.repeat(64),
    parameter_hash: '1'.repeat(64),
  };
  assert.is(groupIdOf({ ...pins, run_id: 'two' }, 's', 'd'), groupIdOf(pins, 's', 'd'));
  assert.is.not(groupIdOf({ ...pins, seed: 1 }, 's', 'd'), groupIdOf(pins, 's', 'd'));
});

identity(
  'C-107 the same decision in another run is the same intent, told with its own run id',
  () =>
    withRoom((room) => {
      const decision = decisionOf();
      const [first] = room.execution.submit([openProposal()], decision).legs;
      const pins = {
        scenario_id: 'test',
        run_id: 'run-2',
        manifest_fingerprint: '0'.repeat(64),
        parameter_hash: '0'.repeat(64),
      };
      return withRoom(
        (other) => {
          const [again] = other.execution.submit([openProposal()], decision).legs;
          assert.is(again?.intentId, first?.intentId);
          const runs = [room, other].map(
            ({ ledger }) => ledger.facts('order.intent')[0]?.pins.run_id,
          );
          assert.equal(runs, ['run-1', 'run-2']);
        },
        { options: { pins } },
      );
    }),
);

identity('C-108 a label parses back to its parts', () => {
  const intentId = intentHash(base);
  const label = buildLabel('strategy', base.groupId, 7, intentId);
  assert.ok(label.length <= 64);
  assert.equal(parseLabel(label), {
    strategy8: label.slice(4, 12),
    group12: base.groupId.slice(0, 12),
    legIdx: 7,
    intent16: intentId.slice(0, 16),
  });
});

identity('C-108 64 characters pass, 65 are refused and never cut', () => {
  const intent = (label: string) => ({ label }) as unknown as OrderIntent;
  assert.is(labelGate(intent('x'.repeat(64))), undefined);
  assert.is(labelGate(intent('x'.repeat(65)))?.code, 'LabelTooLong');
});

identity('C-108 a leg the label cannot carry back is refused before it is an intent', () => {
  const proposed = { side: 'buy', leg_idx: 999_999_999 };
  assert.is(orderFormGate(proposed), undefined);
  assert.is(orderFormGate({ ...proposed, leg_idx: 1_000_000_000 })?.code, 'SchemaInvalid');
  const longest = buildLabel('strategy', base.groupId, 999_999_999, 'a'.repeat(64));
  assert.is(parseLabel(longest)?.legIdx, 999_999_999);
});

identity(
  'C-108 two intents of one group and leg are told apart by hash, instrument, side, size',
  () => {
    const make = (own: object, intentId: string) => ({ ...base, ...own, intentId });
    const one = make({}, `${'1'.repeat(16)}${'0'.repeat(48)}`);
    const label = buildLabel('s', base.groupId, 0, one.intentId);
    const seen = { instrumentName: 'BTC-PERPETUAL', side: 'buy' as const, lots: 100 };
    const resolve = (others: object[]) =>
      resolveLabel(label, seen, [one, ...others.map((own) => make(own, one.intentId))]).kind;
    assert.is(resolveLabel(label, seen, [one, make({}, '2'.repeat(64))]).kind, 'one');
    assert.is(resolve([{ instrument: optionInstrument() }]), 'one');
    assert.is(resolve([{ side: 'sell' }]), 'one');
    assert.is(resolve([{ qtyLots: 99 }]), 'one');
    assert.is(resolve([{}]), 'ambiguous');
    assert.is(resolveLabel('not ours', seen, [one]).kind, 'none');
  },
);

identity('C-109 a known hash is not dispatched again and leaves the ledger alone', () =>
  withRoom((room) => {
    const decision = decisionOf();
    room.execution.submit([openProposal()], decision);
    const before = stateOf(room);
    const [leg] = room.execution.submit([openProposal()], decision).legs;
    assert.is(leg?.kind === 'refused' ? leg.code : 'sent', 'DuplicateIntent');
    assert.is(stateOf(room), before);
    assert.is(room.line.handed.length, 1);
  }),
);

identity('C-109 also after a restart', () =>
  withRoom((room) => {
    const decision = decisionOf();
    room.execution.submit([openProposal()], decision);
    const other = room.restart();
    try {
      other.execution.recover();
      const [leg] = other.execution.submit([openProposal()], decision).legs;
      assert.is(leg?.kind === 'refused' ? leg.code : 'sent', 'DuplicateIntent');
      assert.is(other.line.handed.length, 0);
    } finally {
      other.execution.stop();
    }
  }),
);

identity('C-106 frozen vectors: the bytes and hashes of these intents never change', () => {
  const option = { ...base, instrument: optionInstrument(), side: 'sell' as const, attempt: 2 };
  assert.equal([base, option].map(intentHash), [
    '0eeb91505b7248f5ea9c550d542b421e1659eb65e0d3e355d196640bc106a231',
    '8a946948f41976d3418767504b439bd9d6e836c11ce69b01b20f58f1e62065c8',
  ]);
});

identity('C-110 a policy that means something else has another hash', () => {
  const changed = { ...openPolicy, max_order_notional_usd: 99_999 };
  assert.is.not(canonicalHash(changed), canonicalHash(openPolicy));
});

identity('C-109 another attempt of the same leg is another intent', () =>
  withRoom((room) => {
    const decision = decisionOf();
    room.execution.submit([openProposal()], decision);
    const again = room.execution.submit([openProposal({ attempt: 1 })], decision);
    assert.is(again.sent, 1);
  }),
);

identity('C-110 semantically equal policies have equal hashes whatever their key order', () => {
  const shuffled = Object.fromEntries(Object.entries(openPolicy).reverse());
  assert.is(canonicalHash(executionPolicySchema.parse(shuffled)), canonicalHash(openPolicy));
  const other = executionPolicySchema.parse({ ...shuffled, max_slippage_bps: 11 });
  assert.is.not(canonicalHash(other), canonicalHash(openPolicy));
});

identity.run();
