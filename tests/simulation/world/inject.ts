/** Does what a plan says, at its time, and undoes it at the end of it. */
import { heldText, nameOf } from '../../../actors/reconciliation/index.ts';
import type { AdoptBody } from '../../../daemon/http/adopt-body.ts';
import type { CommandContext, Commands } from '../../../daemon/http/control-server.ts';
import { systemError, type VirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { systemCommands } from '../../../daemon/system/commands.ts';
import type { System } from '../../../daemon/system.ts';
import type { Adoptable } from '../../../streams/facts/adoption.ts';
import type { Random } from '../../../streams/ports/index.ts';
import { faultKindOf, type OperatorEntry, type PlanEntry } from '../plan.ts';
import type { SimWorld } from './sim-world.ts';

export interface InjectEvents {
  onFault(kind: string, entry: PlanEntry): void;
  /** An operator named these, `kind instrument id`, before he was answered. */
  onAdopting(names: readonly string[]): void;
  /** An operator's command was accepted. */
  onCommand(command: OperatorEntry['command'] | 'restore-all', accepted: boolean): void;
}

const usPerS = 1_000_000;
const calmLatency = { minUs: 200, maxUs: 3_000 };
const calmDelays = { writeUs: 20, datasyncUs: 100, readUs: 20 };
const calmCapacityBytes = 16 * 1024 ** 3;
/** Room left on a disk that is full, as a share of a preallocated segment: nothing new fits. */
const fullSlackBytes = 64 * 1024;

export class Injector {
  readonly #sim: SimWorld;
  readonly #world: VirtualWorld;
  readonly #random: Random;
  readonly #events: InjectEvents;
  #commands = 0;
  #lossShare = 0;
  #isOver = false;

  constructor(sim: SimWorld, random: Random, events: InjectEvents) {
    this.#sim = sim;
    this.#world = sim.world;
    this.#random = random;
    this.#events = events;
    this.#world.network.intercept = ({ kind, from }) =>
      this.#lossShare > 0 &&
      kind !== 'socket' &&
      (from === 'daemon' || from === 'venue') &&
      this.#random.next() < this.#lossShare
        ? 'drop'
        : undefined;
  }

  /** Arms every entry from now on. */
  arm(entries: readonly PlanEntry[]): void {
    for (const entry of entries)
      this.#world.clock.schedule(entry.atS * usPerS, () => {
        if (!this.#isOver) this.#do(entry);
      });
  }

  /** Everything works again, and stays so. */
  calm(): void {
    this.#isOver = true;
    const { venue, daemon, config } = this.#sim;
    venue.faults.clear();
    this.#world.network.latency = calmLatency;
    this.#world.network.heal('daemon', 'venue');
    this.#lossShare = 0;
    const { disk, wallClock } = daemon.node;
    disk.onOperation = undefined;
    disk.capacityBytes = calmCapacityBytes;
    disk.delays = calmDelays;
    wallClock.offsetUs = 0;
    daemon.disarm();
    daemon.node.resume();
    daemon.writePolicy(config.policyText);
  }

  /** Lowers every floor that may be lowered: what an operator does when it is over. */
  restoreAll(): void {
    this.#command('restore-all');
  }

  /** Adopts whatever the venue shows without an intent: what an operator does who has looked at it. */
  adoptAll(): void {
    const { system } = this.#sim.daemon;
    if ((system?.reconciliation.adoptable.length ?? 0) > 0) this.#command('adopt');
  }

  #do(entry: PlanEntry): void {
    this.#events.onFault(faultKindOf(entry), entry);
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
        this.#sim.daemon.arm(entry);
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
        this.#command(entry.command);
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

  #disk({ what, amount, forS }: Extract<PlanEntry, { kind: 'disk' }>): void {
    const { disk } = this.#sim.daemon.node;
    switch (what) {
      case 'full':
        disk.capacityBytes = disk.usedBytes + fullSlackBytes;
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
      default: {
        let left = amount;
        const wanted = what === 'fail_write' ? 'write' : 'datasync';
        disk.onOperation = (operation, file) => {
          if (operation !== wanted || left <= 0) return;
          left -= 1;
          if (left > 0) return;
          if (operation === 'datasync') disk.names.file(file).failSync();
          throw systemError('EIO', file);
        };
        this.#undo(forS, () => {
          disk.onOperation = undefined;
        });
      }
    }
  }

  #policy(key: string): void {
    const { config, daemon } = this.#sim;
    const text =
      key === 'unreadable'
        ? 'schema_version: [1'
        : config.policyText.replace(new RegExp(`^  ${key}:.*\\n`, 'm'), '');
    daemon.writePolicy(text);
  }

  #command(command: OperatorEntry['command'] | 'restore-all'): void {
    const { daemon } = this.#sim;
    const { system } = daemon;
    if (system === undefined || daemon.node.isPaused) return;
    if (command === 'stop') {
      daemon.stop(1_000, 1);
      this.#events.onCommand(command, true);
      return;
    }
    this.#commands += 1;
    const commands = systemCommands(system);
    const context = {
      role: 'owner' as const,
      idempotencyKey: `simulated-${this.#commands}`,
      cause: 'simulated operator',
      request: { path: '/simulated', bodySha256: '0'.repeat(64) },
      traceId: this.#random.hex(16),
    };
    const ask = (name: OperatorEntry['command'] | 'restore-all', act: () => unknown): void => {
      try {
        act();
        this.#events.onCommand(name, true);
      } catch {
        this.#events.onCommand(name, false);
      }
    };
    const plain = { cause: context.cause, flatten: false, keep_reduce_only: false };
    if (command === 'kill') ask(command, () => commands.kill(plain, context));
    else if (command === 'emergency') ask(command, () => commands.emergencyReduceOnly(context));
    else if (command === 'reconcile') ask(command, () => commands.reconcile(context));
    else if (command === 'adopt') this.#adopt(system, commands, context);
    else {
      ask(command, () => commands.restore('Kill', context));
      ask(command, () => commands.restore('ReduceOnly', context));
    }
  }

  /** The answer comes after the venue was read: in another life it may never come. */
  #adopt(system: System, commands: Commands, context: CommandContext): void {
    const { adoptable } = system.reconciliation;
    const { account } = this.#sim.config.config.profile.wiring.venue;
    const body = adoptBodyOf(account, adoptable);
    this.#events.onAdopting(adoptable.map(nameOf));
    commands.adopt(body, context).then(
      () => this.#events.onCommand('adopt', true),
      () => this.#events.onCommand('adopt', false),
    );
  }
}

function adoptBodyOf(account: string, adoptable: readonly Adoptable[]): AdoptBody {
  return {
    account,
    reason: 'simulated operator',
    trades: adoptable.flatMap((one) =>
      one.kind === 'trade'
        ? [{ instrument: one.trade.instrument.name, trade_id: one.trade.tradeId }]
        : [],
    ),
    orders: adoptable.flatMap((one) =>
      one.kind === 'order'
        ? [{ instrument: one.order.instrument.name, order_id: one.order.orderId }]
        : [],
    ),
    positions: adoptable.flatMap((one) =>
      one.kind === 'position'
        ? [{ instrument: one.position.instrument.name, amount: heldText(one.position) }]
        : [],
    ),
  };
}
