/** A late decision: on record like any refusal, and nothing else has happened. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Runner } from '../../../actors/strategy/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { decisionOf, openProposal, withRoom } from '../../fixtures/execution-room.ts';
import { perpetualName, StrategyBench } from '../../fixtures/strategy-bench.ts';

const late = suite('late decision');

late(
  'leaves one no-trade record a leg, with code, gate and times; nothing is sent or reserved',
  () =>
    withRoom((room) => {
      const decision = decisionOf({
        decision: {
          scope: 'pair',
          action: 'ENTER',
          intents: [
            openProposal(),
            openProposal({ class: 'CLOSE', reduce_only: true, side: 'sell' }),
          ],
          reasons: [],
          signal: {},
        },
      });
      const facts = { took_ms: 61.5, deadline_ms: 50 };
      room.execution.suppress(decision, 'DecisionDeadlineMissed', facts);
      const records = room.audit.facts('decision.suppressed').map(({ payload }) => payload);
      assert.is(records.length, 2);
      for (const [legIdx, record] of (records as Record<string, unknown>[]).entries()) {
        assert.is(record.code, 'DecisionDeadlineMissed');
        assert.is(record.gate, 'runner');
        assert.is(record.decision_id, decision.decisionId);
        assert.is(record.trace_id, decision.traceId);
        assert.is(record.leg_idx, legIdx);
        assert.is(record.class, legIdx === 0 ? 'OPEN' : 'CLOSE');
        assert.is(record.instrument, perpetualName);
        assert.is(record.intent_id, null);
        assert.equal(record.facts, facts);
      }
      assert.is(room.execution.rejectCounts.get('DecisionDeadlineMissed'), 2);
      assert.is(room.line.handed.length, 0);
      assert.is(room.ledger.durable.length, 0);
      assert.is(room.execution.standing.workingLots(perpetualName), 0);
    }),
);

late('a runner that was too slow ends there, one in time at the venue', () =>
  withRoom((room) => {
    const bench = new StrategyBench([room.perpetual]);
    const ports = createVirtualWorld({ seed: 1, startUs: bench.nowUs, log: { level: 'silent' } });
    const daemon = ports.portsFor('daemon');
    let tookMs = 80;
    let passedMs = 0;
    const runner = new Runner({
      ports: {
        ...daemon,
        clock: {
          ...daemon.clock,
          monotonicUs: () => daemon.clock.monotonicUs() + passedMs * 1_000,
        },
      },
      runnerId: 'slow',
      bundle: 'test@1',
      strategy: {
        wants: () => true,
        decide: () => {
          passedMs += tookMs;
          const intents = [openProposal()];
          return { scope: 's', action: 'ENTER', intents, reasons: [], signal: {} };
        },
      },
      pins: decisionPins,
      market: bench.market,
      standing: room.execution.standing,
      decisionDeadlineMs: 50,
      submit: (context) => void room.execution.submit(context.decision.intents, context),
      onSuppressed: (context, code, facts) => room.execution.suppress(context, code, facts),
      onTransition: () => undefined,
    });
    runner.start();
    runner.onMarket(bench.book(perpetualName, [1, 1], [2, 1]));
    assert.is(room.line.handed.length, 0);
    assert.is(room.audit.facts('decision.suppressed').length, 1);
    tookMs = 10;
    runner.onMarket(bench.book(perpetualName, [1, 1], [2, 1]));
    assert.is(room.line.handed.length, 1);
    assert.is(runner.status().late, 1);
  }),
);

const decisionPins = {
  scenario_id: 'test',
  run_id: 'run-1',
  manifest_fingerprint: '0'.repeat(64),
  parameter_hash: '0'.repeat(64),
};

late.run();
