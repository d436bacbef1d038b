/** The person at the control port: what he asks for, and whether it was accepted. */
import { heldText, nameOf } from '../../../actors/reconciliation/index.ts';
import type { AdoptBody } from '../../../daemon/http/adopt-body.ts';
import type { CommandContext, Commands } from '../../../daemon/http/control-server.ts';
import { systemCommands } from '../../../daemon/system/commands.ts';
import type { System } from '../../../daemon/system.ts';
import type { Adoptable } from '../../../streams/facts/adoption.ts';
import type { RestrictedTier } from '../../../streams/facts/reason-codes/index.ts';
import type { Random } from '../../../streams/ports/index.ts';
import type { OperatorEntry } from '../plan.ts';
import type { SimWorld } from './sim-world.ts';

/** What the person asks for; to restore is to ask for both floors. */
type Command = OperatorEntry['command'];
type Asked = Exclude<Command, 'restore'> | 'restore Kill' | 'restore ReduceOnly';

export interface OperatorEvents {
  onCommand(asked: Asked, accepted: boolean): void;
  /** An operator named these, `kind instrument id`, before he was answered. */
  onAdopting(names: readonly string[]): void;
}

export class Operator {
  readonly #sim: SimWorld;
  readonly #random: Random;
  readonly #events: OperatorEvents;
  /** What he was told is in force, and has not lifted: of a call in which the process died he knows nothing. */
  readonly floors = new Set<RestrictedTier>();
  #commands = 0;

  constructor(sim: SimWorld, random: Random, events: OperatorEvents) {
    this.#sim = sim;
    this.#random = random;
    this.#events = events;
  }

  /** Nobody hears it while the daemon is down or stopped. */
  do(command: Command): void {
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
    const ask = (name: Asked, act: () => unknown): void => {
      try {
        act();
        this.#answered(name);
        this.#events.onCommand(name, true);
      } catch {
        this.#events.onCommand(name, false);
      }
    };
    const kill = (options: { flatten?: boolean; keep_reduce_only?: boolean }): void => {
      const plain = { cause: context.cause, flatten: false, keep_reduce_only: false };
      ask(command as Asked, () => commands.kill({ ...plain, ...options }, context));
    };
    if (command === 'kill') kill({});
    else if (command === 'kill_flatten') kill({ flatten: true });
    else if (command === 'kill_keep') kill({ keep_reduce_only: true });
    else if (command === 'freeze') ask(command, () => commands.freeze(context));
    else if (command === 'emergency') ask(command, () => commands.emergencyReduceOnly(context));
    else if (command === 'reconcile') ask(command, () => commands.reconcile(context));
    else if (command === 'adopt') this.#adopt(system, commands, context);
    else {
      ask('restore Kill', () => commands.restore('Kill', context));
      ask('restore ReduceOnly', () => commands.restore('ReduceOnly', context));
    }
  }

  #answered(asked: Asked): void {
    if (asked.startsWith('kill')) this.floors.add('Kill');
    if (asked === 'freeze') this.floors.add('ReduceOnly');
    if (asked === 'restore Kill') this.floors.delete('Kill');
    if (asked === 'restore ReduceOnly') this.floors.delete('ReduceOnly');
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
