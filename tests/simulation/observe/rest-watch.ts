/**
 * When the faults are over: is everything whole again, and is what the ledger holds what happened?
 * The venue's own books are the answer key.
 */
import { isTerminal, type OrderLifecycleState } from '../../../machines/order-lifecycle.ts';
import { verifyJournal } from '../../../streams/journal/index.ts';
import { dataDirectory } from '../world/sim-daemon.ts';
import type { SimWorld } from '../world/sim-world.ts';
import type { LedgerTruth } from './ledger-truth.ts';
import type { ReceiptWatch } from './receipt-watch.ts';
import type { StoreWatch } from './store-watch.ts';
import type { Verdict } from './verdict.ts';

/** What it compares with. */
export interface RestKnowledge {
  readonly ledger: LedgerTruth;
  /** Everything an operator ever named. */
  readonly named: ReadonlySet<string>;
  readonly receipts: ReceiptWatch;
  /** Where there is a store. */
  readonly stored: StoreWatch | undefined;
}

export class RestWatch {
  readonly #verdict: Verdict;
  readonly #sim: SimWorld;
  readonly #ledger: LedgerTruth;
  /** Everything an operator ever named. */
  readonly #named: ReadonlySet<string>;
  readonly #receipts: ReceiptWatch;
  readonly #stored: StoreWatch | undefined;
  #calmSinceUs: number | undefined;
  /** Traffic written when the calm began. */
  #writtenThen = 0;

  constructor(verdict: Verdict, sim: SimWorld, { ledger, named, receipts, stored }: RestKnowledge) {
    this.#stored = stored;
    this.#receipts = receipts;
    this.#verdict = verdict;
    this.#sim = sim;
    this.#ledger = ledger;
    this.#named = named;
  }

  /** True when nothing has been missing for that long. */
  calmFor(seconds: number): boolean {
    const { nowUs } = this.#sim.world.clock;
    if (this.missing().length > 0) this.#calmSinceUs = undefined;
    else if (this.#calmSinceUs === undefined) {
      this.#calmSinceUs = nowUs;
      this.#writtenThen = this.#sim.daemon.system?.journal.stream('traffic').nextOffset ?? 0;
    }
    return this.#calmSinceUs !== undefined && nowUs - this.#calmSinceUs >= seconds * 1_000_000;
  }

  /** What keeps it from rest. */
  missing(): string[] {
    const { daemon, account } = this.#sim;
    const { system } = daemon;
    if (system === undefined) return ['the daemon is down'];
    const { execution, guard } = system;
    const missing: string[] = [];
    const snapshot = guard.evaluate();
    if (snapshot.mode !== 'Active') missing.push(`${snapshot.mode}: ${snapshot.reasons.join()}`);
    if (execution.inDoubtCount > 0) missing.push(`${execution.inDoubtCount} in doubt`);
    if (execution.openGroups > 0) missing.push(`${execution.openGroups} groups open`);
    const open = [...execution.openOrders];
    if (open.length > 0) missing.push(`open: ${open.map(({ state }) => state).join()}`);
    if (this.#stored !== undefined) missing.push(...this.#stored.missing());
    if (account.openOrders.size > 0) missing.push(`${account.openOrders.size} orders at the venue`);
    for (const { product, lots } of account.positions.values())
      if (lots !== 0 && product.kind === 'future') missing.push(`holds ${lots} ${product.name}`);
    for (const row of execution.exposure.rows)
      if (row.pendingBuyLots !== 0 || row.pendingSellLots !== 0)
        missing.push(
          `reserved ${row.pendingBuyLots}/${row.pendingSellLots} ${row.instrument.name}`,
        );
    for (const id of this.#ledger.byIntent.keys()) {
      const order = execution.order(id);
      const lots = execution.exposure.reservedLots(id);
      if (order === undefined || lots === 0) continue;
      const { state, reportedLots, tradedLots, intent } = order;
      missing.push(
        `${intent.label} ${state} reported ${reportedLots} traded ${tradedLots} of ${intent.qtyLots}`,
      );
    }
    return missing;
  }

  never(seconds: number): void {
    this.#verdict.broken(
      'liveness',
      `after ${seconds} s without faults: ${this.missing().join('; ')}`,
    );
  }

