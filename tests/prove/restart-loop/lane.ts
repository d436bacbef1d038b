/**
 * One account's share of the restart loop: one venue process that lives through all of it, and the
 * shipped daemon, started and killed again and again over one data directory. After every restart
 * that reaches Active, ledger (read from disk) and venue (asked over HTTP) must agree.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { sinceMs, sleepMs } from './clock.ts';
import { DaemonUnderTest } from './daemon-under-test.ts';
import { LedgerWord } from './ledger-word.ts';
import { type Plan, planOf, planText } from './plan.ts';
import { loopEnvironment, venueModule, writeLoopConfiguration } from './setup.ts';
import { type Account, accountName, type OrderRequests, VenueWord } from './venue-word.ts';

/** Beyond these something hangs. */
const activeWithinMs = 60_000;
const agreeWithinMs = 15_000;
/** A plan that did not strike by then is replaced by a kill from outside. */
const strikeWithinMs = 3_000;
const pollMs = 40;

/** Refusals that an order may meet without being wrong: too late, and would not have rested. */
const lawfulRefusals: ReadonlySet<string> = new Set(['13888', '11054']);

export interface CycleReport {
  readonly cycle: number;
  readonly plan: string;
  readonly kind: Plan['kind'];
  /** The plan did not strike: killed from outside instead. */
  readonly replaced: boolean;
  /** From start to Active; null when it was killed before. */
  readonly activeMs: number | null;
  /** Orders without an end in the ledger when it died. */
  readonly unfinished: number;
}

export interface LaneReport {
  readonly lane: number;
  readonly quotes: boolean;
  readonly cycles: readonly CycleReport[];
  readonly verifications: number;
  readonly venue: Omit<OrderRequests, 'labels'>;
  readonly intents: number;
  readonly fills: number;
  readonly adoptions: number;
  readonly doubts: { readonly notSent: number; readonly adopted: number };
  readonly daemonDuplicates: number;
  readonly daemonIllegal: number;
}

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
  #venueProcess: ChildProcess | undefined;
  #venueAddress = '';
  #venue = new VenueWord('');
  #profile = '';
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
      await this.#lastLife();
      return this.#report(await this.#venue.orderRequests());
    } finally {
      this.#venueProcess?.kill('SIGKILL');
    }
  }

  async #startVenue(): Promise<void> {
    const { lane, seed, directory } = this.#options;
    const venue = fork(
      venueModule,
      [
        '--client-id',
        accountName,
        '--seed',
        `${seed}-${lane}`,
        '--log',
        join(directory, 'venue.log'),
      ],
      { env: loopEnvironment(), stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    this.#venueProcess = venue;
    const port = await new Promise<number>((resolve, reject) => {
      venue.once('message', (message) => resolve((message as { port: number }).port));
      venue.once('close', () => reject(new Error('the venue did not start')));
    });
    this.#venueAddress = `127.0.0.1:${port}`;
    this.#venue = new VenueWord(this.#venueAddress);
  }

  #startDaemon(plan: Plan | undefined): DaemonUnderTest {
    return new DaemonUnderTest({
      directory: this.#options.directory,
      profile: this.#profile,
      venueAddress: this.#venueAddress,
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
      const { unfinished } = this.#ledger;
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

  /** False when it died before a reading could be compared. Throws what stays different. */
  async #untilEqual(daemon: DaemonUnderTest, where: string): Promise<boolean> {
    const endMs = sinceMs() + agreeWithinMs;
    let difference = 'no quiet moment';
    while (daemon.isAlive) {
      const found = await this.#compare(where);
      if (found === undefined) {
        const status = await daemon.status();
        if (status === undefined) continue;
        const { duplicate_dispatch_count, illegal_order_attempts } = status.orders;
        this.#daemonDuplicates += duplicate_dispatch_count;
        this.#daemonIllegal += illegal_order_attempts;
        this.#verifications += 1;
        return true;
      }
      difference = found;
      if (sinceMs() > endMs) throw this.#failure(where, difference, daemon);
      await sleepMs(pollMs);
    }
    return false;
  }

  /** The ledger between two equal readings of the venue. Undefined when all agree. */
  async #compare(where: string): Promise<string | undefined> {
    const before = accountText(await this.#venue.account());
    this.#ledger.read();
    const ledger = accountText(this.#ledger.account);
    const after = accountText(await this.#venue.account());
    await this.#neverTwice(where);
    if (before !== after) return 'the venue does not hold still';
    return ledger === after ? undefined : `venue ${after}, ledger ${ledger}`;
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
    ];
    if (this.#ledger.adoptions > 0) wrong.push('reconciliation had to adopt a position');
    if (wrong.length > 0) throw new Error(`${where}: ${wrong.join('; ')}`);
  }

  /** One more life, to prove what the last kill left, and an orderly end. */
  async #lastLife(): Promise<void> {
    const daemon = this.#startDaemon(undefined);
    try {
      const where = 'last restart';
      await this.#untilActive(daemon, where);
      await this.#untilEqual(daemon, where);
      const code = await daemon.stop();
      if (code !== 0) throw this.#failure(where, `stopped with ${code}`, daemon);
      await this.#neverTwice(where);
      // The venue has cancelled what rested, as told; only the next start would hear of it.
      const [held, booked] = [
        (await this.#venue.account()).positions,
        this.#ledger.account.positions,
      ];
      if (positionsText(held) !== positionsText(booked)) {
        throw this.#failure(
          'at rest',
          `venue ${positionsText(held)}, ledger ${positionsText(booked)}`,
          daemon,
        );
      }
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

function positionsText(positions: Account['positions']): string {
  return `[${[...positions]
    .map(([name, amount]) => `${name} ${amount}`)
    .sort()
    .join(', ')}]`;
}

function accountText({ positions, openLabels }: Account): string {
  return `${positionsText(positions)} open [${[...openLabels].sort().join(', ')}]`;
}
