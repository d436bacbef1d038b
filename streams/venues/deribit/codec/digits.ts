/**
 * Numbers read from the bytes of a JSON text, in whole numbers all the way: what is accepted is
 * exact. Spellings and values beyond that are not refused here, only not understood.
 */
import type { Grid } from '../../../facts/decimal.ts';

/** Answer of every reader that met something it does not understand. */
export const unknown = -1;

/**
 * Where the number read last ended, or `unknown`. One cursor for all: the readers run to their end
 * in one turn, and an answer of two values would cost an allocation per number.
 */
export const number = { end: unknown };

const powersOfTen = Float64Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);
/** Digits that fit a safe integer whatever they are. */
const maxDigits = 15;

const zero = 0x30;
const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;

/** A whole number without sign, fraction or exponent. Sets `number.end`. */
export function readWhole(data: Uint8Array, from: number): number {
  let at = from;
  let value = 0;
  let digit = (data[at] as number) - zero;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    at += 1;
    digit = (data[at] as number) - zero;
  }
  const isSpelled = isWholeSpelled(data, from, at);
  number.end = isSpelled && at - from <= maxDigits ? at : unknown;
  return value;
}

/** A JSON number as a count of grid steps, when it is a whole one. Sets `number.end`. */
export function readCount(data: Uint8Array, from: number, grid: Grid): number {
  const first = data[from] === minus ? from + 1 : from;
  let at = first;
  let mantissa = 0;
  let fraction = 0;
  let digit = (data[at] as number) - zero;
  while (digit >= 0 && digit <= 9) {
    mantissa = mantissa * 10 + digit;
    at += 1;
    digit = (data[at] as number) - zero;
  }
  number.end = unknown;
  if (!isWholeSpelled(data, first, at)) return 0;
  if (data[at] === point) {
    const firstOfFraction = at + 1;
    let zeros = 0;
    at = firstOfFraction;
    digit = (data[at] as number) - zero;
    // Trailing zeros say nothing: they are only counted in when a digit follows.
    while (digit >= 0 && digit <= 9) {
      zeros += 1;
      if (digit !== 0) {
        mantissa = mantissa * (powersOfTen[zeros] ?? Number.NaN) + digit;
        fraction += zeros;
        zeros = 0;
      }
      at += 1;
      digit = (data[at] as number) - zero;
    }
    if (at === firstOfFraction) return 0;
  }
  if (at - first > maxDigits) return 0;
  const exponent = data[at] === 0x65 || data[at] === 0x45 ? readExponent(data, at + 1) : 0;
  if (Number.isNaN(exponent)) return 0;
  const end = data[at] === 0x65 || data[at] === 0x45 ? exponentEnd : at;
  return scaled(data[from] === minus ? -mantissa : mantissa, exponent - fraction, end, grid);
}

// JSON knows no empty and no zero-led whole parts.
function isWholeSpelled(data: Uint8Array, from: number, end: number): boolean {
  return end > from && (data[from] !== zero || end === from + 1);
}

let exponentEnd = unknown;

/** The exponent behind the `e`; NaN when there is none or it is absurd. */
function readExponent(data: Uint8Array, from: number): number {
  const isNegative = data[from] === minus;
  const first = isNegative || data[from] === plus ? from + 1 : from;
  let at = first;
  let exponent = 0;
  let digit = (data[at] as number) - zero;
  while (digit >= 0 && digit <= 9) {
    exponent = exponent * 10 + digit;
    at += 1;
    digit = (data[at] as number) - zero;
  }
  exponentEnd = at;
  if (at === first || at - first > 2) return Number.NaN;
  return isNegative ? -exponent : exponent;
}

/** `mantissa × 10^exponent` in steps of the grid, when that is a whole number. */
function scaled(mantissa: number, exponent: number, end: number, grid: Grid): number {
  const shift = exponent + grid.scale;
  // NaN beyond the table and a fraction when finer than the grid: neither is a safe integer.
  const power = powersOfTen[shift < 0 ? -shift : shift] ?? Number.NaN;
  const units = shift < 0 ? mantissa / power : mantissa * power;
  const steps = grid.stepUnits === 1 ? units : units / grid.stepUnits;
  if (Number.isSafeInteger(units) && Number.isInteger(steps)) number.end = end;
  return steps === 0 ? 0 : steps;
}
