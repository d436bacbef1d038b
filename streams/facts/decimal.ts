/**
 * Decimal grids: prices and quantities are integer counts of an instrument's step (tick or lot).
 * Text crosses the edge, integers flow inside, and no float takes part in between.
 */
import { HoldfastError } from './errors.ts';

/** Canonical decimal text: no exponent, no leading plus, no trailing zeros, `0` for zero. */
export type Decimal = string;

/**
 * Longest decimal text read, characters: the longest honest one (a double written out) is far
 * shorter, and big-integer work grows with the square of the length.
 */
export const decimalTextMax = 128;

const decimalForm = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

/** `units × 10^-scale`, exact. */
export interface ScaledInteger {
  readonly units: bigint;
  readonly scale: number;
}

/** Parses decimal text, exponents included. Throws SCHEMA_INVALID on anything else. */
export function parseDecimal(text: string): ScaledInteger {
  const match = text.length > decimalTextMax ? null : decimalForm.exec(text);
  if (match === null) {
    const shown = JSON.stringify(text.slice(0, decimalTextMax));
    throw new HoldfastError('SCHEMA_INVALID', `not a decimal number: ${shown}`);
  }
  const [, sign, whole = '0', fraction = '', exponent = '0'] = match;
  let units = BigInt(whole + fraction);
  let scale = fraction.length - Number(exponent);
  if (scale < 0) {
    units *= 10n ** BigInt(-scale);
    scale = 0;
  }
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return { units: sign === '-' ? -units : units, scale };
}

/** The canonical text of `units × 10^-scale`. */
export function formatScaled({ units, scale }: ScaledInteger): Decimal {
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? '' : digits.slice(digits.length - scale).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return negative && text !== '0' ? `-${text}` : text;
}

/** Canonical form of any decimal text. */
export function canonicalDecimal(text: string): Decimal {
  return formatScaled(parseDecimal(text));
}

/**
 * The grid of one step size: `value = count × step`, `step = stepUnits / unitsPerOne`. Counts are
 * safe integers. `perUnit` is the float reciprocal used only to find the candidate count at the edge.
 */
export interface Grid {
  readonly step: Decimal;
  readonly stepUnits: number;
  readonly scale: number;
  readonly unitsPerOne: number;
  readonly perUnit: number;
}

/** The finest scale: 10^22 is the last power of ten that a double holds exactly. */
const gridScaleMax = 22;

/** Builds the grid of a positive step. Throws SCHEMA_INVALID otherwise. */
export function gridOf(step: string): Grid {
  const { units, scale } = parseDecimal(step);
  if (units <= 0n || units > BigInt(Number.MAX_SAFE_INTEGER) || scale > gridScaleMax) {
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `a step must be positive, at most 2^53 and of at most ${gridScaleMax} decimals: ${step}`,
    );
  }
  const stepUnits = Number(units);
  const unitsPerOne = 10 ** scale;
  return {
    step: formatScaled({ units, scale }),
    stepUnits,
    scale,
    unitsPerOne,
    perUnit: unitsPerOne / stepUnits,
  };
}

/** Canonical text of `count` steps. */
export function gridText(grid: Grid, count: number): Decimal {
  if (!Number.isSafeInteger(count)) {
    throw new HoldfastError('INTERNAL', `not a safe integer count: ${count}`);
  }
  const units = count * grid.stepUnits;
  if (!Number.isSafeInteger(units)) {
    return formatScaled({ units: BigInt(count) * BigInt(grid.stepUnits), scale: grid.scale });
  }
  return scaledText(units, grid.scale);
}

/** `formatScaled` for safe integers: an intent and a snapshot hold dozens of these texts. */
function scaledText(units: number, scale: number): Decimal {
  if (scale === 0 || units === 0) return String(units === 0 ? 0 : units);
  let end = scale;
  let rest = Math.abs(units);
  while (end > 0 && rest % 10 === 0) {
    rest /= 10;
    end -= 1;
  }
  const sign = units < 0 ? '-' : '';
  if (end === 0) return `${sign}${rest}`;
  const digits = String(rest).padStart(end + 1, '0');
  return `${sign}${digits.slice(0, digits.length - end)}.${digits.slice(digits.length - end)}`;
}

