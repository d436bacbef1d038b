/**
 * Exposure: what could still be added is reserved in full, a hedge that carries no flag of the venue
 * shrinks what the account holds there, and a group that filled in part is being worked on.
 */

import type { System } from '../../../daemon/system.ts';
import { isTerminal, type OrderLifecycleState } from '../../../machines/order-lifecycle.ts';
import type { OrderIntentPayload } from '../../../streams/facts/schemas/execution.ts';
import type { Account } from '../../../streams/venues/simulated/index.ts';
import type { SimWorld } from '../world/sim-world.ts';
import { GroupEnds } from './group-ends.ts';
import type { LedgerTruth } from './ledger-truth.ts';
import type { Verdict } from './verdict.ts';

/**
 * A mixed group may stand still for this long while the house could act, seconds: an order that is
 * in doubt is looked up until its fence, 5 s + 2 s, and a retry waits 5 s at most.
 */
const standstillS = 30;

/** Filled in part and still to be worked on; what is left naked was told, and waits for a person. */
const mixedStates: ReadonlySet<string> = new Set(['mixed_failed', 'rescuing', 'flattening']);

interface Mixed {
  /** What was seen of it last; another text is progress. */
  seen: string;
  ableUs: number;
}

export class ExposureWatch {
  readonly #verdict: Verdict;
  readonly #sim: () => SimWorld;
  readonly #ledger: LedgerTruth;
  readonly #mixed = new Map<string, Mixed>();
  #lastUs = 0;

  constructor(verdict: Verdict, sim: () => SimWorld, ledger: LedgerTruth) {
    this.#verdict = verdict;
    this.#sim = sim;
    this.#ledger = ledger;
    const ends = new GroupEnds(verdict, sim, ledger);
    ledger.onGroup = (group) => ends.moved(group);
  }

  /** `system`: of a daemon that lives and runs; `isLinked`: its session is up. */
  look(system: System | undefined, isLinked: boolean): void {
    const passedUs = this.#verdict.nowUs - this.#lastUs;
    this.#lastUs = this.#verdict.nowUs;
    if (system !== undefined) this.#reservations(system);
    const able = system !== undefined && isLinked && canAct(system) ? system : undefined;
    this.#groups(able, passedUs);
  }

