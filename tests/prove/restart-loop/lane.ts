/**
 * One account's share of the restart loop: one venue process that lives through all of it, and the
 * shipped daemon, started and killed again and again over one data directory. After every restart
 * that reaches Active, ledger (read from disk) and venue (asked over HTTP) must agree.
 */
import { join } from 'node:path';
import { VenueProcess } from '../../fixtures/system/venue-process.ts';
import { sinceMs, sleepMs } from './clock.ts';
import { DaemonUnderTest } from './daemon-under-test.ts';
import { LedgerWord } from './ledger-word.ts';
import { type Plan, planOf, planText } from './plan.ts';
import type { CycleReport, LaneReport } from './report.ts';
import { writeLoopConfiguration } from './setup.ts';
import { type OrderRequests, positionsOf, positionsText, VenueWord } from './venue-word.ts';

/** Beyond these something hangs. */
const activeWithinMs = 120_000;
const agreeWithinMs = 30_000;
/** A plan that did not strike by then is replaced by a kill from outside. */
const strikeWithinMs = 3_000;
const pollMs = 40;
const lastLivesMax = 4;

/** Refusals that an order may meet without being wrong: too late, and would not have rested. */
const lawfulRefusals: ReadonlySet<string> = new Set(['13888', '11054']);

export interface LaneOptions {
  readonly lane: number;
  readonly seed: string;
  readonly directory: string;
  readonly hasStrace: boolean;
  /** The number of the next kill, undefined when there are enough. Shared by all lanes. */
  readonly nextCycle: () => number | undefined;
  readonly onCycle: (report: CycleReport) => void;
}

