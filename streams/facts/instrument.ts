/** What can be traded: the instrument's identity, grids, units and life. */
import { z } from 'zod';
import { decimalTextMax, type Grid, gridCountOfText, gridOf, parseDecimal } from './decimal.ts';
import { HoldfastError } from './errors.ts';
import { canonicalHash } from './hash.ts';

export const instrumentKinds = ['option', 'linear_future', 'inverse_future', 'perpetual'] as const;
/** A USDC-margined perpetual counts as linear: its kind is `perpetual`, its margin `linear`. */
export type InstrumentKind = (typeof instrumentKinds)[number];

/** Canonical decimal text, and no other spelling of it: equal values have equal hashes. */
export const decimalSchema = z
  .string()
  .max(decimalTextMax)
  .regex(/^(0|-?[1-9]\d*|-?(0|[1-9]\d*)\.\d*[1-9])$/, 'a canonical decimal number as text');

/** The instrument as a fact: decimal text only, so that its revision is the hash of the row. */
export const instrumentSchema = z.strictObject({
  name: z.string().min(1).max(64),
  venue: z.string().min(1),
  kind: z.enum(instrumentKinds),
  margin: z.enum(['inverse', 'linear']),
  base_currency: z.string(),
  quote_currency: z.string(),
  settlement_currency: z.string(),
  /** Smallest price step. */
  tick_size: decimalSchema,
  /** Above each price the step is larger; ascending. A validity rule on the base tick. */
  tick_bands: z.array(z.strictObject({ above_price: decimalSchema, tick_size: decimalSchema })),
  /** Amount step: USD for inverse futures and perpetuals, coin otherwise. */
  lot_size: decimalSchema,
  min_amount: decimalSchema,
  /** Amount per contract, same unit as the lot. */
  contract_size: decimalSchema,
  expiry_us: z.int().nullable(),
  strike: decimalSchema.nullable(),
  option_type: z.enum(['call', 'put']).nullable(),
  price_index: z.string(),
  maker_fee_rate: decimalSchema,
  taker_fee_rate: decimalSchema,
});
export type InstrumentRow = z.infer<typeof instrumentSchema>;

export const instrumentStates = [
  'open',
  'settlement',
  'locked',
  'halted',
  'inactive',
  'closed',
] as const;
export type InstrumentState = (typeof instrumentStates)[number];

export interface TickBand {
  /** The band holds for prices strictly above this many base ticks. */
  readonly aboveTicks: number;
  /** Its step, in base ticks. */
  readonly stepTicks: number;
}

/** The instrument ready for integer arithmetic. Immutable; a changed row is another revision. */
export interface Instrument {
  readonly row: InstrumentRow;
  readonly name: string;
  /** sha256 of the canonical row. */
  readonly revision: string;
  readonly kind: InstrumentKind;
  /** Unit of amounts: USD for inverse futures and perpetuals, coin for everything else. */
  readonly amountUnit: 'usd' | 'coin';
  readonly price: Grid;
  readonly amount: Grid;
  readonly bands: readonly TickBand[];
  readonly minLots: number;
  readonly expiryUs: number | null;
  readonly strike: number | null;
  readonly optionType: 'call' | 'put' | null;
}

function misfit(row: InstrumentRow, what: string): HoldfastError {
  return new HoldfastError('SCHEMA_INVALID', `the instrument ${row.name} cannot be: ${what}`);
}

/** Whole steps of a positive decimal. */
function wholeSteps(row: InstrumentRow, grid: Grid, text: string, what: string): number {
  let count: number;
  try {
    count = gridCountOfText(grid, text, 'exact');
  } catch {
    throw misfit(row, `${what} ${text} is not a multiple of ${grid.step}`);
  }
  if (count < 1) throw misfit(row, `${what} ${text} is not positive`);
  return count;
}

function bandsOf(row: InstrumentRow, price: Grid): readonly TickBand[] {
  const bands = row.tick_bands.map((band) => ({
    aboveTicks: wholeSteps(row, price, band.above_price, 'the band above'),
    stepTicks: wholeSteps(row, price, band.tick_size, 'the band tick'),
  }));
  for (const [index, band] of bands.entries()) {
    const before = bands[index - 1];
    if (before !== undefined && before.aboveTicks >= band.aboveTicks) {
      throw misfit(row, 'tick bands must ascend');
    }
  }
  return bands;
}

function checkKind(row: InstrumentRow): void {
  const isOption = row.kind === 'option';
  if (isOption !== (row.strike !== null) || isOption !== (row.option_type !== null)) {
    throw misfit(row, 'strike and type belong to options, and to them alone');
  }
  if ((row.kind === 'perpetual') !== (row.expiry_us === null)) {
    throw misfit(row, 'everything but a perpetual has an expiry');
  }
  const margin = { linear_future: 'linear', inverse_future: 'inverse' } as const;
  if (row.kind in margin && margin[row.kind as keyof typeof margin] !== row.margin) {
    throw misfit(row, `a ${row.kind} has another margin than ${row.margin}`);
  }
  if (parseDecimal(row.contract_size).units <= 0n) throw misfit(row, 'its contract has no size');
}

/** Prepares a validated row. Throws SCHEMA_INVALID when its steps do not fit each other. */
export function instrumentOf(row: InstrumentRow): Instrument {
  checkKind(row);
  const price = gridOf(row.tick_size);
  const amount = gridOf(row.lot_size);
  return {
    row,
    name: row.name,
    revision: canonicalHash(row),
    kind: row.kind,
    amountUnit: row.margin === 'inverse' && row.kind !== 'option' ? 'usd' : 'coin',
    price,
    amount,
    bands: bandsOf(row, price),
    minLots: wholeSteps(row, amount, row.min_amount, 'the minimum amount'),
    expiryUs: row.expiry_us,
    strike: row.strike === null ? null : Number(row.strike),
    optionType: row.option_type,
  };
}

/** The price is in coin: an option that settles in what it is about. Everything else is in dollars. */
export function isPricedInCoin({ kind, row }: Pick<Instrument, 'kind' | 'row'>): boolean {
  return kind === 'option' && row.settlement_currency === row.base_currency;
}

/** The step, in base ticks, that a price must be a multiple of. */
export function stepTicksAt(instrument: Instrument, ticks: number): number {
  let step = 1;
  for (const band of instrument.bands) if (ticks > band.aboveTicks) step = band.stepTicks;
  return step;
}
