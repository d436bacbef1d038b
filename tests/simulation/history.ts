/**
 * One history: a plan played to its end. First with everything that breaks (nothing unsafe may
 * happen), then with everything whole again (it must find its way back in bounded time).
 */
import type { SubmitOutcome } from '../../actors/execution/index.ts';
import type { System } from '../../daemon/system.ts';
import type { HoldfastError } from '../../streams/facts/errors.ts';
import type { HistoryOptions, HistoryResult } from './history-result.ts';
import { ControlTruth } from './observe/control-truth.ts';
import { DurableWatch } from './observe/durable-watch.ts';
import { ExposureWatch } from './observe/exposure-watch.ts';
import { LedgerTruth } from './observe/ledger-truth.ts';
import { type RateWatch, rateWatchOf } from './observe/rate-watch.ts';
import { ReceiptWatch } from './observe/receipt-watch.ts';
import { RecoveredWatch } from './observe/recovered-watch.ts';
import { RestWatch } from './observe/rest-watch.ts';
import { type StoreWatch, storeWatchOf } from './observe/store-watch.ts';
import { SystemWatch } from './observe/system-watch.ts';
import { Timeline } from './observe/timeline.ts';
import { TraceHash } from './observe/trace-hash.ts';
import { VenueWatch } from './observe/venue-watch.ts';
import { Verdict } from './observe/verdict.ts';
import { WireWatch } from './observe/wire-watch.ts';
import type { Plan } from './plan.ts';
import { Afterwards } from './world/afterwards.ts';
import { type Decided, Hand } from './world/hand.ts';
import { Injector, unreadablePolicy } from './world/inject.ts';
import { dataDirectory } from './world/sim-daemon.ts';
import { openSimWorld, type SimWorld } from './world/sim-world.ts';

const usPerS = 1_000_000;
/** Virtual seconds in which everything must be whole again after the last fault; more where pauses are long. */
const recoveryS = { shortPauses: 420, shippedPauses: 900 };
/** It must stay so for this long before it counts, seconds. */
const calmS = 3;
/** While it is quiet the hand pauses this many times as long. */
const quietPause = 20;
/** With these a process may end itself, in a life in which its disk refused something. */
const diskCodes: ReadonlySet<string> = new Set([
  'JOURNAL_WRITE_FAILED',
  'JOURNAL_CLOSED',
  'DISK_FULL',
]);
/** The observer looks around this often, ms. */
const lookMs = 250;

class History {
  readonly #plan: Plan;
  readonly #options: HistoryOptions;
  readonly #hash: TraceHash;
  readonly #verdict: Verdict;
  readonly #timeline: Timeline;
  #sim!: SimWorld;
  #ledger!: LedgerTruth;
  #control!: ControlTruth;
  #wire!: WireWatch;
  #rate!: RateWatch;
  #exposure!: ExposureWatch;
  #durable!: DurableWatch;
  #stored: StoreWatch | undefined;
  #receipts!: ReceiptWatch;
  #recovered!: RecoveredWatch;
  #venueWatch!: VenueWatch;
  #systems!: SystemWatch;
  #injector!: Injector;
  #hand!: Hand;
  #phase: 'faults' | 'recovery' = 'faults';
  /** What operators named to adopt. */
  readonly #named = new Set<string>();

  constructor(plan: Plan, options: HistoryOptions) {
    this.#plan = plan;
    this.#options = options;
    const nowUs = (): number => this.#sim?.world.clock.nowUs ?? 0;
    this.#verdict = new Verdict(nowUs);
    this.#timeline = new Timeline(options.timeline ?? false, nowUs);
    this.#hash = new TraceHash(nowUs);
  }

