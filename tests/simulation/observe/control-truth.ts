/** What the control stream on the platters says of mode, latch and floors. Synced bytes only. */
import type { VirtualDisk } from '../../../daemon/ports/virtual/index.ts';
import {
  type ModeReason,
  modeReasons,
  type TradingMode,
} from '../../../streams/facts/reason-codes/index.ts';
import { DurableFacts } from '../world/durable-facts.ts';
import type { Verdict } from './verdict.ts';

interface ModeFact {
  readonly old_mode: TradingMode;
  readonly new_mode: TradingMode;
  readonly mode_reasons: readonly ModeReason[];
  readonly kill_floor: boolean;
  readonly reduce_only_floor: boolean;
  readonly cause: string;
}

export class ControlTruth {
  readonly #facts: DurableFacts;
  readonly #verdict: Verdict;
  mode: TradingMode | undefined;
  latched: boolean | undefined;
  killFloor = false;
  reduceOnlyFloor = false;
  transitions = 0;
  /** The run whose facts came last: a new run starts latched. */
  #run = '';

  constructor(disk: VirtualDisk, dataDirectory: string, verdict: Verdict) {
    this.#facts = new DurableFacts(disk, `${dataDirectory}/journal/control`);
    this.#verdict = verdict;
  }

  look(): void {
    for (const { event_type, payload, pins } of this.#facts.take()) {
      if (pins.run_id !== this.#run) {
        this.#run = pins.run_id;
        this.mode = undefined;
        this.latched = true;
      }
      if (event_type === 'mode.changed') this.#mode(payload as unknown as ModeFact);
      if (event_type === 'latch.changed') this.latched = payload.blocked === true;
    }
  }

  #mode(fact: ModeFact): void {
    const { mode_reasons, new_mode, cause } = fact;
    this.transitions += 1;
    this.mode = new_mode;
    for (const reason of mode_reasons) this.#verdict.reach(`mode ${reason}`);
    const order = mode_reasons.map((reason) => modeReasons.indexOf(reason));
    if (order.some((at, index) => index > 0 && at <= (order[index - 1] ?? -1)))
      this.#verdict.broken('reasons', `not in manifest order: ${mode_reasons.join()}`);
    if ((new_mode === 'Active') !== (mode_reasons.length === 0))
      this.#verdict.broken('reasons', `${new_mode} with reasons [${mode_reasons.join()}]`);
    const restored = cause.startsWith('restore ');
    const lowered =
      (this.killFloor && !fact.kill_floor) || (this.reduceOnlyFloor && !fact.reduce_only_floor);
    if (lowered && !restored)
      this.#verdict.broken('floors', `a floor fell without an operator: ${cause}`);
    this.killFloor = fact.kill_floor;
    this.reduceOnlyFloor = fact.reduce_only_floor;
    if (this.killFloor && new_mode !== 'Kill')
      this.#verdict.broken('floors', `${new_mode} under a Kill floor`);
    if (this.reduceOnlyFloor && new_mode === 'Active')
      this.#verdict.broken('floors', 'Active under a ReduceOnly floor');
  }
}
