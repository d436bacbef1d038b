/** The table of faults: what the admin port accepts, what it says about itself, and what the manual prints. */
import type { z } from 'zod';
import type { FaultRow } from './contract.ts';
import { marketFaults } from './market-faults.ts';
import { orderFaults } from './order-faults.ts';
import { sessionFaults } from './session-faults.ts';
import { wireFaults } from './wire-faults.ts';

const rows = [...wireFaults, ...sessionFaults, ...marketFaults, ...orderFaults];

export const faultTable: ReadonlyMap<string, FaultRow> = new Map(
  rows.map((row) => [row.name, row]),
);

export interface ParameterHelp {
  readonly name: string;
  readonly about: string;
  /** Absent when there is none. */
  readonly default?: unknown;
  readonly required: boolean;
}

export interface FaultHelp {
  readonly fault: string;
  readonly reach: 'wire' | 'engine';
  readonly does: string;
  readonly parameters: readonly ParameterHelp[];
}

function parameterHelp(name: string, type: z.core.$ZodType): ParameterHelp {
  const { def } = type._zod;
  const inner = 'innerType' in def ? (def.innerType as z.ZodType) : undefined;
  const about = (type as z.ZodType).description ?? inner?.description ?? '';
  if (def.type === 'default' && 'defaultValue' in def)
    return { name, about, default: def.defaultValue, required: false };
  return { name, about, required: def.type !== 'optional' };
}

/** The table as the admin port shows it. */
export function faultHelp(): FaultHelp[] {
  return rows.map((row) => ({
    fault: row.name,
    reach: row.reach,
    does: row.does,
    parameters: Object.entries(row.parameters.shape).map(([name, type]) =>
      parameterHelp(name, type),
    ),
  }));
}

/** The table as the manual shows it. */
export function faultMarkdown(): string {
  const lines = faultHelp().map(({ fault, reach, does, parameters }) => {
    const cells = parameters.map(({ name, about, required, ...rest }) => {
      const standard = rest.default === undefined ? '' : ` (${JSON.stringify(rest.default)})`;
      return `\`${name}\`${required ? '*' : ''}${standard}: ${about}`;
    });
    return `| \`${fault}\` | ${reach} | ${does} | ${cells.join('; ')} |`;
  });
  return [
    '| fault | reach | what a client meets | parameters (* required, default in brackets) |',
    '|---|---|---|---|',
    ...lines,
  ].join('\n');
}
