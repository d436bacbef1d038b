/** `holdfast explain` over a small journal: every kind of id leads to the chain, no other does. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Explanation } from '../../../daemon/explain/chain.ts';
import { productionPorts } from '../../../daemon/ports/production/index.ts';
import { openJournal } from '../../../streams/journal/index.ts';
import { typed } from '../../fixtures/system/command-line.ts';
import { withDirectory } from '../../fixtures/system/commands-run.ts';

const explain = suite('explain');

const one = 'a1'.repeat(32);
/** Begins as the first does. */
const other = `${one.slice(0, 10)}${'a2'.repeat(27)}`;
const decision = 'd1'.repeat(32);
const group = 'c1'.repeat(32);

function fact(event_type: string, at: number, payload: Record<string, unknown>): Buffer {
  const recorded = `2026-11-21T00:00:0${at}.000000Z`;
  return Buffer.from(
    JSON.stringify({
      event_type,
      ts_utc: '2026-11-21T00:00:00.000000Z',
      emitted_at_utc: recorded,
      trace_id: 't1',
      policy_rev: 'p1',
      pins: { run_id: 'r1' },
      payload,
    }),
  );
}

const ids = { group_id: group, decision_id: decision };
const intent = (intent_id: string, label: string) => ({ intent_id, label, ...ids });
const cost = {
  fee_usd_float: 0.5,
  gross_edge_usd_float: 2,
  net_edge_usd_float: 1.5,
  slippage_fair_bps_float: 1,
  predicted_slippage_bps_float: 0.5,
};

/** Two legs of one decision, the first filled in two trades, and a refusal of another decision. */
async function withJournal(work: (directory: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const ports = productionPorts({ log: { level: 'silent', destination: 'stderr' } });
    const journal = await openJournal(ports, join(directory, 'journal'));
    const ledger = journal.stream('ledger');
    const digest = 'e'.repeat(64);
    const snapshot = { snapshot_id: 's'.repeat(64), digest, input_event_id: 'x', instruments: [] };
    await ledger.append(fact('snapshot.recorded', 1, { ...ids, ...snapshot }));
    await ledger.append(fact('order.intent', 1, intent(one, 'hf1:one')));
    await ledger.append(fact('order.intent', 1, intent(other, 'hf1:other')));
    const moves = [
      ['recorded', 'sent', null],
      ['sent', 'filled', 'V-1'],
    ] as const;
    for (const [from, to, venue_order_id] of moves) {
      await ledger.append(
        fact('order.transition', 2, { intent_id: one, from, to, event: 'e', venue_order_id }),
      );
    }
    for (const [trade_id, amount] of [
      ['T-1', '30'],
      ['T-2', '10'],
    ]) {
      const fill = { trade_id, amount, order_id: 'V-1', intent_id: one };
      await ledger.append(fact('fill.recorded', 3, fill));
      const slippage_fair_bps_float = trade_id === 'T-1' ? 1 : 5;
      const row = { ...fill, ...cost, slippage_fair_bps_float, group_id: group };
      await ledger.append(fact('attribution.recorded', 3, row));
    }
    const refused = { intent_id: null, decision_id: 'd2'.repeat(32), group_id: 'c2'.repeat(32) };
    await journal
      .stream('audit')
      .append(
        fact('decision.suppressed', 4, { ...refused, code: 'NetEdgeTooLow', gate: 'net_edge' }),
      );
    await journal.close();
    await work(directory);
  });
}

async function explained(directory: string, id: string): Promise<Explanation> {
  const { exitCode, out, err } = await typed(['explain', id, '--json', '--data', directory]);
  assert.is(exitCode, 0, err);
  return JSON.parse(out) as Explanation;
}

explain('every id of an intent leads to the same chain', () =>
  withJournal(async (directory) => {
    for (const [kind, id] of [
      ['intent', one],
      ['intent', one.slice(0, 20)],
      ['label', 'hf1:one'],
      ['order', 'V-1'],
      ['trade', 'T-2'],
    ] as const) {
      const explanation = await explained(directory, id);
      assert.is(explanation.kind, kind, id);
      assert.equal(
        explanation.intents.map(({ intent_id, outcome }) => [intent_id, outcome]),
        [[one, 'filled']],
        id,
      );
      assert.is(explanation.seen.length, 1);
      const [chain] = explanation.intents;
      assert.is(chain?.sent?.venue_order_id, 'V-1');
      assert.is(chain?.fills.length, 2);
      // 30 at 1 bps and 10 at 5 bps.
      assert.is(chain?.cost?.slippage_fair_bps_float, 2);
      assert.is(chain?.cost?.fees_usd_float, 1);
      assert.is(chain?.cost?.net_edge_usd_float, 3);
      assert.not.ok(JSON.stringify(explanation).includes(other), 'the sibling is not part of it');
    }
  }),
);

explain('a decision or a group shows every leg', () =>
  withJournal(async (directory) => {
    for (const id of [decision, group]) {
      const { intents } = await explained(directory, id);
      assert.equal(intents.map(({ outcome }) => outcome).sort(), ['filled', 'recorded']);
      assert.is(intents.find(({ intent_id }) => intent_id === other)?.cost, null);
    }
  }),
);

explain('a refusal without an intent is shown by its decision', () =>
  withJournal(async (directory) => {
    const { intents, refusals } = await explained(directory, 'd2'.repeat(32));
    assert.equal(intents, []);
    assert.equal(
      refusals.map(({ code }) => code),
      ['NetEdgeTooLow'],
    );
  }),
);

explain('an unknown id, an ambiguous beginning and a missing journal say so', () =>
  withJournal(async (directory) => {
    const at = (id: string, data = directory) => typed(['explain', id, '--data', data]);
    for (const id of ['nothing', one.slice(0, 7), `${one}00`]) {
      const { exitCode, err } = await at(id);
      assert.is(exitCode, 8, id);
      assert.match(err, /NOT_FOUND.*at least the first 8 characters/);
    }
    const ambiguous = await at(one.slice(0, 10));
    assert.is(ambiguous.exitCode, 2);
    assert.match(ambiguous.err, /is the beginning of 2 ids/);
    assert.match((await at(one, join(directory, 'nowhere'))).err, /NOT_FOUND.*no journal/);
    assert.is((await at('')).exitCode, 2);
  }),
);

explain.run();
