/**
 * Decides the trading mode from what was computed and from what an operator must release.
 *
 * `effective = max(computed, floor)`. A floor is raised by every reason an operator must release
 * and, under `strict`, by every tightening after the first Active. It only goes down by
 * `mode.restored`, and not while a reason of that tier stands. Starts in ReduceOnly: Active is
 * earned. Exactly one state carries `mayOpen`.
 */
import { assign, setup } from 'xstate';
import type { RestrictedTier, TradingMode } from '../streams/facts/reason-codes/index.ts';

/** What stands now, computed from inputs alone. */
export interface ComputedMode {
  /** A Kill reason stands. */
  readonly kill: boolean;
  /** A ReduceOnly reason stands (also while Kill stands). */
  readonly reduceOnly: boolean;
  /** A ReduceOnly reason stands that only an operator releases. */
  readonly reduceOnlyHolds: boolean;
  /** A reason of the tier stands that the operator's restore does not itself withdraw. */
  readonly killBars: boolean;
  readonly reduceOnlyBars: boolean;
}

export type TradingModeEvent =
  | { type: 'mode.computed'; computed: ComputedMode }
  | { type: 'mode.restored'; tier: RestrictedTier; computed: ComputedMode };

export interface TradingModeInput {
  readonly strict: boolean;
  /** Floors that survived a restart. */
  readonly killFloor: boolean;
  readonly reduceOnlyFloor: boolean;
}

export interface TradingModeContext {
  readonly strict: boolean;
  readonly killFloor: boolean;
  readonly reduceOnlyFloor: boolean;
  /** Before the first Active nothing counts as a tightening. */
  readonly everActive: boolean;
}

/** The floors after the event; the one place where they rise and fall. */
export function floorsAfter(
  context: TradingModeContext,
  event: TradingModeEvent,
): Pick<TradingModeContext, 'killFloor' | 'reduceOnlyFloor'> {
  const { computed } = event;
  const lowered = event.type === 'mode.restored' ? event.tier : undefined;
  const killHeld = context.killFloor && !(lowered === 'Kill' && !computed.killBars);
  const reduceOnlyHeld =
    context.reduceOnlyFloor && !(lowered === 'ReduceOnly' && !computed.reduceOnlyBars);
  const tightening = context.strict && context.everActive && computed.reduceOnly;
  return {
    killFloor: killHeld || computed.kill,
    reduceOnlyFloor: reduceOnlyHeld || computed.reduceOnlyHolds || tightening,
  };
}

function effectiveAfter(context: TradingModeContext, event: TradingModeEvent): TradingMode {
  const floors = floorsAfter(context, event);
  if (floors.killFloor || event.computed.kill) return 'Kill';
  return floors.reduceOnlyFloor || event.computed.reduceOnly ? 'ReduceOnly' : 'Active';
}

export const tradingModeMachine = setup({
  types: {
    context: {} as TradingModeContext,
    events: {} as TradingModeEvent,
    input: {} as TradingModeInput,
    tags: {} as 'mayOpen',
  },
  guards: {
    isKill: ({ context, event }) => effectiveAfter(context, event) === 'Kill',
    isReduceOnly: ({ context, event }) => effectiveAfter(context, event) === 'ReduceOnly',
  },
  actions: {
    moveFloors: assign(({ context, event }) => floorsAfter(context, event)),
    recordActive: assign({ everActive: true }),
  },
}).createMachine({
  id: 'trading-mode',
  context: ({ input }) => ({ ...input, everActive: false }),
  initial: 'reduceOnly',
  on: {
    'mode.*': [
      { guard: 'isKill', target: '.kill', actions: 'moveFloors' },
      { guard: 'isReduceOnly', target: '.reduceOnly', actions: 'moveFloors' },
      { target: '.active', actions: ['moveFloors', 'recordActive'] },
    ],
  },
  states: {
    active: { tags: 'mayOpen' },
    reduceOnly: {},
    kill: {},
  },
});

const modeOfState = { active: 'Active', reduceOnly: 'ReduceOnly', kill: 'Kill' } as const;

/** The mode a state stands for. */
export function modeOf(state: keyof typeof modeOfState): TradingMode {
  return modeOfState[state];
}
