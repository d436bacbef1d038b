/** Every state of the runner machine against every event: where it goes, what it may do there. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { getNextSnapshot, initialTransition } from 'xstate';
import { type RunnerEvent, runnerMachine } from '../../../machines/runner.ts';

const machine = suite('runner machine');

const events: Readonly<Record<RunnerEvent['type'], RunnerEvent>> = {
  'runner.startRequested': { type: 'runner.startRequested' },
  'runner.started': { type: 'runner.started' },
  'runner.blocked': { type: 'runner.blocked', cause: 'no market' },
  'runner.degraded': { type: 'runner.degraded', cause: 'stale book' },
  'runner.recovered': { type: 'runner.recovered' },
  'runner.failed': { type: 'runner.failed', cause: 'thrown' },
  'runner.heartbeatMissed': { type: 'runner.heartbeatMissed' },
  'runner.stopRequested': { type: 'runner.stopRequested', cause: 'operator' },
  'runner.stopped': { type: 'runner.stopped' },
};

type Column = keyof typeof events;

/** Only moves are listed: every pair that is not here stays where it is. */
const moves: Readonly<Record<string, Partial<Record<Column, string>>>> = {
  pending: { 'runner.startRequested': 'starting', 'runner.stopRequested': 'stopped' },
  starting: {
    'runner.started': 'running',
    'runner.blocked': 'blocked',
    'runner.failed': 'crashed',
    'runner.stopRequested': 'stopping',
  },
  running: {
    'runner.degraded': 'degraded',
    'runner.failed': 'crashed',
    'runner.heartbeatMissed': 'timeout',
    'runner.stopRequested': 'stopping',
  },
  degraded: {
    'runner.recovered': 'running',
    'runner.failed': 'crashed',
    'runner.heartbeatMissed': 'timeout',
    'runner.stopRequested': 'stopping',
  },
  stopping: { 'runner.stopped': 'stopped', 'runner.failed': 'stopped' },
  stopped: { 'runner.startRequested': 'starting' },
  crashed: { 'runner.startRequested': 'starting', 'runner.stopRequested': 'stopped' },
  timeout: { 'runner.startRequested': 'starting', 'runner.stopRequested': 'stopped' },
  blocked: { 'runner.startRequested': 'starting', 'runner.stopRequested': 'stopped' },
};

const mayDecide = new Set(['running', 'degraded']);
const alive = new Set(['starting', 'running', 'degraded']);

function at(state: string) {
  return runnerMachine.resolveState({ value: state, context: { cause: null } });
}

machine('the table names every state there is', () => {
  assert.equal(Object.keys(runnerMachine.states).sort(), Object.keys(moves).sort());
  assert.is(initialTransition(runnerMachine)[0].value, 'pending');
});

for (const [state, row] of Object.entries(moves)) {
  for (const [name, event] of Object.entries(events)) {
    const target = row[name as Column];
    machine(`${state} on ${name}: ${target ?? 'stays'}`, () => {
      const next = getNextSnapshot(runnerMachine, at(state), event);
      assert.is(next.value, target ?? state);
      assert.is(next.hasTag('mayDecide'), mayDecide.has(target ?? state));
      assert.is(next.hasTag('alive'), alive.has(target ?? state));
    });
  }
}

for (const [state, name] of [
  ['starting', 'runner.blocked'],
  ['starting', 'runner.failed'],
  ['running', 'runner.degraded'],
  ['running', 'runner.failed'],
  ['running', 'runner.stopRequested'],
  ['degraded', 'runner.failed'],
] as const) {
  machine(`${name} in ${state} keeps its cause`, () => {
    const event = events[name];
    const next = getNextSnapshot(runnerMachine, at(state), event);
    assert.is(next.context.cause, 'cause' in event ? event.cause : undefined);
  });
}

machine('a runner that recovers, or starts again, has no cause any more', () => {
  const degraded = getNextSnapshot(runnerMachine, at('running'), events['runner.degraded']);
  const recovered = getNextSnapshot(runnerMachine, degraded, events['runner.recovered']);
  assert.is(recovered.context.cause, null);
  const crashed = getNextSnapshot(runnerMachine, recovered, events['runner.failed']);
  assert.is(crashed.context.cause, 'thrown');
  const starting = getNextSnapshot(runnerMachine, crashed, events['runner.startRequested']);
  assert.is(getNextSnapshot(runnerMachine, starting, events['runner.started']).context.cause, null);
});

machine.run();
