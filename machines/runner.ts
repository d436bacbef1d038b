/**
 * The life of one runner (one strategy instance). It may decide only in `running` and `degraded`;
 * `blocked` needs the cause removed, `crashed` and `timeout` need the supervisor.
 */
import { assign, setup } from 'xstate';

export type RunnerEvent =
  | { type: 'runner.startRequested' }
  | { type: 'runner.started' }
  | { type: 'runner.blocked'; cause: string }
  | { type: 'runner.degraded'; cause: string }
  | { type: 'runner.recovered' }
  | { type: 'runner.failed'; cause: string }
  | { type: 'runner.heartbeatMissed' }
  | { type: 'runner.stopRequested'; cause: string }
  | { type: 'runner.stopped' };

export interface RunnerContext {
  /** Why the runner is where it is; null when nothing is wrong. */
  readonly cause: string | null;
}

export const runnerMachine = setup({
  types: {
    context: {} as RunnerContext,
    events: {} as RunnerEvent,
    tags: {} as 'mayDecide' | 'alive',
  },
  actions: {
    recordCause: assign(({ event }) => ('cause' in event ? { cause: event.cause } : {})),
    clearCause: assign({ cause: null }),
  },
}).createMachine({
  id: 'runner',
  context: { cause: null },
  initial: 'pending',
  states: {
    pending: {
      on: {
        'runner.startRequested': 'starting',
        'runner.stopRequested': 'stopped',
      },
    },
    starting: {
      tags: 'alive',
      on: {
        'runner.started': { target: 'running', actions: 'clearCause' },
        'runner.blocked': {
          target: 'blocked',
          actions: 'recordCause',
        },
        'runner.failed': {
          target: 'crashed',
          actions: 'recordCause',
        },
        'runner.stopRequested': {
          target: 'stopping',
          actions: 'recordCause',
        },
      },
    },
    running: {
      tags: ['mayDecide', 'alive'],
      on: {
        'runner.degraded': {
          target: 'degraded',
          actions: 'recordCause',
        },
        'runner.failed': {
          target: 'crashed',
          actions: 'recordCause',
        },
        'runner.heartbeatMissed': 'timeout',
        'runner.stopRequested': {
          target: 'stopping',
          actions: 'recordCause',
        },
      },
    },
    degraded: {
      tags: ['mayDecide', 'alive'],
      on: {
        'runner.recovered': { target: 'running', actions: 'clearCause' },
        'runner.failed': {
          target: 'crashed',
          actions: 'recordCause',
        },
        'runner.heartbeatMissed': 'timeout',
        'runner.stopRequested': {
          target: 'stopping',
          actions: 'recordCause',
        },
      },
    },
    stopping: { on: { 'runner.stopped': 'stopped', 'runner.failed': 'stopped' } },
    stopped: { on: { 'runner.startRequested': 'starting' } },
    crashed: { on: { 'runner.startRequested': 'starting', 'runner.stopRequested': 'stopped' } },
    timeout: { on: { 'runner.startRequested': 'starting', 'runner.stopRequested': 'stopped' } },
    blocked: { on: { 'runner.startRequested': 'starting', 'runner.stopRequested': 'stopped' } },
  },
});
