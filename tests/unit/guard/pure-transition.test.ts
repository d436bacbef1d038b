/** One step without an actor must be what the library's own pure transition says it is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type AnyStateMachine, initialTransition, transition } from 'xstate';
import { seededRandom } from '../../../daemon/ports/virtual/index.ts';
import { circuitBreakerMachine } from '../../../machines/circuit-breaker.ts';
import { pureTransition } from '../../../machines/pure-transition.ts';
import { reconciliationMachine } from '../../../machines/reconciliation.ts';

const steps = suite('pure transition');

interface Walk {
  readonly machine: AnyStateMachine;
  readonly input: unknown;
  readonly events: readonly ((atUs: number) => Record<string, unknown> & { type: string })[];
}

const walks: Readonly<Record<string, Walk>> = {
  reconciliation: {
    machine: reconciliationMachine,
    input: { attemptsMax: 3 },
    events: [
      () => ({ type: 'reconcile.requested', cause: 'a test' }),
      () => ({ type: 'reconcile.collected' }),
      () => ({ type: 'reconcile.readFailed', cause: 'NETWORK_TIMEOUT' }),
      () => ({ type: 'reconcile.compared', verdict: 'equal' }),
      () => ({ type: 'reconcile.compared', verdict: 'again' }),
      () => ({ type: 'reconcile.compared', verdict: 'correct' }),
      () => ({ type: 'reconcile.corrected' }),
    ],
  },
  'circuit breaker': {
    machine: circuitBreakerMachine,
    input: { failuresMax: 2, windowUs: 50 },
    events: [
      (atUs) => ({ type: 'time.passed', atUs }),
      () => ({ type: 'call.succeeded' }),
      (atUs) => ({ type: 'call.failed', atUs, code: 'NETWORK_CLOSED', pauseUs: 20 }),
    ],
  },
};

for (const [name, { machine, input, events }] of Object.entries(walks)) {
  steps(`${name}: the same states, contexts and tags over a long walk`, () => {
    const random = seededRandom(name);
    let [mine] = initialTransition(machine, input);
    let theirs = mine;
    const seen = new Set<string>();
    for (let at = 0; at < 600; at += 1) {
      const event = events[random.integer(events.length)]?.(at * 10) ?? { type: 'nothing' };
      mine = pureTransition(machine, mine, event);
      [theirs] = transition(machine, theirs, event);
      assert.equal([mine.value, mine.context], [theirs.value, theirs.context]);
      assert.equal([...mine.tags], [...theirs.tags]);
      seen.add(JSON.stringify(mine.value));
    }
    assert.ok(seen.size >= 3, `states reached: ${[...seen].join()}`);
  });
}

steps.run();
