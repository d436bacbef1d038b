/**
 * What the guard knows: one number and one monotonic time per input, in flat arrays, so that
 * reading all of them before every dispatch allocates nothing. A value that does not parse is
 * kept as missing: never as its last good value.
 */
import {
  type GuardInputName,
  guardInputNames,
  guardInputRow,
} from '../../streams/facts/reason-codes/index.ts';

/** Types of the values, by the unit in the manifest. */
export type GuardInputValue = number | boolean | string;

/** Index of each input in the flat arrays. */
export const inputIndex = Object.fromEntries(
  guardInputNames.map((name, index) => [name, index]),
) as Readonly<Record<GuardInputName, number>>;

/** The number a value is kept as; NaN: unparseable. Flags are 0 and 1, states their position. */
export function encodeInput(name: GuardInputName, value: unknown): number {
  const row = guardInputRow(name);
  switch (row.unit) {
    case 'beat':
      return value === true ? 1 : Number.NaN;
    case 'flag':
      if (typeof value === 'boolean') return Number(value);
      // Nobody watches a flag that is not critical for absence: garbage in it must trip.
      return row.critical === undefined ? 1 : Number.NaN;
    case 'state': {
      const position = (row.states ?? []).indexOf(String(value));
      return position < 0 ? Number.NaN : position;
    }
    case 'count':
      return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : Number.NaN;
    case 'ratio':
      return typeof value === 'number' && value >= 0 && value < Infinity ? value : Number.NaN;
    case 'usd':
      return typeof value === 'number' && Number.isFinite(value) ? value : Number.NaN;
  }
}

/** The inverse of `encodeInput`; null when missing. */
export function decodeInput(name: GuardInputName, encoded: number): GuardInputValue | null {
  if (Number.isNaN(encoded)) return null;
  const row = guardInputRow(name);
  if (row.unit === 'flag' || row.unit === 'beat') return encoded === 1;
  if (row.unit === 'state') return row.states?.[encoded] ?? null;
  return encoded;
}

/** Position of a state, for the evaluator. */
export function stateOf(name: GuardInputName, state: string): number {
  return encodeInput(name, state);
}

export interface InputReading {
  readonly value: GuardInputValue | null;
  /** Monotonic µs; null: never set. */
  readonly atUs: number | null;
}

export class GuardInputs {
  readonly values = new Float64Array(guardInputNames.length).fill(Number.NaN);
  readonly timesUs = new Float64Array(guardInputNames.length).fill(Number.NEGATIVE_INFINITY);

  /** Returns true when the kept value changed (a newer time alone is no change). */
  set(name: GuardInputName, value: unknown, atUs: number): boolean {
    const index = inputIndex[name];
    const encoded = encodeInput(name, value);
    const changed = !Object.is(this.values[index], encoded);
    this.values[index] = encoded;
    this.timesUs[index] = Number.isFinite(atUs) ? atUs : Number.NEGATIVE_INFINITY;
    return changed;
  }

  read(name: GuardInputName): InputReading {
    const index = inputIndex[name];
    const atUs = this.timesUs[index] as number;
    return {
      value: decodeInput(name, this.values[index] as number),
      atUs: Number.isFinite(atUs) ? atUs : null,
    };
  }
}
