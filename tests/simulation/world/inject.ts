/** Does what a plan says, at its time, and undoes it at the end of it. */
import type { VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import type { Random } from '../../../streams/ports/index.ts';
import { type DiskEntry, faultKindOf, type PlanEntry } from '../plan.ts';
import { FailingDisk } from './failing-disk.ts';
import { momentsOf } from './moments.ts';
import { Operator, type OperatorEvents } from './operator.ts';
import type { SimWorld } from './sim-world.ts';

export interface InjectEvents extends OperatorEvents {
  onFault(kind: string, entry: PlanEntry): void;
}

const usPerS = 1_000_000;
/** An order is answered within milliseconds: who wants to strike before that looks often. */
const momentLookUs = 1_000;
const momentLooks = 6_000;
const calmLatency = { minUs: 200, maxUs: 3_000 };
const calmDelays = { writeUs: 20, datasyncUs: 100, readUs: 20 };
const calmCapacityBytes = 16 * 1024 ** 3;
/** A policy file nobody can parse. */
export const unreadablePolicy = 'schema_version: [1';
/** Room left on a disk that is full, as a share of a preallocated segment: nothing new fits. */
const fullSlackBytes = 64 * 1024;

export class Injector {
  readonly #sim: SimWorld;
  readonly #world: VirtualWorld;
  readonly #random: Random;
  readonly #events: InjectEvents;
  readonly #operator: Operator;
  readonly #failing: FailingDisk;
  #lossShare = 0;
  #watchdogSilent = false;
  #isOver = false;

  constructor(sim: SimWorld, random: Random, events: InjectEvents) {
    this.#sim = sim;
    this.#world = sim.world;
    this.#random = random;
    this.#events = events;
    this.#operator = new Operator(sim, random, events);
    this.#failing = new FailingDisk(sim.daemon.node.disk, random);
    this.#world.network.intercept = ({ kind, from }) =>
      this.#lossShare > 0 &&
      kind !== 'socket' &&
      (from === 'daemon' || from === 'venue') &&
      this.#random.next() < this.#lossShare
        ? 'drop'
        : undefined;
  }

  /** An operator was told that a floor is in force, and has not lifted it. */
  get isRestrictedByOperator(): boolean {
    return this.#operator.floors.size > 0;
  }

  /** Arms every entry from now on. */
  arm(entries: readonly PlanEntry[]): void {
    for (const entry of entries)
      this.#world.clock.schedule(entry.atS * usPerS, () => this.#when(entry, momentLooks));
  }

  /** At once, or when the moment is there that the entry is to meet; after the last look all the same. */
  #when(entry: PlanEntry, looksLeft: number): void {
    if (this.#isOver) return;
    const { meets } = entry;
    const isThere =
      meets === undefined || momentsOf(this.#sim.daemon.system).includes(meets) || looksLeft === 0;
    if (isThere) this.#do(entry);
    else this.#world.clock.schedule(momentLookUs, () => this.#when(entry, looksLeft - 1));
  }

  /** Everything works again, and stays so. */
  calm(): void {
    this.#isOver = true;
    const { venue, daemon, config, market } = this.#sim;
    venue.faults.clear();
    market.basisBps = 0;
    market.depthShare = 1;
    this.#watchdogSilent = false;
    this.#sim.narrowScopes();
    this.#world.network.latency = calmLatency;
    this.#world.network.heal('daemon', 'venue');
    this.#lossShare = 0;
    const { disk, wallClock } = daemon.node;
    this.#failing.calm();
    disk.capacityBytes = calmCapacityBytes;
    disk.delays = calmDelays;
    wallClock.offsetUs = 0;
    daemon.disarm();
    this.#sim.store?.calm();
    daemon.node.resume();
    daemon.writePolicy(config.calmPolicyText);
  }

  /** The beat of a watchdog, once a second, where the house of this history has one. */
  beat(): void {
    this.#world.clock.schedule(usPerS, () => {
      const { daemon } = this.#sim;
      if (!this.#watchdogSilent && !daemon.node.isPaused) daemon.system?.heartbeat();
      this.beat();
    });
  }

  /** Lowers every floor that may be lowered: what an operator does when it is over. */
  restoreAll(): void {
    this.#operator.do('restore');
  }

  /** What protects may not be cancelled and does not fill: an operator's kill cancels it all the same. */
  killAll(): void {
    this.#operator.do('kill');
  }

  /** Adopts whatever the venue shows without an intent: what an operator does who has looked at it. */
  adoptAll(): void {
    const { system } = this.#sim.daemon;
    if ((system?.reconciliation.adoptable.length ?? 0) > 0) this.#operator.do('adopt');
  }

  #do(entry: PlanEntry): void {
    // A crash is counted where it strikes.
    if (entry.kind !== 'crash') this.#events.onFault(faultKindOf(entry), entry);
    switch (entry.kind) {
      case 'venue': {
        const { fault, parameters, forS } = entry;
        try {
          this.#sim.venue.faults.apply({ fault, parameters, for_s: forS });
        } catch {
          // A book without an ask cannot be crossed now: nothing to break.
        }
        return;
      }
      case 'network':
        this.#network(entry);
        return;
      case 'disk':
        this.#disk(entry);
        return;
      case 'crash':
        this.#sim.daemon.arm(entry, () => this.#events.onFault(faultKindOf(entry), entry));
        return;
      case 'pause': {
        const { node } = this.#sim.daemon;
        if (!node.isAlive) return;
        node.pause();
        this.#undo(entry.forS, () => node.resume());
        return;
      }
      case 'clock': {
        const { wallClock } = this.#sim.daemon.node;
        wallClock.offsetUs += entry.stepS * usPerS;
        this.#undo(entry.forS, () => {
          wallClock.offsetUs -= entry.stepS * usPerS;
        });
        return;
      }
      case 'operator':
        this.#operator.do(entry.command);
        return;
      case 'watchdog':
        this.#watchdogSilent = true;
        this.#undo(entry.forS, () => {
          this.#watchdogSilent = false;
        });
        return;
      case 'market':
        this.#market(entry);
        return;
      case 'venue_restart':
        this.#sim.restartVenue(entry.forS);
        return;
      case 'store':
        this.#sim.store?.database.begin(entry);
        this.#undo(entry.forS, () => this.#sim.store?.database.end(entry.what));
        return;
      case 'store_crash':
        this.#sim.store?.arm(entry);
        return;
      case 'policy':
        this.#policy(entry.key);
        this.#undo(entry.forS, () => this.#sim.daemon.writePolicy(this.#sim.config.policyText));
    }
  }

  #undo(forS: number, fn: () => void): void {
    this.#world.clock.schedule(forS * usPerS, () => {
      if (!this.#isOver) fn();
    });
  }

  #market({ what, amount, forS }: Extract<PlanEntry, { kind: 'market' }>): void {
    const { market } = this.#sim;
    if (what === 'basis') market.basisBps = amount;
    else market.depthShare = amount;
    this.#undo(forS, () => {
      if (what === 'basis') market.basisBps = 0;
      else market.depthShare = 1;
    });
  }

  #network({ what, amount, forS }: Extract<PlanEntry, { kind: 'network' }>): void {
    const { network } = this.#world;
    switch (what) {
      case 'cut':
        network.cut('daemon', 'venue');
        return;
      case 'silence':
        network.silence('daemon', 'venue');
        this.#undo(forS, () => network.heal('daemon', 'venue'));
        return;
      case 'slow':
        network.latency = { minUs: 200, maxUs: amount * 1_000 };
        this.#undo(forS, () => {
          network.latency = calmLatency;
        });
        return;
      case 'lossy':
        this.#lossShare = amount;
        this.#undo(forS, () => {
          this.#lossShare = 0;
        });
    }
  }

  #disk(entry: DiskEntry): void {
    const { what, amount, forS } = entry;
    const { disk } = this.#sim.daemon.node;
    switch (what) {
      case 'full':
        disk.capacityBytes = disk.usedBytes + fullSlackBytes;
        this.#undo(forS, () => {
          disk.capacityBytes = calmCapacityBytes;
        });
        return;
      case 'tight':
        disk.capacityBytes = Math.ceil(disk.usedBytes / amount);
        this.#undo(forS, () => {
          disk.capacityBytes = calmCapacityBytes;
        });
        return;
      case 'slow':
        disk.delays = { writeUs: 20, datasyncUs: amount * 1_000, readUs: 20 };
        this.#undo(forS, () => {
          disk.delays = calmDelays;
        });
        return;
      default:
        this.#failing.begin(entry);
        this.#undo(forS, () => this.#failing.end(entry));
    }
  }

  #policy(key: string): void {
    const { config, daemon } = this.#sim;
    const text =
      key === 'unreadable'
        ? unreadablePolicy
        : config.policyText.replace(new RegExp(`^  ${key}:.*\\n`, 'm'), '');
    daemon.writePolicy(text);
  }
}
