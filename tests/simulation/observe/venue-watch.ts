/** Looks at the venue itself: what it holds for us, order by order and trade by trade. */
import type { OrderIntentPayload } from '../../../streams/facts/schemas/execution.ts';
import type { Order } from '../../../streams/venues/simulated/index.ts';
import type { SimWorld } from '../world/sim-world.ts';
import type { LedgerTruth } from './ledger-truth.ts';
import type { Timeline } from './timeline.ts';
import type { Verdict } from './verdict.ts';
import type { WireOrder } from './wire-watch.ts';

/** What one leg of a group may cost: the first try and two rescues; three closes; one hedge. */
const attemptsMax: Readonly<Record<string, number>> = { OPEN: 3, CLOSE: 3, HEDGE: 1 };

/** Orders of one leg that are recorded and stopped before they leave: tried again after a pause, not at once. */
const recordedMax = 20;
const recordedWindowUs = 1_000_000;

/** A kill that flattens the account is one group, with a hedge for each underlying. */
function legKey({ class: cls, group_id, leg_idx, instrument }: OrderIntentPayload): string {
  if (cls === 'OPEN') return `${group_id} OPEN ${leg_idx}`;
  return `${group_id} ${cls} ${cls === 'HEDGE' ? 'hedge' : leg_idx} ${instrument}`;
}

export class VenueWatch {
  readonly #verdict: Verdict;
  readonly #sim: SimWorld;
  readonly #timeline: Timeline;
  readonly #orderByLabel = new Map<string, string>();
  readonly #attempts = new Map<string, number>();
  /** USD that hedges without the venue's flag bought and sold: bounded by their proof, not by the limit. */
  readonly #hedged = new Map<string, number>();
  /** What was recorded for one leg since when. */
  readonly #recorded = new Map<string, { sinceUs: number; count: number }>();
  readonly #labels = new Map<string, OrderIntentPayload>();
  /** Groups whose legs opened together. */
  readonly #groups = new Set<string>();
  #tradesSeen = 0;

  readonly #ledger: () => LedgerTruth;

  /** `ledger`: asked later; it is made with what this hears. */
  constructor(verdict: Verdict, sim: SimWorld, timeline: Timeline, ledger: () => LedgerTruth) {
    this.#ledger = ledger;
    this.#verdict = verdict;
    this.#sim = sim;
    this.#timeline = timeline;
  }

  /** An intent became durable. */
  onIntent(intent: OrderIntentPayload): void {
    this.#labels.set(intent.label, intent);
    this.#verdict.reach(`class ${intent.class}`);
    const { class: cls, group_id, group_style } = intent;
    if (cls === 'OPEN' && group_style === 'atomic' && intent.group_legs > 1)
      this.#groups.add(group_id);
    const contains = this.#groups.has(group_id) && (cls !== 'OPEN' || intent.attempt > 0);
    if (contains) this.#verdict.reach(`containment ${cls}`);
    const key = legKey(intent);
    const { nowUs } = this.#verdict;
    const before = this.#recorded.get(key);
    const recent = before !== undefined && nowUs - before.sinceUs < recordedWindowUs;
    const { sinceUs, count } = recent ? before : { sinceUs: nowUs, count: 0 };
    this.#recorded.set(key, { sinceUs, count: count + 1 });
    if (count >= recordedMax)
      this.#verdict.broken('bounded-attempts', `recorded again and again, and never sent: ${key}`);
  }

  /** The bytes of an order are on their way: an attempt that is stopped before that is none. */
  onLeft(side: string, order: WireOrder, intent: OrderIntentPayload | undefined): void {
    this.#timeline.order(side, order, intent);
    if (intent === undefined) return;
    const { class: cls, group_style, instrument, reduce_only } = intent;
    if (cls === 'HEDGE' && !reduce_only)
      this.#hedged.set(instrument, (this.#hedged.get(instrument) ?? 0) + order.amount);
    const key = legKey(intent);
    const count = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, count);
    const most = cls === 'OPEN' && group_style === 'independent' ? 1 : (attemptsMax[cls] ?? 1);
    if (count > most) this.#verdict.broken('bounded-attempts', `number ${count} of ${key}`);
  }

  look(phase: 'faults' | 'recovery'): void {
    const { account } = this.#sim;
    for (const order of account.openOrders.values()) this.#order(order);
    for (const order of account.finishedOrders.values()) this.#order(order);
    const fresh = account.trades.slice(this.#tradesSeen);
    this.#tradesSeen = account.trades.length;
    for (const { label, side, trade } of fresh)
      this.#timeline.note('venue', `trade ${trade.id} ${side} ${trade.lots} lots ${label}`);
    this.#limits();
    if (phase === 'recovery') return;
  }

  #order(order: Order): void {
    const { label, id, state } = order;
    if (order.liquidation || label === '') return;
    const said = this.#ledger().absent.get(label);
    // A cancelled order has been there: it must not be there still.
    const isGone = said === 'cancelled' ? state !== 'open' : state === 'rejected';
    if (said !== undefined && !isGone)
      this.#verdict.broken(
        'absent',
        `${label} was recorded as ${said} and is ${state} at the venue`,
      );
    const known = this.#orderByLabel.get(label);
    if (known === undefined) this.#orderByLabel.set(label, id);
    else if (known !== id)
      this.#verdict.broken('once-at-venue', `${label} became ${known} and ${id}`);
  }

  /** Limits in lots of USD are exact; the position limit counts what rests at full size. */
  #limits(): void {
    const { account, config } = this.#sim;
    const { max_position_usd: max = 0, open_orders_max } = config.config.launchPolicy.execution;
    let opens = 0;
    for (const { label } of account.openOrders.values())
      if (this.#labels.get(label)?.class === 'OPEN') opens += 1;
    if (opens > open_orders_max)
      this.#verdict.broken('limits', `${opens} orders are open, limit ${open_orders_max}`);
    const products = new Set([...account.positions.values()].map(({ product }) => product));
    for (const { market } of account.openOrders.values()) products.add(market.product);
    for (const product of products) {
      if (product.kind !== 'future') continue;
      const lots = account.positions.get(product.index)?.lots ?? 0;
      let buy = 0;
      let sell = 0;
      for (const order of account.openOrders.values()) {
        if (order.market.product !== product || order.reduceOnly) continue;
        if (order.side === 'buy') buy += order.lots - order.filledLots;
        else sell += order.lots - order.filledLots;
      }
      const worst = Math.max(Math.abs(lots + buy), Math.abs(lots - sell));
      const usd = worst * product.contractSizeFloat;
      if (usd > max + (this.#hedged.get(product.name) ?? 0))
        this.#verdict.broken(
          'limits',
          `${product.name} worst case ${usd} USD at the venue, limit ${max}`,
        );
    }
  }
}
