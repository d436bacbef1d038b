/** What themes are made of. */
import type { Random } from '../../../streams/ports/index.ts';
import type { DiskEntry, OperatorEntry, Plan, PlanEntry, Trading } from '../plan.ts';
import { btcPerpetual, ethPerpetual } from '../world/sim-market.ts';

export type Directed = Omit<Plan, 'seed'>;

export interface Theme {
  readonly name: string;
  readonly plan: (random: Random, trading: Trading) => Directed;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

export function venue(
  atS: number,
  fault: string,
  parameters: Readonly<Record<string, unknown>>,
  forS: number,
): PlanEntry {
  return { kind: 'venue', atS, fault, parameters, forS };
}

export function operator(atS: number, command: OperatorEntry['command']): PlanEntry {
  return { kind: 'operator', atS, command };
}

export function disk(
  atS: number,
  what: DiskEntry['what'],
  amount: number,
  forS: number,
): DiskEntry {
  return { kind: 'disk', atS, what, amount, forS };
}

export const busy = {
  everyMs: 300,
  withStrategy: false,
  groups: 0,
  cancels: 0,
  nonsense: 0,
} as const;
export const perpetuals = [btcPerpetual, ethPerpetual] as const;
