/**
 * From standing reasons to the mode in force: holds condition reasons for the stable period, runs
 * the trading-mode machine when something changed, and names the reasons to show.
 *
 * Two steps on purpose: `propose` computes, `commit` takes effect. In between the caller makes the
 * change durable.
 */
import { initialTransition } from 'xstate';
import { pureTransition } from '../../machines/pure-transition.ts';
import {
  type ComputedMode,
  modeOf,
  type TradingModeEvent,
  type TradingModeInput,
  tradingModeMachine,
} from '../../machines/trading-mode.ts';
import {
  type ModeReason,
  modeReasonRow,
  type RestrictedTier,
  reduceOnlyReasons,
  restoreRequired,
  type TradingMode,
  tradingModes,
} from '../../streams/facts/reason-codes/index.ts';
import type { StandingReasons } from './evaluate.ts';
import { HeldReasons } from './held-reasons.ts';
import { reasonBit, reasonsOf } from './reason-masks.ts';

type MachineSnapshot = ReturnType<typeof initialTransition<typeof tradingModeMachine>>[0];

const operatorReduceOnlyMask = reduceOnlyReasons
  .filter((reason) => modeReasonRow(reason).release === 'operator')
  .reduce((mask, reason) => mask | reasonBit[reason], 0);

/** An operator's own command does not bar its restore: the restore withdraws it. */
const notBarring = {
  kill: reasonBit.KILL_OPERATOR,
  reduceOnly: reasonBit.REDUCEONLY_OPERATOR,
} as const;

/** What the mode would be; nothing has taken effect. */
export interface ModeProposal {
  readonly mode: TradingMode;
  readonly reasons: readonly ModeReason[];
  readonly killMask: number;
  readonly reduceOnlyMask: number;
  readonly killFloor: boolean;
  readonly reduceOnlyFloor: boolean;
  readonly machine: MachineSnapshot;
}

function computedOf(killMask: number, reduceOnlyMask: number): ComputedMode {
  return {
    kill: killMask !== 0,
    reduceOnly: reduceOnlyMask !== 0,
    reduceOnlyHolds: (reduceOnlyMask & operatorReduceOnlyMask) !== 0,
    killBars: (killMask & ~notBarring.kill) !== 0,
    reduceOnlyBars: (reduceOnlyMask & ~notBarring.reduceOnly) !== 0,
  };
}

const noReasons: readonly ModeReason[] = Object.freeze([]);

function reasonsFor(mode: TradingMode, killMask: number, reduceOnlyMask: number) {
  if (mode === 'Active') return noReasons;
  const mask = mode === 'Kill' ? killMask : reduceOnlyMask;
  return reasonsOf(mode, mask === 0 ? reasonBit[restoreRequired(mode)] : mask);
}

export class ModeState {
  readonly #held = new HeldReasons();
  current: ModeProposal;

  constructor(input: TradingModeInput) {
    const [machine] = initialTransition(tradingModeMachine, input);
    // Before anything is known the latch stands: that is the reason of the start.
    const latched = reasonBit.REDUCEONLY_OPEN_PERMISSION_LATCHED;
    this.current = this.#proposalOf(machine, 0, latched);
    const first = this.propose({ killMask: 0, reduceOnlyMask: latched });
    this.commit(first);
  }

  get everActive(): boolean {
    return this.current.machine.context.everActive;
  }

  /** Standing ReduceOnly reasons, the ones held back until they stay clear included. */
  hold(reduceOnlyMask: number, nowUs: number, stableUs: number): number {
    return this.#held.apply(reduceOnlyMask, nowUs, stableUs, this.everActive);
  }

  propose(standing: StandingReasons): ModeProposal {
    const { killMask, reduceOnlyMask } = standing;
    return this.#after(
      { type: 'mode.computed', computed: computedOf(killMask, reduceOnlyMask) },
      killMask,
      reduceOnlyMask,
    );
  }

  /** The floor of the tier is lowered, if no reason of that tier bars it. */
  proposeRestore(tier: RestrictedTier, standing: StandingReasons): ModeProposal {
    const { killMask, reduceOnlyMask } = standing;
    const computed = computedOf(killMask, reduceOnlyMask);
    return this.#after({ type: 'mode.restored', tier, computed }, killMask, reduceOnlyMask);
  }

  /** Reasons of the tier that stand and refuse its restore. */
  barring(tier: RestrictedTier, standing: StandingReasons): readonly ModeReason[] {
    return tier === 'Kill'
      ? reasonsOf('Kill', standing.killMask & ~notBarring.kill)
      : reasonsOf('ReduceOnly', standing.reduceOnlyMask & ~notBarring.reduceOnly);
  }

  commit(proposal: ModeProposal): void {
    this.current = proposal;
  }

  #after(event: TradingModeEvent, killMask: number, reduceOnlyMask: number): ModeProposal {
    const machine = pureTransition(tradingModeMachine, this.current.machine, event);
    return this.#proposalOf(machine, killMask, reduceOnlyMask);
  }

  #proposalOf(machine: MachineSnapshot, killMask: number, reduceOnlyMask: number): ModeProposal {
    const mode = modeOf(machine.value);
    const { killFloor, reduceOnlyFloor } = machine.context;
    return {
      mode,
      reasons: reasonsFor(mode, killMask, reduceOnlyMask),
      killMask,
      reduceOnlyMask,
      killFloor,
      reduceOnlyFloor,
      machine,
    };
  }
}

/** True when `to` allows more than `from`. */
export function isLoosening(from: ModeProposal, to: ModeProposal): boolean {
  if (tradingModes.indexOf(to.mode) < tradingModes.indexOf(from.mode)) return true;
  return (from.killFloor && !to.killFloor) || (from.reduceOnlyFloor && !to.reduceOnlyFloor);
}
