/**
 * Quantisation before everything else: quantity down to the lot, BUY price down and SELL price up
 * to the tick (bands honoured). Exact: text and numbers go through decimals, never through float
 * arithmetic. What cannot be placed on the grid is refused, never rounded up.
 */
import {
  type Grid,
  gridCountOfText,
  isPlainDecimal,
  parseDecimal,
  type ScaledInteger,
} from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import { stepTicksAt } from '../../streams/facts/instrument.ts';
import type { Side } from '../../streams/facts/market.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';

/** Longest decimal text looked at, characters: a value of more digits is not an amount. */
const decimalTextMax = 40;
/** The relative tolerance is compared in parts of this many. */
const toleranceParts = 1_000_000_000;

export type Quantised<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: RejectCode; readonly cause: string };

function refuse(code: RejectCode, cause: string): Quantised<never> {
  return { ok: false, code, cause };
}

/** A number or decimal text as exact decimal text; undefined for anything else. */
export function decimalTextOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value !== 'string' || value.length > decimalTextMax) return undefined;
  if (isPlainDecimal(value)) return value;
  return /^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?$/.test(value) ? value : undefined;
}

/** Ticks of a limit price, on the band's step: never better for us than asked. */
export function quantisePrice(
  instrument: Instrument,
  side: Side,
  price: unknown,
): Quantised<number> {
  const text = decimalTextOf(price);
  if (text === undefined) return refuse('SchemaInvalid', 'limit_price is not a decimal number');
  const up = side === 'sell';
  let ticks: number;
  try {
    ticks = gridCountOfText(instrument.price, text, up ? 'up' : 'down');
  } catch {
    return refuse('SchemaInvalid', 'limit_price is out of range');
  }
  // Rounding may move the price into another band: repeat until the step fits where it stands.
  for (let step = stepTicksAt(instrument, ticks); ticks % step !== 0; ) {
    ticks = (up ? Math.ceil(ticks / step) : Math.floor(ticks / step)) * step;
    step = stepTicksAt(instrument, ticks);
  }
  if (ticks <= 0) return refuse('TooSmallAfterQuantization', 'limit_price rounds to nothing');
  return { ok: true, value: ticks };
}

function commonScale(a: ScaledInteger, b: ScaledInteger): [bigint, bigint] {
  const scale = Math.max(a.scale, b.scale);
  return [a.units * 10n ** BigInt(scale - a.scale), b.units * 10n ** BigInt(scale - b.scale)];
}

function contractsAgree(
  quantity: ScaledInteger,
  contracts: ScaledInteger,
  size: ScaledInteger,
  tolerance: number,
): boolean {
  const asAmount = { units: contracts.units * size.units, scale: contracts.scale + size.scale };
  const [amount, stated] = commonScale(quantity, asAmount);
  const difference = amount > stated ? amount - stated : stated - amount;
  const parts = BigInt(Math.round(tolerance * toleranceParts));
  return difference * BigInt(toleranceParts) <= parts * amount;
}

function lotsDown(grid: Grid, text: string): number | undefined {
  try {
    return gridCountOfText(grid, text, 'down');
  } catch {
    return undefined;
  }
}

/**
 * Lots of a quantity, rounded down. `contracts` alone is converted; beside `quantity` both must
 * agree within `tolerance` (relative).
 */
export function quantiseLots(
  instrument: Instrument,
  quantity: unknown,
  contracts: unknown,
  tolerance: number,
): Quantised<number> {
  const contractsText = contracts === undefined ? undefined : decimalTextOf(contracts);
  if (contracts !== undefined && contractsText === undefined) {
    return refuse('SchemaInvalid', 'contracts is not a decimal number');
  }
  let text = quantity === undefined ? undefined : decimalTextOf(quantity);
  if (quantity !== undefined && text === undefined) {
    return refuse('SchemaInvalid', 'quantity is not a decimal number');
  }
  if (contractsText !== undefined) {
    const size = parseDecimal(instrument.row.contract_size);
    const count = parseDecimal(contractsText);
    if (text !== undefined && !contractsAgree(parseDecimal(text), count, size, tolerance)) {
      return refuse('ContractsAmountMismatch', `quantity ${text}, contracts ${contractsText}`);
    }
    text ??= `${count.units * size.units}e-${count.scale + size.scale}`;
  }
  if (text === undefined) return refuse('SchemaInvalid', 'no quantity');
  const lots = lotsDown(instrument.amount, text);
  if (lots === undefined) return refuse('SchemaInvalid', 'quantity is out of range');
  if (lots < instrument.minLots) {
    return refuse(
      'TooSmallAfterQuantization',
      `${lots} lots, the minimum is ${instrument.minLots}`,
    );
  }
  return { ok: true, value: lots };
}