/** The float nearest to `count` steps: for analytics and for the wire, never for arithmetic. */
export function gridFloat(grid: Grid, count: number): number {
  return (count * grid.stepUnits) / grid.unitsPerOne;
}

/**
 * How far a JSON number may stand from the double nearest to a grid point and still be that point's
 * spelling, relative. Parsed text is that double itself; four units in the last place let a sum pass
 * that a venue printed without rounding (`0.30000000000000004`), and nothing a person would type.
 */
const spellingSlack = 2 ** -50;

/** The count a JSON number stands for, or undefined when it is not on the grid. Allocation-free. */
export function gridCount(grid: Grid, value: number): number | undefined {
  // Adding zero turns -0 into 0: one value, one count.
  const count = Math.round(value * grid.perUnit) + 0;
  if (!Number.isSafeInteger(count)) return undefined;
  const nearest = (count * grid.stepUnits) / grid.unitsPerOne;
  return Math.abs(nearest - value) <= Math.abs(value) * spellingSlack ? count : undefined;
}

export type Rounding = 'down' | 'up' | 'exact';

/** Digits a plain decimal may have, so that every product below stays an exact integer. */
const plainDigitsMax = 15;

/** Digits with at most one point among them, few enough for exact numbers: nearly every price. */
export function isPlainDecimal(text: string): boolean {
  let points = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x2e && at > 0 && at < text.length - 1) points += 1;
    else if (code < 0x30 || code > 0x39) return false;
  }
  return text.length > 0 && points <= 1 && text.length - points <= plainDigitsMax;
}

/** `gridCountOfText` of plain text without big integers; undefined: it needs them. */
function plainCount(grid: Grid, text: string, rounding: Rounding): number | undefined {
  if (!isPlainDecimal(text)) return undefined;
  const point = text.indexOf('.');
  const scale = point < 0 ? 0 : text.length - 1 - point;
  const common = Math.max(scale, grid.scale);
  const units = point < 0 ? Number(text) : Number(text.slice(0, point) + text.slice(point + 1));
  const value = units * 10 ** (common - scale);
  const step = grid.stepUnits * 10 ** (common - grid.scale);
  if (!Number.isSafeInteger(value) || !Number.isSafeInteger(step)) return undefined;
  const remainder = value % step;
  if (remainder !== 0 && rounding === 'exact') return undefined;
  const count = (value - remainder) / step;
  return remainder !== 0 && rounding === 'up' ? count + 1 : count;
}

/** The count of decimal text on the grid. `exact` throws SCHEMA_INVALID when text is off the grid. */
export function gridCountOfText(grid: Grid, text: string, rounding: Rounding): number {
  const plain = plainCount(grid, text, rounding);
  if (plain !== undefined) return plain;
  const { units, scale } = parseDecimal(text);
  const common = Math.max(scale, grid.scale);
  const value = units * 10n ** BigInt(common - scale);
  const step = BigInt(grid.stepUnits) * 10n ** BigInt(common - grid.scale);
  let quotient = value / step;
  const remainder = value % step;
  if (remainder !== 0n) {
    if (rounding === 'exact') {
      throw new HoldfastError('SCHEMA_INVALID', `${text} is not a multiple of ${grid.step}`);
    }
    if (rounding === 'down' && value < 0n) quotient -= 1n;
    if (rounding === 'up' && value > 0n) quotient += 1n;
  }
  const count = Number(quotient);
  if (!Number.isSafeInteger(count)) {
    throw new HoldfastError('SCHEMA_INVALID', `${text} is too large for its grid`);
  }
  return count;
}
