/**
 * One step of a machine as a pure function, for machines that start no actors of their own. XState's
 * `transition` says the same and makes an actor for every call, which computes the initial state of
 * the machine anew and throws it away: ten times the work of the step itself.
 */
import {
  type AnyStateMachine,
  createEmptyActor,
  type EventFromLogic,
  type SnapshotFrom,
} from 'xstate';

const nobody = createEmptyActor();
/** What a machine is told of its surroundings: nobody is there, and nothing it asks for is done. */
const inertScope = {
  self: nobody,
  system: nobody.system,
  id: '',
  sessionId: '',
  logger: () => undefined,
  defer: () => undefined,
  stopChild: () => undefined,
  emit: () => undefined,
  actionExecutor: () => undefined,
} as unknown as Parameters<AnyStateMachine['transition']>[2];

/** The snapshot after an event. Actions are not executed, assignments are. */
export function pureTransition<Machine extends AnyStateMachine>(
  machine: Machine,
  snapshot: SnapshotFrom<Machine>,
  event: EventFromLogic<Machine>,
): SnapshotFrom<Machine> {
  return machine.transition(snapshot, event, inertScope) as SnapshotFrom<Machine>;
}
