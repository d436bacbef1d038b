/**
 * The life of an atomic group: legs that are worth something only together. The first failure seeds
 * `mixed_failed` and is never overwritten: from there no event leads to `complete`. Total over
 * (state, event): what makes no sense in a state changes nothing and is reported as ignored.
 *
 *   new → recorded → dispatched → complete
 *                        └─► mixed_failed → rescuing → flattening → flattened | hedged | naked
 *                                  └──────────┴─► balanced
 */
import { setup, transition } from 'xstate';

export const groupStates = [
  'new',
  'recorded',
  'dispatched',
  'complete',
  'mixed_failed',
  'rescuing',
  'flattening',
  /** Nothing of the group is held. */
  'flattened',
  /** What could not be closed is offset by a hedge. */
  'hedged',
  /** After a failure the legs stand in their exact ratio all the same: nothing is naked. */
  'balanced',
  /** Containment is at its end and exposure is left: for people, and no OPEN until it is gone. */
  'naked',
] as const;
export type OrderGroupState = (typeof groupStates)[number];

export const groupEvents = [
  'ledger.recorded',
  'dispatch.finished',
  /** A leg ended without its whole quantity. */
  'leg.failed',
  'legs.filled',
  'rescue.started',
  'legs.balanced',
  'flatten.started',
  'exposure.closed',
  'exposure.hedged',
  'containment.exhausted',
] as const;
export type OrderGroupEventType = (typeof groupEvents)[number];
export interface OrderGroupEvent {
  readonly type: OrderGroupEventType;
}

const contained = {
  'legs.balanced': 'balanced',
  'exposure.closed': 'flattened',
} as const;

export const orderGroupMachine = setup({
  types: { events: {} as OrderGroupEvent, tags: {} as 'terminal' | 'containing' },
}).createMachine({
  id: 'orderGroup',
  initial: 'new',
  states: {
    new: { on: { 'ledger.recorded': 'recorded' } },
    recorded: { on: { 'dispatch.finished': 'dispatched', 'leg.failed': 'mixed_failed' } },
    dispatched: { on: { 'leg.failed': 'mixed_failed', 'legs.filled': 'complete' } },
    complete: { tags: 'terminal' },
    mixed_failed: {
      tags: 'containing',
      on: { ...contained, 'rescue.started': 'rescuing', 'flatten.started': 'flattening' },
    },
    rescuing: { tags: 'containing', on: { ...contained, 'flatten.started': 'flattening' } },
    flattening: {
      tags: 'containing',
      on: {
        'exposure.closed': 'flattened',
        'exposure.hedged': 'hedged',
        'containment.exhausted': 'naked',
      },
    },
    flattened: { tags: 'terminal' },
    hedged: { tags: 'terminal' },
    balanced: { tags: 'terminal' },
    // A late fill or somebody else's order may still take the exposure away.
    naked: { tags: 'containing', on: { 'exposure.closed': 'flattened' } },
  },
});

function derive(state: OrderGroupState, event: OrderGroupEventType): OrderGroupState {
  const from = orderGroupMachine.resolveState({ value: state });
  const [next] = transition(orderGroupMachine, from, { type: event });
  return next.value as OrderGroupState;
}

const table = new Map<string, OrderGroupState>(
  groupStates.flatMap((state) =>
    groupEvents.map((event) => [`${state} ${event}`, derive(state, event)] as const),
  ),
);

/** The machine's answer, looked up: the same state when the event means nothing there. */
export function groupTransition(
  state: OrderGroupState,
  event: OrderGroupEventType,
): OrderGroupState {
  return table.get(`${state} ${event}`) as OrderGroupState;
}

function tagged(tag: 'terminal' | 'containing'): ReadonlySet<OrderGroupState> {
  return new Set(
    groupStates.filter((state) => orderGroupMachine.resolveState({ value: state }).hasTag(tag)),
  );
}
const terminal = tagged('terminal');
const containing = tagged('containing');

/** The group is over: nothing more will be done for it. */
export function isGroupOver(state: OrderGroupState): boolean {
  return terminal.has(state);
}

/** A leg failed and exposure may stand naked: no other risk is opened meanwhile. */
export function isContaining(state: OrderGroupState): boolean {
  return containing.has(state);
}