  /** Open and in-doubt orders count at full size, and the rows are the sum of what is reserved. */
  #reservations({ execution }: System): void {
    const pending = new Map<string, number>();
    for (const id of this.#ledger.byIntent.keys()) {
      const lots = execution.exposure.reservedLots(id);
      if (lots === 0) continue;
      const order = execution.order(id);
      if (order === undefined) continue;
      const { intent, state, tradedLots, reportedLots } = order;
      if (isTerminal(state) && tradedLots >= reportedLots)
        this.#verdict.broken('reserved', `${intent.label} is ${state} and reserves ${lots} lots`);
      const key = `${intent.instrument.name} ${intent.side}`;
      pending.set(key, (pending.get(key) ?? 0) + lots);
    }
    for (const { intentId, state } of execution.openOrders) {
      const order = execution.order(intentId);
      if (order === undefined) continue;
      const wanted = order.intent.qtyLots - order.tradedLots;
      const reserved = execution.exposure.reservedLots(intentId);
      if (reserved < wanted)
        this.#verdict.broken(
          'reserved',
          `${order.intent.label} is ${state}: ${reserved} of ${wanted} lots are reserved`,
        );
    }
    for (const row of execution.exposure.rows) {
      const buy = pending.get(`${row.instrument.name} buy`) ?? 0;
      const sell = pending.get(`${row.instrument.name} sell`) ?? 0;
      if (row.pendingBuyLots !== buy || row.pendingSellLots !== sell)
        this.#verdict.broken(
          'reserved',
          `${row.instrument.name} counts ${row.pendingBuyLots}/${row.pendingSellLots} pending, ` +
            `${buy}/${sell} are reserved`,
        );
    }
  }

  /** `able`: the system, where nothing but a price may be missing. */
  #groups(able: System | undefined, passedUs: number): void {
    for (const [id, { to, sequence }] of this.#ledger.groupStates) {
      if (!mixedStates.has(to)) {
        this.#mixed.delete(id);
        continue;
      }
      const seen = `${sequence} ${this.#ledger.intentsOf(id)} ${this.#ledger.fillsOf(id)}`;
      const known = this.#mixed.get(id);
      if (known === undefined || known.seen !== seen) {
        this.#mixed.set(id, { seen, ableUs: 0 });
        continue;
      }
      if (able !== undefined && this.#hasPrices(able, id)) known.ableUs += passedUs;
      if (known.ableUs > standstillS * 1_000_000)
        this.#verdict.broken(
          'mixed',
          `group ${id.slice(0, 8)} is ${to}, and nothing was done for ${standstillS} s`,
        );
    }
  }

  /** Of everything the group traded a book or a mark is young enough to close at: in a calm market an option's mostly is not. */
  #hasPrices({ market }: System, groupId: string): boolean {
    const { config, daemon } = this.#sim();
    const nowUs = daemon.node.ports.clock.monotonicUs();
    const { l2_book_snapshot_max_age_ms } = config.config.launchPolicy.execution;
    const isYoung = (receivedMonotonicUs: number): boolean =>
      nowUs - receivedMonotonicUs <= l2_book_snapshot_max_age_ms * 1_000;
    for (const { group_id, instrument } of this.#ledger.byIntent.values()) {
      if (group_id !== groupId) continue;
      const seen = market.view.get(instrument);
      const hasBook = seen?.book.valid === true && isYoung(seen.book.receivedMonotonicUs);
      const { ticker } = seen ?? {};
      const hasMark =
        ticker !== undefined && ticker.markFloat > 0 && isYoung(ticker.receivedMonotonicUs);
      if (!hasBook && !hasMark) return false;
    }
    return true;
  }

  /** A HEDGE without the venue's flag, about to leave: judged only where every trade is known. */
  hedges(intent: OrderIntentPayload, amount: number): void {
    const { account, venue } = this.#sim();
    if (account.trades.some(({ trade }) => !this.#ledger.fills.has(trade.id))) return;
    const product = venue.engine.findMarket(intent.instrument)?.product;
    if (product === undefined || product.kind !== 'future') return;
    this.#verdict.reach('hedge without the flag judged');
    const base = product.instrument.row.base_currency;
    const signedUsd = intent.side === 'buy' ? amount : -amount;
    const { low, high } = this.#deltaRange(account, base, intent.label);
    const before = Math.max(Math.abs(low), Math.abs(high));
    const from = low + signedUsd;
    const to = high + signedUsd;
    const after = from <= 0 && to >= 0 ? 0 : Math.min(Math.abs(from), Math.abs(to));
    if (after >= before)
      this.#verdict.broken(
        'hedge-proof',
        `${intent.label} hedges ${signedUsd} USD onto a delta between ${low} and ${high}`,
      );
  }

  /** USD; an option may move by anything from nothing to its underlying. */
  #deltaRange(account: Account, base: string, except: string): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (const { product, lots } of account.positions.values()) {
      const { row } = product.instrument;
      if (row.base_currency !== base || lots === 0) continue;
      const whole = lots * product.contractSizeFloat;
      if (product.kind === 'future') {
        low += whole;
        high += whole;
        continue;
      }
      const index = this.#sim().venue.engine.indexes.get(product.indexName) ?? 0;
      const usd = (row.option_type === 'put' ? -whole : whole) * index;
      low += Math.min(0, usd);
      high += Math.max(0, usd);
    }
    // What is on its way or rests may trade or not: a hedge may stand against that as well.
    for (const [id, order] of this.#ledger.byIntent) {
      const state = this.#ledger.states.get(id);
      const isOver = state !== undefined && isTerminal(state as OrderLifecycleState);
      if (isOver || order.label === except || !order.instrument.startsWith(base)) continue;
      const index = this.#sim().venue.engine.indexes.get(`${base.toLowerCase()}_usd`) ?? 0;
      const usd = Number(order.qty_usd ?? 0) + Number(order.qty_coin ?? 0) * index;
      if (order.side === 'buy') high += usd;
      else low -= usd;
    }
    return { low, high };
  }
}

/** Nothing stands in the way of containing a group: not the mode, nor an open question, nor a market without prices. */
function canAct({ guard, execution }: System): boolean {
  const { mode, hardStop, containmentEligible } = guard.snapshot;
  const permitted = !hardStop && (mode !== 'Kill' || containmentEligible);
  const hasPrices = !guard.latch.blocked && guard.input('safety_override').value === 'None';
  return permitted && hasPrices && execution.inDoubtCount === 0;
}
