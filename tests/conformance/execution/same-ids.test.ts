/** Clause C-217: whatever tells of an intent tells the same ids, whether it was refused or sent. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import {
  activeGuard,
  decisionOf,
  openProposal,
  type Room,
  startUs,
  withRoom,
} from '../../fixtures/execution-room.ts';

const sameIds = suite('conformance: one set of ids');

/** A room whose log and metrics can be read. */
function heardRoom(work: (room: Room, node: ReturnType<typeof nodeOf>) => Promise<void>) {
  const node = nodeOf();
  return withRoom((room) => work(room, node), { options: { ports: node.ports } });
}

function nodeOf() {
  const world = createVirtualWorld({ seed: 1, startUs, log: { level: 'info' } });
  return world.node('daemon');
}

async function exemplarsOf(node: ReturnType<typeof nodeOf>, metric: string): Promise<string[]> {
  const text = await node.metrics.render('openmetrics');
  return text.split('\n').filter((line) => line.startsWith(metric) && line.includes('trace_id'));
}

sameIds('C-217 refused: log line, metric exemplar, no-trade fact and outcome carry one set', () =>
  heardRoom(async (room, node) => {
    const decision = decisionOf();
    room.guard.view = { ...activeGuard, mode: 'ReduceOnly', reasons: ['REDUCEONLY_OPERATOR'] };
    room.guard.refusal = 'TradingModeForbidsClass';
    const [leg] = room.execution.submit([openProposal()], decision).legs;
    const intentId = leg?.intentId ?? '';
    assert.is(intentId.length, 64);
    const [fact, ...others] = room.audit.facts('decision.suppressed');
    assert.equal(others, []);
    const ids = { intent_id: intentId, run_id: 'run-1', trace_id: decision.traceId };
    const { intent_id, trace_id } = fact?.payload ?? {};
    assert.equal({ intent_id, run_id: fact?.pins.run_id, trace_id }, ids);
    assert.is(fact?.trace_id, decision.traceId);
    assert.is(fact?.payload.suppression_type, 'risk');
    assert.equal(fact?.payload.mode_reasons, ['REDUCEONLY_OPERATOR']);

    const lines = node.logLines.filter(({ event }) => event === 'intent refused');
    assert.is(lines.length, 1);
    const { fields } = lines[0] as (typeof lines)[number];
    assert.equal(
      { intent_id: fields.intent_id, run_id: fields.run_id, trace_id: fields.trace_id },
      ids,
    );
    assert.equal([fields.code, fields.gate], ['TradingModeForbidsClass', 'permission']);

    const [exemplar, ...more] = await exemplarsOf(node, 'holdfast_gate_rejects_total');
    assert.equal(more, []);
    for (const part of [
      'code="TradingModeForbidsClass"',
      // As much of it as an exemplar has room for.
      `intent_id="${intentId.slice(0, 32)}"`,
      'run_id="run-1"',
      `trace_id="${decision.traceId}"`,
    ]) {
      assert.ok(exemplar?.includes(part), `${part} in ${exemplar ?? 'none'}`);
    }
    assert.is(room.execution.rejectCounts.get('TradingModeForbidsClass'), 1);
  }),
);

sameIds('a decision that is handed in again and refused again is two facts', () =>
  heardRoom(async (room) => {
    const decision = decisionOf();
    room.guard.refusal = 'TradingModeForbidsClass';
    room.execution.submit([openProposal()], decision);
    room.execution.submit([openProposal()], decision);
    const [first, second] = room.audit.facts('decision.suppressed');
    assert.is(second?.payload.code, first?.payload.code);
    assert.is.not(second?.event_id, first?.event_id);
  }),
);

sameIds('C-217 sent: one set in all its records, and nothing tells of a refusal', () =>
  heardRoom(async (room, node) => {
    const decision = decisionOf();
    const [leg] = room.execution.submit([openProposal()], decision).legs;
    const facts = room.ledger.facts().filter(({ payload }) => payload.intent_id !== undefined);
    assert.ok(facts.length >= 2);
    for (const { payload, trace_id, pins } of facts) {
      assert.is(payload.intent_id, leg?.intentId);
      assert.is(trace_id, decision.traceId);
      assert.is(pins.run_id, 'run-1');
    }
    assert.equal(room.audit.facts('decision.suppressed'), []);
    assert.equal(
      node.logLines.filter(({ event }) => event === 'intent refused'),
      [],
    );
    assert.equal(await exemplarsOf(node, 'holdfast_gate_rejects_total'), []);
  }),
);

sameIds.run();
