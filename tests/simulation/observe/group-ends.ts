/**
 * How groups of legs end: what the ledger calls complete is filled as planned, what it calls flattened
 * holds nothing any more, on the venue's own trades of every order of the group.
 */
import type { OrderIntentPayload } from '../../../streams/facts/schemas/execution.ts';
import type { GroupTransitionPayload } from '../../../streams/facts/schemas/group.ts';
import type { Order } from '../../../streams/venues/simulated/index.ts';
import type { SimWorld } from '../world/sim-world.ts';
import type { LedgerTruth } from './ledger-truth.ts';
import type { Verdict } from './verdict.ts';

export class GroupEnds {
  readonly #verdict: Verdict;
  readonly #sim: () => SimWorld;
  readonly #ledger: LedgerTruth;

  constructor(verdict: Verdict, sim: () => SimWorld, ledger: LedgerTruth) {
    this.#verdict = verdict;
    this.#sim = sim;
    this.#ledger = ledger;
  }

  /** In the place of its record: the ledger holds what was recorded before it, and nothing else. */
  moved({ group_id, to }: GroupTransitionPayload): void {
    if (to !== 'complete' && to !== 'flattened') return;
    const intents = [...this.#ledger.byIntent.values()].filter((one) => one.group_id === group_id);
    this.#verdict.reach(`group ${to}`);
    if (to === 'complete') this.#complete(intents);
    else this.#flattened(intents);
  }

  #complete(intents: readonly OrderIntentPayload[]): void {
    for (const { label } of intents) {
      const order = this.#orderOf(label);
      if (order === undefined || order.filledLots !== order.lots)
        this.#broken(
          `a group is complete, and of ${label} ${order?.filledLots ?? 0} of ${order?.lots ?? '?'} lots are filled`,
        );
    }
  }

  #flattened(intents: readonly OrderIntentPayload[]): void {
    const { account } = this.#sim();
    const byLabel = new Map(intents.map((intent) => [intent.label, intent]));
    const held = new Map<number, number>();
    for (const { label, trade } of account.trades) {
      const intent = byLabel.get(label);
      if (intent === undefined || intent.class === 'HEDGE') continue;
      // Nobody told of it yet: the next reconciliation finds it.
      if (!this.#ledger.fills.has(trade.id)) {
        this.#verdict.reach('group flattened before a trade was told');
        continue;
      }
      const lots = intent.class === 'OPEN' ? trade.lots : -trade.lots;
      held.set(intent.leg_idx, (held.get(intent.leg_idx) ?? 0) + lots);
    }
    for (const { class: cls, attempt, leg_idx, instrument, side } of intents) {
      const left = held.get(leg_idx) ?? 0;
      if (cls !== 'OPEN' || attempt > 0 || left === 0) continue;
      if (left < 0)
        this.#broken(`a group is flattened, and ${-left} lots more closed of ${instrument}`);
      else if (!this.#holds(instrument, side)) this.#verdict.reach('group flattened by others');
      else this.#broken(`a group is flattened and holds ${left} lots of ${instrument}, ${side}`);
    }
  }

  /** The account holds it that way still: nobody else closed it, no liquidation, no expiry. */
  #holds(instrument: string, side: string): boolean {
    const sign = side === 'buy' ? 1 : -1;
    let lots = 0;
    for (const { product, lots: held } of this.#sim().account.positions.values())
      if (product.name === instrument) lots = held;
    return lots * sign > 0 && (this.#ledger.heldUnits.get(instrument) ?? 0) * sign > 0;
  }

  #orderOf(label: string): Order | undefined {
    const { finishedOrders, openOrders } = this.#sim().account;
    for (const orders of [finishedOrders, openOrders])
      for (const order of orders.values()) if (order.label === label) return order;
    return undefined;
  }

  #broken(message: string): void {
    this.#verdict.broken('group-end', message);
  }
}
