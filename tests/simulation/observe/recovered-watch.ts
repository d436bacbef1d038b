/**
 * What a new life read back is what the platters hold, looked at before it hears a word of the venue:
 * later a reconciliation may mend, and so hide, what was read wrongly.
 */
import type { System } from '../../../daemon/system.ts';
import { isGroupOver, type OrderGroupState } from '../../../machines/order-group.ts';
import { isTerminal, type OrderLifecycleState } from '../../../machines/order-lifecycle.ts';
import type { ControlTruth } from './control-truth.ts';
import { type LedgerTruth, unitsOf } from './ledger-truth.ts';
import type { Verdict } from './verdict.ts';

export class RecoveredWatch {
  readonly #verdict: Verdict;
  readonly #ledger: LedgerTruth;
  readonly #control: ControlTruth;

  constructor(verdict: Verdict, ledger: LedgerTruth, control: ControlTruth) {
    this.#verdict = verdict;
    this.#ledger = ledger;
    this.#control = control;
  }

  look(system: System): void {
    this.#ledger.look();
    this.#control.look();
    this.#orders(system);
    this.#positions(system);
    this.#groups(system);
    this.#floors(system);
  }

  #orders({ execution }: System): void {
    const { byIntent, states, filledUnits } = this.#ledger;
    for (const [id, { label }] of byIntent) {
      const order = execution.order(id);
      if (order === undefined) {
        this.#broken(`${label} is on disk and not known`);
        continue;
      }
      const { state, tradedLots, intent } = order;
      const said = (states.get(id) ?? 'recorded') as OrderLifecycleState;
      this.#verdict.reach(`recovered ${said}`);
      // Whatever had not ended may have gone on since, seen by nobody.
      const wanted = isTerminal(said) ? said : 'in_doubt';
      if (state !== wanted) this.#broken(`${label} is ${said} on disk and ${state} in memory`);
      const units = unitsOf(tradedLots * Number(intent.instrument.row.lot_size));
      const filled = filledUnits.get(id) ?? 0;
      if (units !== filled)
        this.#broken(`${label} has ${filled} units filled on disk and ${units} in memory`);
    }
  }

  #positions({ execution }: System): void {
    const held = new Map<string, number>();
    for (const { instrument, signedLots } of execution.positions.all)
      held.set(instrument.name, unitsOf(signedLots * Number(instrument.row.lot_size)));
    for (const name of new Set([...held.keys(), ...this.#ledger.heldUnits.keys()])) {
      const wanted = this.#ledger.heldUnits.get(name) ?? 0;
      const read = held.get(name) ?? 0;
      if (wanted !== read) this.#broken(`${name}: ${wanted} units on disk, ${read} in memory`);
    }
  }

  #groups({ execution }: System): void {
    let open = 0;
    for (const { to } of this.#ledger.groupStates.values())
      if (!isGroupOver(to as OrderGroupState)) open += 1;
    if (open > 0) this.#verdict.reach('recovered open group');
    if (execution.openGroups !== open)
      this.#broken(`${open} groups are open on disk, ${execution.openGroups} in memory`);
  }

  /** That none fell meanwhile is judged where they are recorded. */
  #floors({ guard }: System): void {
    const { killFloor, reduceOnlyFloor } = this.#control;
    const wanted = killFloor ? 'Kill' : reduceOnlyFloor ? 'ReduceOnly' : 'Active';
    const { floor } = guard.snapshot;
    this.#verdict.reach(`recovered floor ${floor}`);
    if (floor !== wanted) this.#broken(`the floor on disk is ${wanted}, in memory ${floor}`);
  }

  #broken(message: string): void {
    this.#verdict.broken('recovered', message);
  }
}
