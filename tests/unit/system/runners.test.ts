/** Runners of a profile: which are made, what they are wired to, and what is written about them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { pinsOf } from '../../../daemon/system/identity.ts';
import { makeRunners, type RunnersOptions } from '../../../daemon/system/runners.ts';
import type { DecisionContext } from '../../../streams/facts/decision.ts';
import { runnerTransitionPayloadSchema } from '../../../streams/facts/schemas/run.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';
import { shippedConfig } from '../../fixtures/system/configs.ts';
import { marketOf } from '../../fixtures/system/markets.ts';

const runners = suite('runners');
const config = shippedConfig();
const { strategies } = config.profile.policy;
const scenario = { scenarioId: 'world', manifestFingerprint: 'a'.repeat(64) };

function bench(rows: RunnersOptions['strategies'] = strategies) {
  const world = createVirtualWorld({ seed: 1, startUs: 0, log: { level: 'silent' } });
  const written: { type: string; payload: object }[] = [];
  const submitted: DecisionContext[] = [];
  const asked: string[] = [];
  const options: RunnersOptions = {
    ports: world.portsFor('daemon'),
    strategies: rows,
    pinsOf: (runnerId) => {
      asked.push(runnerId);
      return pinsOf(scenario, 'run-1', config, runnerId);
    },
    market: marketOf(),
    execution: {
      standing: { positionLots: () => 0, workingLots: () => 0 },
      submit: (_intents, context) => {
        submitted.push(context);
        return [] as unknown as ReturnType<RunnersOptions['execution']['submit']>;
      },
      suppress: () => undefined,
    },
    records: {
      soon: (type, payload) => {
        written.push({ type, payload });
        return '';
      },
    },
  };
  return { made: makeRunners(options), written, submitted, asked };
}

runners(
  'one is made for each strategy, under its id, kind and version, with pins of its own',
  () => {
    const { made, asked } = bench();
    assert.ok(strategies.length >= 2);
    assert.equal(
      made.map((runner) => runner.id),
      strategies.map(({ id }) => id),
    );
    assert.equal(
      asked,
      strategies.map(({ id }) => id),
    );
    for (const [index, runner] of made.entries()) {
      const { bundle, state } = runner.status();
      assert.ok(bundle.startsWith(`${strategies[index]?.kind}@`), bundle);
      assert.is(state, 'pending', 'nothing decides before it is started');
    }
  },
);

runners('a strategy that is switched off has none', () => {
  const [first, ...others] = strategies;
  if (first === undefined) throw new Error('the local profile has strategies');
  const { made } = bench([{ ...first, enabled: false }, ...others]);
  assert.equal(
    made.map((runner) => runner.id),
    others.map(({ id }) => id),
  );
});

runners('an unknown kind and wrong parameters make none at all', () => {
  const [first] = strategies;
  if (first === undefined) throw new Error('the local profile has strategies');
  assert.throws(() => bench([{ ...first, kind: 'no-such-kind' }]), hasCode('CONFIG_INVALID'));
  assert.throws(() => bench([{ ...first, parameters: {} }]));
});

runners('every transition is a valid fact', () => {
  const { made, written } = bench();
  for (const runner of made) runner.start();
  for (const runner of made) runner.stop('test');
  assert.ok(written.length >= 2 * made.length);
  for (const { type, payload } of written) {
    assert.is(type, 'runner.transition');
    assert.ok(runnerTransitionPayloadSchema.safeParse(payload).success);
  }
  const states = written.map(({ payload }) => payload as { runner_id: string; to: string });
  for (const { id } of strategies) {
    assert.ok(states.some(({ runner_id, to }) => runner_id === id && to === 'running'));
  }
});

runners.run();
