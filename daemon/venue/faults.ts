/**
 * What can be broken on command. Everything is off by default. A fault is tripped with checked
 * parameters, stays until its time is over, it is used up or it is cleared, and then leaves nothing
 * behind. What it draws comes from a seed of its own, so that a broken run can be had again.
 */
import { z } from 'zod';
import { HoldfastError } from '../../streams/facts/errors.ts';
import { VenueError } from '../../streams/venues/simulated/index.ts';
import type { FaultContext } from './faults/contract.ts';
import type { Hooks } from './faults/hooks.ts';
import type { FaultOrder } from './faults/schedule.ts';
import { faultTable } from './faults/table.ts';

/** A fault that was tripped. */
export interface TrippedFault {
  readonly fault: string;
  readonly parameters: unknown;
  readonly isActive: boolean;
  /** Ends it; harmless when it is over. */
  end(): void;
}

/** Faults that may be active at once: more is a runaway script. */
const activeMax = 1_000;

export class Faults {
  readonly hooks: Hooks;
  readonly #contextOf: () => Omit<FaultContext, 'usedUp' | 'hooks'>;
  readonly #active = new Set<TrippedFault>();

  constructor(hooks: Hooks, contextOf: () => Omit<FaultContext, 'usedUp' | 'hooks'>) {
    this.hooks = hooks;
    this.#contextOf = contextOf;
  }

  /** Active faults in the order they were tripped. */
  get active(): readonly TrippedFault[] {
    return [...this.#active];
  }

  /** Breaks something. Throws SCHEMA_INVALID for an unknown fault or parameters that do not fit. */
  trip(name: string, parameters: Readonly<Record<string, unknown>> = {}): TrippedFault {
    const row = faultTable.get(name);
    if (row === undefined) throw new HoldfastError('SCHEMA_INVALID', `no fault is called ${name}`);
    if (this.#active.size >= activeMax)
      throw new HoldfastError('SCHEMA_INVALID', `${activeMax} faults are active: clear some first`);
    let undo: (() => void) | undefined;
    let over = false;
    const active = this.#active;
    const tripped: TrippedFault = {
      fault: name,
      parameters,
      get isActive() {
        return !over;
      },
      end() {
        if (over) return;
        over = true;
        active.delete(tripped);
        undo?.();
      },
    };
    active.add(tripped);
    try {
      const context = { ...this.#contextOf(), hooks: this.hooks, usedUp: () => tripped.end() };
      undo = row.start(context, parameters);
    } catch (thrown) {
      tripped.end();
      throw refusalOf(name, thrown);
    }
    // Used up while it started: what it set must not stay.
    if (over) undo();
    return tripped;
  }

  /** Trips a fault as ordered over the admin port or by a schedule. */
  apply(order: FaultOrder): TrippedFault {
    const tripped = this.trip(order.fault, order.parameters ?? {});
    if (order.for_s !== undefined)
      this.#contextOf().clock.after(Math.round(order.for_s * 1_000), () => tripped.end());
    return tripped;
  }

  /** Ends everything. */
  clear(): void {
    for (const tripped of this.#active) tripped.end();
  }

  /** The next `count` replies (of `method`) are lost on the way: the request took effect. */
  dropReplies(count: number, method?: string): TrippedFault {
    return this.trip('reply_lost', method === undefined ? { count } : { count, method });
  }

  /** The next `count` requests (of `method`) are refused before the engine sees them. */
  reject(code: number, message: string, count = 1, method?: string): TrippedFault {
    const rule = { code, message, count };
    return this.trip('reject', method === undefined ? rule : { ...rule, method });
  }

  /** The next `count` change frames of that book are lost: the client must see a gap. */
  skipChangeIds(instrument: string, count = 1): TrippedFault {
    return this.trip('book_gap', { instrument, count });
  }
}

function refusalOf(name: string, thrown: unknown): HoldfastError {
  if (thrown instanceof HoldfastError) return thrown;
  if (thrown instanceof z.ZodError)
    return new HoldfastError('SCHEMA_INVALID', `${name} does not fit: ${z.prettifyError(thrown)}`);
  if (thrown instanceof VenueError) {
    const reason = thrown.data?.reason;
    const why = typeof reason === 'string' ? reason : thrown.message;
    return new HoldfastError('SCHEMA_INVALID', `${name} cannot start: ${why}`);
  }
  return new HoldfastError('INTERNAL', `${name} failed to start`, { cause: thrown });
}
