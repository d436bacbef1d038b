/** The runner host: identity of decisions, crashes, deadlines, stopping. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Runner, type RunnerOptions, type Strategy } from '../../../actors/strategy/index.ts';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import {
  type DecisionContext,
  decisionIdOf,
  decisionTraceId,
  groupIdOf,
  inputEventIdOf,
  type StrategyDecision,
} from '../../../streams/facts/decision.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { perpetualInstrument } from '../../fixtures/instruments.ts';
import { benchStartUs, StrategyBench } from '../../fixtures/strategy-bench.ts';

const runner = suite('runner');

const pins = {
  scenario_id: 'test',
  run_id: 'run-1',
  manifest_fingerprint: 'f'.repeat(64),
  parameter_hash: 'e'.repeat(64),
};

const buy: StrategyDecision = {
  scope: 'BTC-PERPETUAL',
  action: 'ENTER',
  intents: [{ class: 'OPEN' }],
  reasons: ['test'],
  signal: {},
};

interface Hosted {
  readonly bench: StrategyBench;
  readonly runner: Runner;
  readonly submitted: DecisionContext[];
  readonly suppressed: { context: DecisionContext; code: string; facts: object }[];
  readonly transitions: string[];
  tick(): MarketEvent;
}

/** A runner of `decide` whose clock moves `tookMs` whenever the strategy is asked. */
function host(
  decide: Strategy['decide'],
  changes: Partial<RunnerOptions> = {},
  tookMs = 0,
): Hosted {
  const world = createVirtualWorld({ seed: 1, startUs: benchStartUs, log: { level: 'silent' } });
  const ports = world.portsFor('daemon');
  const bench = new StrategyBench([perpetualInstrument()]);
  const submitted: DecisionContext[] = [];
  const suppressed: Hosted['suppressed'] = [];
  const transitions: string[] = [];
  let passedUs = 0;
  const clock = { ...ports.clock, monotonicUs: () => ports.clock.monotonicUs() + passedUs };
  const made = new Runner({
    ports: { ...ports, clock },
    runnerId: 'r1',
    bundle: 'kind@1',
    strategy: {
      wants: (event) => event.type === 'book',
      decide: (view, event) => {
        passedUs += tookMs * 1_000;
        return decide(view, event);
      },
    },
    pins,
    market: bench.market,
    standing: bench.standing,
    submit: (context) => void submitted.push(context),
    decisionDeadlineMs: 50,
    onTransition: (from, to, cause) => void transitions.push(`${from} > ${to}: ${cause}`),
    onSuppressed: (context, code, facts) => void suppressed.push({ context, code, facts }),
    ...changes,
  });
  const tick = (): MarketEvent => {
    const event = bench.book('BTC-PERPETUAL', [100, 10], [101, 10]);
    made.onMarket(event);
    return event;
  };
  return { bench, runner: made, submitted, suppressed, transitions, tick };
}

runner('decides only between start and stop', () => {
  const hosted = host(() => buy);
  hosted.tick();
  assert.is(hosted.submitted.length, 0);
  hosted.runner.start();
  hosted.tick();
  assert.is(hosted.submitted.length, 1);
  hosted.runner.stop('the run ended');
  hosted.tick();
  assert.is(hosted.submitted.length, 1);
  assert.equal(hosted.transitions, [
    'pending > starting: null',
    'starting > running: null',
    'running > stopping: the run ended',
    'stopping > stopped: the run ended',
  ]);
});

runner('asks the strategy only about events it wants', () => {
  let asked = 0;
  const hosted = host(() => {
    asked += 1;
    return undefined;
  });
  hosted.runner.start();
  hosted.runner.onMarket(hosted.bench.trade('BTC-PERPETUAL', 'buy', 1));
  assert.is(asked, 0);
  hosted.tick();
  assert.is(asked, 1);
  assert.is(hosted.runner.status().decisions, 0);
});

runner('gives a decision the ids that any run of the same event gives it', () => {
  const first = host(() => buy);
  const second = host(() => buy, { pins: { ...pins, run_id: 'run-2' } });
  for (const hosted of [first, second]) hosted.runner.start();
  const event = first.tick();
  second.tick();
  const [one] = first.submitted;
  const [two] = second.submitted;
  const inputEventId = inputEventIdOf(event);
  assert.is(one?.inputEventId, inputEventId);
  assert.is(one?.decisionId, decisionIdOf(pins, 'r1', inputEventId, 'BTC-PERPETUAL', 'kind@1'));
  assert.is(one?.traceId, decisionTraceId(one?.decisionId ?? '', 'run-1'));
  assert.is(two?.decisionId, one?.decisionId);
  assert.is(one?.groupId, groupIdOf(pins, 'r1', one?.decisionId ?? ''));
  assert.is(two?.groupId, one?.groupId);
  assert.is.not(two?.traceId, one?.traceId);
  assert.is(one?.tsUs, event.tsUs);
});

runner('other parameters, another bundle or another runner make another decision', () => {
  const ids = [
    host(() => buy),
    host(() => buy, { pins: { ...pins, parameter_hash: 'd'.repeat(64) } }),
    host(() => buy, { bundle: 'kind@2' }),
    host(() => buy, { runnerId: 'r2' }),
    host(() => ({ ...buy, scope: 'other' })),
  ].map((hosted) => {
    hosted.runner.start();
    hosted.tick();
    return hosted.submitted[0]?.decisionId;
  });
  assert.is(new Set(ids).size, ids.length);
});

runner('a strategy that throws crashes its runner and nothing else', () => {
  let calls = 0;
  const hosted = host(() => {
    calls += 1;
    throw new Error('no such level');
  });
  hosted.runner.start();
  hosted.tick();
  hosted.tick();
  assert.is(calls, 1);
  const { state, cause, failures } = hosted.runner.status();
  assert.equal(
    { state, cause, failures },
    { state: 'crashed', cause: 'no such level', failures: 1 },
  );
  assert.is(hosted.submitted.length, 0);
});

runner('a crashed runner decides again after it was started again', () => {
  let broken = true;
  const hosted = host(() => {
    if (broken) throw new Error('once');
    return buy;
  });
  hosted.runner.start();
  hosted.tick();
  broken = false;
  hosted.tick();
  assert.is(hosted.submitted.length, 0);
  hosted.runner.start();
  hosted.tick();
  assert.is(hosted.submitted.length, 1);
  assert.is(hosted.runner.status().cause, null);
});

runner('a decision that took longer than its deadline is recorded, not sent', () => {
  const hosted = host(() => buy, {}, 51);
  hosted.runner.start();
  hosted.tick();
  assert.is(hosted.submitted.length, 0);
  const [late] = hosted.suppressed;
  assert.is(late?.code, 'DecisionDeadlineMissed');
  assert.equal(late?.facts, { took_ms: 51, deadline_ms: 50 });
  assert.equal(late?.context.decision, buy);
  assert.is(hosted.runner.status().late, 1);
});

runner('a decision exactly at its deadline is sent', () => {
  const hosted = host(() => buy, {}, 50);
  hosted.runner.start();
  hosted.tick();
  assert.is(hosted.submitted.length, 1);
  assert.is(hosted.suppressed.length, 0);
});

runner.run();
