/**
 * Instrument rows for Deribit recordings: from `get_instruments` replies, or — for instruments that had
 * expired when the list was taken — from the name, the venue's documented defaults of the time and the
 * prices observed. What was inferred is said, never passed off as recorded.
 */
import { z } from 'zod';
import { canonicalDecimal } from '../../facts/decimal.ts';
import type { InstrumentRow } from '../../facts/instrument.ts';
import { usPerMs } from '../../facts/time.ts';
import { invalid, type JsonObject } from './json-fields.ts';

const replyRowSchema = z.looseObject({
  instrument_name: z.string(),
  kind: z.enum(['option', 'future']),
  base_currency: z.string(),
  quote_currency: z.string(),
  settlement_currency: z.string().optional(),
  instrument_type: z.string().optional(),
  future_type: z.string().optional(),
  settlement_period: z.string().optional(),
  price_index: z.string().optional(),
  tick_size: z.number().positive(),
  tick_size_steps: z
    .array(z.object({ above_price: z.number(), tick_size: z.number().positive() }))
    .optional(),
  min_trade_amount: z.number().positive(),
  contract_size: z.number().positive(),
  maker_commission: z.number(),
  taker_commission: z.number(),
  expiration_timestamp: z.int(),
  strike: z.number().optional(),
  option_type: z.enum(['call', 'put']).optional(),
});
type ReplyRow = z.infer<typeof replyRowSchema>;

const decimalOf = (value: number): string => canonicalDecimal(String(value));

function kindOf(row: ReplyRow, linear: boolean): InstrumentRow['kind'] {
  if (row.kind === 'option') return 'option';
  if (row.settlement_period === 'perpetual') return 'perpetual';
  return linear ? 'linear_future' : 'inverse_future';
}

function rowOf(row: ReplyRow): InstrumentRow {
  const type = row.instrument_type ?? row.future_type ?? 'reversed';
  const linear = type === 'linear' || /^USD[CT]$/.test(row.quote_currency);
  const kind = kindOf(row, linear);
  const settlement = linear ? row.quote_currency : row.base_currency;
  return {
    name: row.instrument_name,
    venue: 'deribit',
    kind,
    margin: linear ? 'linear' : 'inverse',
    base_currency: row.base_currency,
    quote_currency: row.quote_currency,
    settlement_currency: row.settlement_currency ?? settlement,
    tick_size: decimalOf(row.tick_size),
    tick_bands: (row.tick_size_steps ?? []).map((band) => ({
      above_price: decimalOf(band.above_price),
      tick_size: decimalOf(band.tick_size),
    })),
    lot_size: decimalOf(row.min_trade_amount),
    min_amount: decimalOf(row.min_trade_amount),
    contract_size: decimalOf(row.contract_size),
    expiry_us: kind === 'perpetual' ? null : row.expiration_timestamp * usPerMs,
    strike: row.kind === 'option' && row.strike !== undefined ? decimalOf(row.strike) : null,
    option_type: row.option_type ?? null,
    price_index: row.price_index ?? `${row.base_currency.toLowerCase()}_usd`,
    maker_fee_rate: decimalOf(row.maker_commission),
    taker_fee_rate: decimalOf(row.taker_commission),
  };
}

/** Rows of one reply; spot and combos, which this house does not trade, are left out. */
export function instrumentRowsOf(message: JsonObject): InstrumentRow[] {
  const { result } = message;
  if (!Array.isArray(result)) throw invalid('a get_instruments reply without a result array');
  const tradable = result.filter((row: unknown) => {
    const kind = (row as { kind?: unknown } | null)?.kind;
    return kind === 'option' || kind === 'future';
  });
  return tradable.map((row) => {
    const parsed = replyRowSchema.safeParse(row);
    if (!parsed.success) throw invalid(`instrument row: ${z.prettifyError(parsed.error)}`);
    return rowOf(parsed.data);
  });
}

