/**
 * The zombie sweep: orders nobody remembers are cancelled, intents nobody answers are resolved.
 *
 * Trades come first: an in-flight intent with a trade is filled, however absent its order. Absence
 * is believed only after the intent's fence, in two complete sweeps in a row.
 */
import type { VenueOrder } from '../../streams/facts/venue-records.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { lookUpMissing } from './collect.ts';
import { ghostsAmong } from './compare.ts';
import type {
  LedgerCut,
  LedgerOrder,
  LedgerView,
  ReconcileActions,
  ReconcileQueries,
} from './contract.ts';

/** Trades of an intent are looked for from this long before it was recorded: clocks differ. */
const tradesMarginUs = 60_000_000;

export interface SweeperOptions {
  readonly ports: Pick<Ports, 'clock' | 'telemetry'>;
  readonly queries: ReconcileQueries;
  readonly ledger: LedgerView;
  readonly actions: ReconcileActions;
  /** As the policy in force says, µs. */
  readonly staleUs: () => number;
  readonly inFlightUs: () => number;
  /** Added to `valid_until` before absence counts, µs. */
  readonly fenceUs: () => number;
  readonly onGhost: (order: VenueOrder, canceled: boolean) => void;
}

export interface SweepReport {
  readonly ghosts: number;
  readonly stale: number;
  readonly missedFills: number;
  readonly absent: number;
}

/** Same label, same state, same fills before and after: nothing happened to it meanwhile. */
function quietIn(before: LedgerCut, after: LedgerCut, recordedBeforeUs: number): LedgerOrder[] {
  return [...after.orders.values()].filter((order) => {
    const was = before.orders.get(order.label);
    const same = was?.state === order.state && was.filledLots === order.filledLots;
    return same && order.recordedUs <= recordedBeforeUs;
  });
}

export class Sweeper {
  readonly #options: SweeperOptions;
  #absentBefore: ReadonlySet<string> = new Set();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** One sweep. Rejects when a read fails; then nothing was concluded. */
  async sweep(): Promise<SweepReport> {
    const { queries, ledger, ports, inFlightUs } = this.#options;
    const nowUs = ports.clock.nowUs();
    const before = ledger.cut();
    const openOrders = await queries.openOrders();
    const lookedUp = await lookUpMissing(queries, before.orders.values(), openOrders);
    const after = ledger.cut();
    const ghosts = ghostsAmong(openOrders, before, after, ledger);
    for (const ghost of ghosts) await this.#cancelGhost(ghost);
    const stale = await this.#cancelStale(openOrders, after, nowUs);
    const quiet = quietIn(before, after, nowUs - inFlightUs()).filter((o) => lookedUp.has(o.label));
    const missedFills = quiet.length === 0 ? 0 : await this.#bookTrades(quiet);
    const absent = this.#resolve(quiet, lookedUp, nowUs);
    return { ghosts: ghosts.length, stale, missedFills, absent };
  }

  async #cancelGhost(ghost: VenueOrder): Promise<void> {
    const canceled = await this.#options.actions.cancelOrder(ghost, 'ghost');
    this.#options.onGhost(ghost, canceled);
  }

  async #cancelStale(
    openOrders: readonly VenueOrder[],
    after: LedgerCut,
    nowUs: number,
  ): Promise<number> {
    const { actions, staleUs } = this.#options;
    let canceled = 0;
    for (const order of openOrders) {
      const ours = after.orders.has(order.label);
      if (!ours || order.reduceOnly || nowUs - order.createdUs <= staleUs()) continue;
      if (await actions.cancelOrder(order, 'stale')) canceled += 1;
    }
    return canceled;
  }

  async #bookTrades(quiet: readonly LedgerOrder[]): Promise<number> {
    const { queries, ledger, actions } = this.#options;
    const oldestUs = Math.min(...quiet.map(({ recordedUs }) => recordedUs));
    const labels = new Set(quiet.map(({ label }) => label));
    const trades = await queries.tradesSince(Math.max(0, oldestUs - tradesMarginUs));
    let booked = 0;
    for (const trade of trades) {
      if (!labels.has(trade.label) || ledger.knowsTrade(trade.instrument, trade.tradeId)) continue;
      if (actions.recordMissedFill(trade)) booked += 1;
    }
    return booked;
  }

  #resolve(
    quiet: readonly LedgerOrder[],
    lookedUp: ReadonlyMap<string, readonly VenueOrder[]>,
    nowUs: number,
  ): number {
    const { actions, ledger, fenceUs } = this.#options;
    const absentNow = new Set<string>();
    const live = ledger.cut().orders;
    let declared = 0;
    for (const intent of quiet) {
      const found = lookedUp.get(intent.label) ?? [];
      for (const order of found) actions.observeOrder(order);
      const booked = (live.get(intent.label)?.filledLots ?? 0) > intent.filledLots;
      const fenced = nowUs > intent.validUntilUs + fenceUs();
      if (found.length > 0 || booked || !fenced || !live.has(intent.label)) continue;
      absentNow.add(intent.label);
      if (!this.#absentBefore.has(intent.label)) continue;
      actions.declareAbsent(intent);
      declared += 1;
    }
    this.#absentBefore = absentNow;
    return declared;
  }
}
