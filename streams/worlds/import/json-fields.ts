/** Typed access to fields of parsed JSON. Each throws IMPORT_INVALID naming the field. */
import { type Grid, gridCount, gridCountOfText } from '../../facts/decimal.ts';
import { HoldfastError } from '../../facts/errors.ts';
import { usPerMs } from '../../facts/time.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function invalid(what: string): HoldfastError {
  return new HoldfastError('IMPORT_INVALID', what);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('not JSON, or cut short');
  }
  if (!isObject(value)) throw invalid('not a JSON object');
  return value;
}

export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  if (!isObject(value)) throw invalid(`${key} is not an object`);
  return value;
}

export function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value !== 'string' || value === '') throw invalid(`${key} is not a text`);
  return value;
}

export function numberAt(object: JsonObject, key: string): number {
  const value = object[key];
  if (typeof value !== 'number') throw invalid(`${key} is not a number`);
  return value;
}

export function numberOrNullAt(object: JsonObject, key: string): number | null {
  const value = object[key];
  if (value === undefined || value === null) return null;
  return numberAt(object, key);
}

/** A safe, non-negative integer: ids, sequences. */
export function sequenceAt(object: JsonObject, key: string): number {
  const value = object[key];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalid(`${key} is not an integer`);
  }
  return value;
}

/** Milliseconds since the epoch, as microseconds. */
export function millisecondsAt(object: JsonObject, key: string): number {
  return sequenceAt(object, key) * usPerMs;
}

export function arrayAt(object: JsonObject, key: string): readonly unknown[] {
  const value = object[key];
  if (!Array.isArray(value)) throw invalid(`${key} is not an array`);
  return value;
}

/** Steps of a JSON number on the grid. */
export function stepsOfNumber(grid: Grid, value: unknown, what: string): number {
  if (typeof value !== 'number') throw invalid(`${what} is not a number`);
  const count = gridCount(grid, value);
  if (count === undefined) throw invalid(`${what} ${value} is not a multiple of ${grid.step}`);
  return count;
}

/** Steps of decimal text on the grid. */
export function stepsOfText(grid: Grid, value: unknown, what: string): number {
  if (typeof value !== 'string') throw invalid(`${what} is not a decimal text`);
  try {
    return gridCountOfText(grid, value, 'exact');
  } catch (cause) {
    throw new HoldfastError(
      'IMPORT_INVALID',
      `${what} ${value} is not a multiple of ${grid.step}`,
      { cause },
    );
  }
}