/** Steps observed in prices and amounts, in units of 1e-8. 0: nothing observed. */
export interface ObservedSteps {
  priceUnits: number;
  amountUnits: number;
}

/** Resolution of inferred steps: 1e-8, the finest the venue lists. */
const unitsPerOne = 1e8;

/** Greatest common divisor so far, with one more observation. Throws IMPORT_INVALID below 1e-8. */
export function observedStep(units: number, value: number): number {
  let a = Math.round(Math.abs(value) * unitsPerOne);
  if (Math.abs(a / unitsPerOne - Math.abs(value)) > 1e-12 * Math.max(1, Math.abs(value))) {
    throw invalid(`${value} is finer than 1e-8`);
  }
  for (let b = units; b !== 0; ) [a, b] = [b, a % b];
  return a;
}

interface Defaults {
  readonly tick: number;
  readonly lot: number;
  readonly contract: number;
  readonly maker: number;
  readonly taker: number;
}

/** Documented in 2021; checked against the venue's own lists of April 2021. */
const defaults2021: Readonly<Record<string, Readonly<Record<'option' | 'future', Defaults>>>> = {
  BTC: {
    option: { tick: 0.0005, lot: 0.1, contract: 1, maker: 0.0003, taker: 0.0003 },
    future: { tick: 0.5, lot: 10, contract: 10, maker: 0, taker: 0.0005 },
  },
  ETH: {
    option: { tick: 0.0005, lot: 1, contract: 1, maker: 0.0003, taker: 0.0003 },
    future: { tick: 0.05, lot: 1, contract: 1, maker: 0, taker: 0.0005 },
  },
};

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const nameForm = /^(BTC|ETH)-(?:(PERPETUAL)|(\d{1,2})([A-Z]{3})(\d{2})(?:-(\d+)-([CP]))?)$/;

/** Expiry is 08:00 UTC on the day in the name. */
function expiryMs(day: string, month: string, year: string): number {
  const index = months.indexOf(month);
  if (index < 0) throw invalid(`${month} is not a month`);
  return Date.UTC(2000 + Number(year), index, Number(day), 8);
}

function fittingStep(standard: number, observedUnits: number): number {
  return observedStep(observedUnits, standard) / unitsPerOne;
}

/**
 * A row for an instrument no list has. Steps are the documented ones, narrowed until every observed
 * price and amount fits. Throws IMPORT_INVALID when the name is not one the defaults cover.
 */
export function inferredRow(
  name: string,
  observed: ObservedSteps,
): { readonly row: InstrumentRow; readonly note: string } {
  const [, base = '', perpetual, day, month = '', year = '', strike, optionType] =
    nameForm.exec(name) ?? [];
  const kind = strike === undefined ? 'future' : 'option';
  const standard = defaults2021[base]?.[kind];
  if (standard === undefined) {
    throw invalid(`no row for ${name}: give its get_instruments reply with --instruments`);
  }
  const tick = fittingStep(standard.tick, observed.priceUnits);
  const lot = fittingStep(standard.lot, observed.amountUnits);
  const row = rowOf({
    instrument_name: name,
    kind,
    base_currency: base,
    quote_currency: 'USD',
    settlement_period: perpetual === undefined ? 'unknown' : 'perpetual',
    tick_size: tick,
    min_trade_amount: lot,
    contract_size: standard.contract,
    maker_commission: standard.maker,
    taker_commission: standard.taker,
    expiration_timestamp: day === undefined ? 0 : expiryMs(day, month, year),
    ...(strike === undefined ? {} : { strike: Number(strike) }),
    ...(optionType === undefined ? {} : { option_type: optionType === 'C' ? 'call' : 'put' }),
  });
  const narrowed = tick !== standard.tick || lot !== standard.lot;
  const how = narrowed ? 'narrowed until the observed values fit' : 'observed values fit';
  const note = `row not listed: documented 2021 defaults, tick ${row.tick_size}, lot ${row.lot_size} (${how})`;
  return { row, note };
}