  async run(): Promise<HistoryResult> {
    await this.#open();
    const { clock } = this.#sim.world;
    const startUs = clock.nowUs;
    const endUs = startUs + (this.#options.untilS ?? Number.POSITIVE_INFINITY) * usPerS;
    const broken = (): boolean => this.#verdict.violations.length > 0;
    this.#sim.daemon.boot();
    this.#injector.arm(this.#plan.entries);
    if (this.#plan.setup.watchdog === true) this.#injector.beat();
    this.#tradeSoon();
    this.#lookSoon();
    for (const { atS, forS } of this.#plan.quiet ?? []) {
      clock.schedule(atS * usPerS, () => this.#quieten(true));
      clock.schedule((atS + forS) * usPerS, () => this.#quieten(false));
    }
    await clock.runUntilTrue(broken, Math.min(endUs, startUs + this.#plan.faultS * usPerS));
    if (!broken() && clock.nowUs < endUs) await this.#recover(endUs, broken);
    return this.#result(startUs);
  }

  async #open(): Promise<void> {
    const plan = this.#plan;
    const verdict = this.#verdict;
    this.#sim = await openSimWorld(plan, {
      onBoot: (system, life) => this.#onBoot(system, life),
      onRecovered: (system) => this.#recovered.look(system),
      onEnd: (life, cause, error) => this.#onEnd(life, cause, error),
      onSend: (text) => {
        this.#hash.daemon(`> ${text}`);
        this.#wire.onSend(text);
      },
      onReceive: (text) => {
        this.#hash.daemon(`< ${text}`);
        this.#wire.onReceive(text);
      },
      onSocket: (state) => this.#wire.link.socket(state),
      onRead: (url, tookUs, status) => {
        this.#hash.daemon(`read ${url} ${status} ${tookUs}`);
        this.#wire.link.read(url, tookUs, status);
      },
    });
    const { daemon, world } = this.#sim;
    const { disk } = daemon.node;
    const { execution } = this.#sim.config.config.launchPolicy;
    this.#venueWatch = new VenueWatch(verdict, this.#sim, this.#timeline, () => this.#ledger);
    this.#ledger = new LedgerTruth(disk, dataDirectory, (intent) =>
      this.#venueWatch.onIntent(intent),
    );
    this.#control = new ControlTruth(disk, dataDirectory, verdict);
    this.#durable = new DurableWatch(disk, dataDirectory, verdict);
    this.#durable.onBlock((stream, block) => this.#hash.block(stream, block));
    this.#stored = storeWatchOf(verdict, this.#timeline, this.#sim, this.#durable);
    this.#systems = new SystemWatch(verdict, this.#timeline, {
      control: this.#control,
      recordsMayFail: () => daemon.diskRefused || !daemon.node.isAlive,
    });
    this.#receipts = new ReceiptWatch(disk, dataDirectory, verdict);
    this.#recovered = new RecoveredWatch(verdict, this.#ledger, this.#control);
    this.#exposure = new ExposureWatch(verdict, () => this.#sim, this.#ledger);
    this.#rate = rateWatchOf(verdict, this.#sim);
    this.#wire = new WireWatch({
      verdict,
      rate: this.#rate,
      exposure: this.#exposure,
      ledger: this.#ledger,
      control: this.#control,
      system: () => daemon.system,
      ackTimeoutMs: execution.order_ack_timeout_ms,
      bookMaxAgeMs: execution.l2_book_snapshot_max_age_ms,
      restrictedByOperator: () => this.#injector.isRestrictedByOperator,
      onOrder: (side, order, intent) => this.#venueWatch.onLeft(side, order, intent),
    });
    const random = world.random.fork('faults');
    this.#injector = new Injector(this.#sim, random, {
      onFault: (kind, entry) => {
        verdict.reach(`fault ${kind}`);
        this.#hash.fault(kind);
        this.#systems.faultMeets(kind, daemon.system);
        this.#timeline.fault(kind, entry);
      },
      onAdopting: (names) => {
        for (const name of names) this.#named.add(name);
      },
      onCommand: (command, accepted) => {
        this.#timeline.note('operator', `${command} ${accepted ? 'accepted' : 'refused'}`);
      },
    });
    this.#hand = new Hand(plan.trading, world.random.fork('hand'), {
      onDeciding: (system) => {
        this.#systems.before(system);
        this.#wire.submitting();
      },
      onDecided: (system, decided, outcome) => this.#onDecided(system, decided, outcome),
    });
  }

  #onBoot(system: System, life: number): void {
    this.#wire.link.begin();
    this.#rate.begin();
    this.#systems.watch(system);
    this.#timeline.note('life', `life ${life} begins`);
    this.#hash.daemon(`boot ${life}`);
  }

  #onEnd(life: number, cause: string, error: HoldfastError | undefined): void {
    const said = error === undefined ? '' : ` ${error.code} ${error.message}`;
    this.#timeline.note('life', `life ${life} ends: ${cause}${said}`);
    this.#hash.daemon(`end ${life} ${cause}`);
    this.#verdict.reach(`end ${cause}${error === undefined ? '' : ` ${error.code}`}`);
    if (error === undefined) return;
    const { diskRefused, policyText } = this.#sim.daemon;
    // A policy that cannot be read refuses the start, as it should; the next start reads it again.
    const unreadable = policyText === unreadablePolicy;
    const refused = unreadable && error.code === 'CONFIG_INVALID' && cause.startsWith('start');
    if (!refused && !(diskRefused && diskCodes.has(error.code)))
      this.#verdict.broken('no-fatal', `${cause}: ${error.code} ${error.message}`);
  }

  #onDecided(system: System, decided: Decided, outcome: SubmitOutcome): void {
    if (this.#sim.daemon.system !== system) return;
    this.#systems.after(system, decided, outcome);
    this.#wire.submitted(outcome.sent, (index) => outcome.legs[index]?.class);
    this.#timeline.decided(decided, outcome);
  }

  #quieten(isQuiet: boolean): void {
    if (this.#phase !== 'faults') return;
    this.#sim.market.isCalm = isQuiet;
    this.#timeline.note('phase', isQuiet ? 'a quiet stretch' : 'the quiet is over');
  }

  #tradeSoon(): void {
    const { clock } = this.#sim.world;
    const pauseMs = this.#hand.pauseMs() * (this.#sim.market.isCalm ? quietPause : 1);
    clock.schedule(pauseMs * 1_000, () => {
      if (this.#phase === 'faults') this.#trade();
      if (this.#phase === 'faults') this.#tradeSoon();
    });
  }

  /** The hand is code of the daemon: it is silent while the daemon is down or stopped. */
  #trade(): void {
    const { daemon, world } = this.#sim;
    const { system } = daemon;
    if (system === undefined || daemon.node.isPaused) return;
    const { life } = daemon;
    try {
      this.#hand.decide(system, daemon.node.ports.clock.nowUs());
    } catch (thrown) {
      if (daemon.lives(life))
        this.#verdict.broken('no-throw', `submit threw at ${world.clock.nowUs}: ${String(thrown)}`);
    }
  }

  #lookSoon(): void {
    this.#sim.world.clock.schedule(lookMs * 1_000, () => {
      this.#ledger.look();
      this.#control.look();
      this.#venueWatch.look(this.#phase);
      this.#receipts.look();
      const { system, node } = this.#sim.daemon;
      if (system !== undefined) {
        this.#durable.look(system);
        this.#wire.look();
        this.#systems.look(system);
      }
      this.#exposure.look(node.isPaused ? undefined : system, this.#wire.link.isOpen);
      this.#lookSoon();
    });
  }

  async #recover(endUs: number, broken: () => boolean): Promise<void> {
    const { clock } = this.#sim.world;
    this.#phase = 'recovery';
    this.#sim.market.isCalm = true;
    this.#injector.calm();
    this.#timeline.note('phase', 'the faults are over');
    const rest = new RestWatch(this.#verdict, this.#sim, {
      ledger: this.#ledger,
      named: this.#named,
      receipts: this.#receipts,
      stored: this.#stored,
    });
    const people = new Afterwards(this.#sim, this.#injector, this.#hand);
    const fromUs = clock.nowUs;
    const { shortPauses, shippedPauses } = recoveryS;
    const mostS = this.#plan.quiet === undefined ? shortPauses : shippedPauses;
    const limitUs = Math.min(endUs, fromUs + mostS * usPerS);
    while (clock.nowUs < limitUs && !broken()) {
      await clock.runUntilTrue(broken, Math.min(limitUs, clock.nowUs + usPerS));
      people.tidy();
      if (rest.calmFor(calmS)) {
        rest.finish((clock.nowUs - fromUs) / usPerS);
        if (!broken()) await rest.replay();
        return;
      }
    }
    if (!broken() && clock.nowUs >= limitUs && limitUs < endUs) rest.never(mostS);
  }

  #result(startUs: number): HistoryResult {
    const { world, market, daemon } = this.#sim;
    this.#durable.take();
    return {
      seed: this.#plan.seed,
      violations: this.#verdict.violations,
      reached: this.#verdict.reached,
      ...this.#hash.digests(this.#stored?.trace ?? ''),
      simulatedS: (world.clock.nowUs - startUs) / usPerS,
      marketEvents: market.operations,
      orders: this.#wire.sent,
      lives: daemon.life,
      timeline: this.#timeline.entries,
    };
  }
}

/** Plays a plan. Never rejects for what the daemon does: that is a violation. */
export function playHistory(plan: Plan, options: HistoryOptions = {}): Promise<HistoryResult> {
  return new History(plan, options).run();
}