  /** At rest: ledger and venue, order by order, trade by trade, lot by lot. */
  finish(tookS: number): void {
    this.#verdict.reach(
      `recovered in ${tookS < 30 ? 'half a minute' : tookS < 120 ? 'two minutes' : 'more'}`,
    );
    this.#ledger.look();
    this.#receipts.covers(`run-${this.#sim.daemon.life}`, this.#writtenThen);
    this.#positions();
    this.#trades();
    this.#adoptions();
    this.#orders();
    this.#journal();
    this.#stored?.judge();
  }

  /** Read again from the platters in a new process: the same state. */
  async replay(): Promise<void> {
    const { daemon, world } = this.#sim;
    const before = this.#bookOf();
    const intents = this.#statesOf();
    daemon.crash('power', 0.1, 'the last look');
    const limitUs = world.clock.nowUs + 120_000_000;
    const ready = await world.clock.runUntilTrue(
      () => daemon.system !== undefined && daemon.system.execution.inDoubtCount === 0,
      limitUs,
    );
    if (!ready) {
      this.#verdict.broken('replay', 'after a last restart the daemon did not come to rest');
      return;
    }
    const after = this.#bookOf();
    if (after !== before) this.#verdict.broken('replay', `held ${before}, replayed ${after}`);
    const again = this.#statesOf();
    if (again !== intents) this.#verdict.broken('replay', `orders ${intents}, replayed ${again}`);
    await this.#stored?.caughtUp();
  }

  #bookOf(): string {
    const rows = [...(this.#sim.daemon.system?.execution.positions.all ?? [])]
      .filter(({ signedLots }) => signedLots !== 0)
      .map(({ instrument, signedLots }) => `${instrument.name} ${signedLots}`);
    return rows.sort().join(', ');
  }

  #statesOf(): string {
    const { system } = this.#sim.daemon;
    const counts = new Map<string, number>();
    for (const id of this.#ledger.byIntent.keys()) {
      const state = system?.execution.order(id)?.state ?? 'gone';
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return [...counts]
      .map(([state, count]) => `${state} ${count}`)
      .sort()
      .join(', ');
  }

  #positions(): void {
    const { account, daemon } = this.#sim;
    const held = [...account.positions.values()]
      .filter(({ lots }) => lots !== 0)
      .map(({ product, lots }) => `${product.name} ${lots}`)
      .sort()
      .join(', ');
    const booked = this.#bookOf();
    if (held !== booked)
      this.#verdict.broken('positions', `venue holds [${held}], ledger holds [${booked}]`);
    if (daemon.system === undefined) this.#verdict.broken('positions', 'nobody to ask');
  }

  #trades(): void {
    const { account } = this.#sim;
    const atVenue = new Set(account.trades.map(({ trade }) => trade.id));
    for (const id of atVenue) {
      const times = this.#ledger.fills.get(id) ?? 0;
      if (times !== 1) this.#verdict.broken('fills', `trade ${id} is in the ledger ${times} times`);
    }
    for (const [id, times] of this.#ledger.fills)
      if (!atVenue.has(id))
        this.#verdict.broken('fills', `the ledger invented trade ${id} (${times})`);
  }

  /** Nothing is taken over that no operator named, and nothing that an intent of ours made. */
  #adoptions(): void {
    const { account } = this.#sim;
    const labels = new Map(account.trades.map(({ trade, label }) => [trade.id, label]));
    for (const name of this.#ledger.adopted) {
      this.#verdict.reach(`adopted ${name.split(' ')[0]}`);
      if (!this.#named.has(name)) this.#verdict.broken('adopted', `nobody named ${name}`);
      const label = labels.get(name.slice(name.lastIndexOf('/') + 1));
      if (label !== undefined && this.#ledger.byLabel.has(label))
        this.#verdict.broken('adopted', `${name} is a fill of ${label}`);
    }
  }

  /** Every intent is over, and over as the venue says. */
  #orders(): void {
    const { account, daemon } = this.#sim;
    const { system } = daemon;
    const byLabel = new Map<string, { state: string; filledLots: number }>();
    for (const order of account.finishedOrders.values()) byLabel.set(order.label, order);
    for (const [label, intent] of this.#ledger.byLabel) {
      const order = system?.execution.order(intent.intent_id);
      if (order === undefined) {
        this.#verdict.broken('terminal', `${label} is recorded and not known`);
        continue;
      }
      if (!isTerminal(order.state as OrderLifecycleState))
        this.#verdict.broken('terminal', `${label} is ${order.state} at rest`);
      const recorded = this.#ledger.states.get(intent.intent_id);
      if (order.state !== recorded)
        this.#verdict.broken('states', `${label} is ${order.state} and recorded as ${recorded}`);
      const seen = byLabel.get(label);
      const filled = seen?.filledLots ?? 0;
      if (order.tradedLots !== filled)
        this.#verdict.broken(
          'order-fills',
          `${label}: ${order.tradedLots} lots booked, ${filled} filled`,
        );
      if (seen === undefined && !['not_sent', 'rejected', 'expired'].includes(order.state))
        this.#verdict.broken('orders', `${label} is ${order.state} and never was at the venue`);
      if (seen !== undefined && order.state === 'not_sent')
        this.#verdict.broken('orders', `${label} is not_sent and was ${seen.state} at the venue`);
      this.#verdict.reach(`ended ${order.state}`);
    }
    for (const label of byLabel.keys())
      if (label !== '' && !this.#ledger.byLabel.has(label))
        this.#verdict.broken('ghost', `${label} was at the venue and is not in the ledger`);
  }

  #journal(): void {
    const { node } = this.#sim.daemon;
    const report = verifyJournal(
      node.disk.port(() => true),
      `${dataDirectory}/journal`,
      {
        from: 'zero',
      },
    );
    if (report.damages.length > 0)
      this.#verdict.broken('journal', report.damages.map((each) => JSON.stringify(each)).join());
  }
}