export class Lane {
  readonly #options: LaneOptions;
  readonly #quotes: boolean;
  readonly #ledger: LedgerWord;
  readonly #cycles: CycleReport[] = [];
  #venueProcess: VenueProcess | undefined;
  #venue = new VenueWord('');
  #profile = '';
  /** Orders without an end when the last process died. */
  #liveBefore: ReadonlySet<string> = new Set();
  #verifications = 0;
  #daemonDuplicates = 0;
  #daemonIllegal = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#quotes = options.lane % 2 === 1;
    this.#ledger = new LedgerWord(join(options.directory, '.holdfast'));
  }

  /** Rejects with what disagreed, and where. Every process it started is gone then. */
  async run(): Promise<LaneReport> {
    try {
      await this.#startVenue();
      this.#profile = writeLoopConfiguration(this.#options.directory, this.#quotes);
      for (let cycle = this.#options.nextCycle(); cycle !== undefined; ) {
        await this.#cycle(cycle);
        cycle = this.#options.nextCycle();
      }
      await this.#comeToRest();
      return this.#report(await this.#venue.orderRequests());
    } finally {
      this.#venueProcess?.kill();
    }
  }

  async #startVenue(): Promise<void> {
    const { lane, seed, directory } = this.#options;
    const logPath = join(directory, 'venue.log');
    this.#venueProcess = await VenueProcess.start({ seed: `${seed}-${lane}`, logPath });
    this.#venue = new VenueWord(this.#venueProcess.address);
  }

  #startDaemon(plan: Plan | undefined): DaemonUnderTest {
    return new DaemonUnderTest({
      directory: this.#options.directory,
      profile: this.#profile,
      venueAddress: this.#venueProcess?.address ?? '',
      quotes: this.#quotes,
      plan,
    });
  }

  async #cycle(cycle: number): Promise<void> {
    const { seed, hasStrace } = this.#options;
    const plan = planOf({ seed, cycle, hasStrace, cancels: this.#quotes });
    const startedMs = sinceMs();
    const daemon = this.#startDaemon(plan);
    const where = `cycle ${cycle}, ${planText(plan)}`;
    try {
      if (plan.kind === 'recovery-instant') {
        await Promise.race([sleepMs(plan.afterMs), daemon.closed]);
        daemon.kill();
      }
      let activeMs: number | null = null;
      if (await this.#untilActive(daemon, where)) {
        activeMs = Math.round(sinceMs() - startedMs);
        if (await this.#untilEqual(daemon, where)) await this.#untilStruck(daemon, plan);
      }
      const replaced = daemon.isAlive;
      daemon.kill();
      await daemon.closed;
      if (daemon.ending !== 'SIGKILL')
        throw this.#failure(where, `it ended by ${daemon.ending}`, daemon);
      this.#ledger.read();
      this.#liveBefore = this.#ledger.labelsThat('live');
      const unfinished = this.#liveBefore.size;
      const report = {
        cycle,
        plan: planText(plan),
        kind: plan.kind,
        replaced,
        activeMs,
        unfinished,
      };
      this.#cycles.push(report);
      this.#options.onCycle(report);
    } finally {
      await daemon.end();
    }
  }

  /** Waits for the plan to strike; kills at once when that is the plan. */
  async #untilStruck(daemon: DaemonUnderTest, plan: Plan): Promise<void> {
    if (plan.kind === 'instant') {
      await Promise.race([sleepMs(plan.afterMs), daemon.closed]);
      daemon.kill();
      await daemon.closed;
      return;
    }
    await daemon.arm();
    await Promise.race([sleepMs(strikeWithinMs), daemon.closed]);
  }

  /** False when it died on the way, as planned. */
  async #untilActive(daemon: DaemonUnderTest, where: string): Promise<boolean> {
    const endMs = sinceMs() + activeWithinMs;
    let reasons = '';
    while (daemon.isAlive) {
      const status = await daemon.status();
      if (status?.trading_mode === 'Active') return true;
      reasons = status?.mode_reasons.join(' ') ?? reasons;
      if (sinceMs() > endMs) throw this.#failure(where, `never Active: ${reasons}`, daemon);
      await Promise.race([sleepMs(pollMs), daemon.closed]);
    }
    return false;
  }

  /**
   * Compares one moment of the venue with the ledger, although the flow goes on: the ledger read
   * before that moment may hold nothing else, and read after it must come to hold all of it. Trades
   * are compared one by one, so positions are. False when the daemon died meanwhile.
   */
  async #untilEqual(daemon: DaemonUnderTest, where: string): Promise<boolean> {
    const endMs = sinceMs() + agreeWithinMs;
    this.#ledger.read();
    const booked = new Map(this.#ledger.trades);
    const ended = this.#ledger.labelsThat('ended');
    const account = await this.#venue.account();
    const foreign = [...booked].filter(([trade, amount]) => account.trades.get(trade) !== amount);
    const risen = account.openLabels.filter((label) => ended.has(label));
    if (foreign.length > 0)
      throw this.#failure(where, `booked, not traded: ${foreign.join()}`, daemon);
    if (risen.length > 0) throw this.#failure(where, `ended, but open: ${risen.join()}`, daemon);
    const before = this.#liveBefore;
    while (daemon.isAlive) {
      this.#ledger.read();
      const { trades } = this.#ledger;
      const missing = [...account.trades].filter(([trade, amount]) => trades.get(trade) !== amount);
      const open = new Set(account.openLabels);
      const live = this.#ledger.labelsThat('live');
      const lost = [...before].filter((label) => live.has(label) && !open.has(label));
      await this.#neverTwice(where);
      if (missing.length + lost.length === 0) return this.#verified(daemon);
      if (sinceMs() > endMs) {
        const what = `not booked: ${missing.join(' ')}; live only in the ledger: ${lost.join(' ')}`;
        throw this.#failure(where, what, daemon);
      }
      await sleepMs(pollMs);
    }
    return false;
  }

  /** Adds what the daemon says of itself. False when it died before it said it. */
  async #verified(daemon: DaemonUnderTest): Promise<boolean> {
    const status = await daemon.status();
    if (status === undefined) return false;
    this.#daemonDuplicates += status.orders.duplicate_dispatch_count;
    this.#daemonIllegal += status.orders.illegal_order_attempts;
    this.#verifications += 1;
    return true;
  }

  /** What is wrong at once, whatever moves. */
  async #neverTwice(where: string): Promise<void> {
    const { repeated, refused } = await this.#venue.orderRequests();
    this.#ledger.read();
    const unlawful = Object.keys(refused).filter((code) => !lawfulRefusals.has(code));
    const unknown = [...this.#venue.labels].filter((label) => !this.#ledger.hasLabel(label));
    const wrong = [
      ...repeated.map(({ label, times }) => `the venue was asked ${times} times for ${label}`),
      ...unlawful.map((code) => `the venue refused ${refused[code]} orders with ${code}`),
      ...unknown.map((label) => `the venue was asked for ${label}, which is not in the ledger`),
      ...this.#ledger.repeated.map((what) => `the ledger holds twice: ${what}`),
      ...this.#ledger.unattributed.map((trade) => `nothing says what trade ${trade} cost`),
    ];
    if (this.#ledger.adoptions > 0) wrong.push('reconciliation had to adopt a position');
    if (wrong.length > 0) throw new Error(`${where}: ${wrong.join('; ')}`);
  }

  /**
   * Lives that end in order, until both sides hold the same. What rested may fill between the last
   * word of the venue and its cancel on disconnect: such a trade is the next life's to book.
   */
  async #comeToRest(): Promise<void> {
    let held = '';
    for (let life = 1; life <= lastLivesMax; life += 1) {
      const booked = await this.#lifeInOrder(`last restart ${life}`);
      const account = await this.#venue.account();
      const foreign = [...booked].filter(([trade, amount]) => account.trades.get(trade) !== amount);
      if (foreign.length > 0) throw new Error(`at rest: booked, not traded: ${foreign.join()}`);
      held = `venue ${positionsText(account.positions)}, ledger ${positionsText(positionsOf(booked))}`;
      if (account.trades.size === booked.size) return;
    }
    throw new Error(`lane ${this.#options.lane}, at rest: ${held}`);
  }

  /** One life, which proves what the one before left, and an orderly end. The trades it has booked. */
  async #lifeInOrder(where: string): Promise<LedgerWord['trades']> {
    const daemon = this.#startDaemon(undefined);
    try {
      await this.#untilActive(daemon, where);
      await this.#untilEqual(daemon, where);
      const code = await daemon.stop();
      if (code !== 0) throw this.#failure(where, `stopped with ${code}`, daemon);
      await this.#neverTwice(where);
      return this.#ledger.trades;
    } finally {
      await daemon.end();
    }
  }

  #report({ requests, labelled, repeated, refused }: OrderRequests): LaneReport {
    const { intents, fills, adoptions, doubtsSettled } = this.#ledger;
    return {
      lane: this.#options.lane,
      quotes: this.#quotes,
      cycles: this.#cycles,
      verifications: this.#verifications,
      venue: { requests, labelled, repeated, refused },
      intents,
      fills,
      adoptions,
      doubts: doubtsSettled,
      daemonDuplicates: this.#daemonDuplicates,
      daemonIllegal: this.#daemonIllegal,
    };
  }

  #failure(where: string, what: string, daemon: DaemonUnderTest): Error {
    return new Error(`lane ${this.#options.lane}, ${where}: ${what}\n${daemon.said}`);
  }
}
