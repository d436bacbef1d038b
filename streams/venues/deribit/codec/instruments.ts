/**
 * Instrument rows: kind, expiry and strike come from the row, never from the name. Unknown fields
 * are ignored; combos and spot are not ours and answer undefined; a malformed row throws.
 */
import { canonicalDecimal } from '../../../facts/decimal.ts';
import { HoldfastError } from '../../../facts/errors.ts';
import {
  type Instrument,
  type InstrumentKind,
  type InstrumentRow,
  type InstrumentState,
  instrumentOf,
  instrumentSchema,
} from '../../../facts/instrument.ts';
import { isObject, type JsonObject, textOf, usOfMs } from './json.ts';
import { stateOf } from './ticker.ts';

/** Name of the venue in facts and labels. */
export const deribitVenue = 'deribit';

export interface InstrumentListing {
  readonly instrument: Instrument;
  readonly state: InstrumentState;
  readonly createdUs: number;
}

/** A `get_instruments` row as a fact row; undefined for kinds we do not trade (spot, combos). */
export function instrumentRowOf(raw: JsonObject): InstrumentRow | undefined {
  const kind = kindOf(raw);
  if (kind === undefined) return undefined;
  const margin = isLinear(raw) ? 'linear' : 'inverse';
  const base = textOf(raw.base_currency) ?? '';
  const quote = quoteOf(raw);
  const isOption = kind === 'option';
  const isPerpetual = kind === 'perpetual';
  const minimum = raw.min_trade_amount;
  const row: InstrumentRow = {
    name: textOf(raw.instrument_name) ?? '',
    venue: deribitVenue,
    kind,
    margin,
    base_currency: base,
    quote_currency: quote,
    settlement_currency: textOf(raw.settlement_currency) ?? (margin === 'linear' ? quote : base),
    tick_size: decimalOf(raw.tick_size),
    tick_bands: bandsOf(raw.tick_size_steps),
    lot_size: decimalOf(raw.lot_size ?? minimum),
    min_amount: decimalOf(minimum),
    contract_size: decimalOf(raw.contract_size),
    expiry_us: isPerpetual ? null : (usOfMs(raw.expiration_timestamp) ?? null),
    strike: isOption ? decimalOf(raw.strike) : null,
    option_type: isOption ? optionTypeOf(raw.option_type) : null,
    price_index: textOf(raw.price_index) ?? `${base}_${quote}`.toLowerCase(),
    maker_fee_rate: decimalOf(raw.maker_commission ?? 0),
    taker_fee_rate: decimalOf(raw.taker_commission ?? 0),
  };
  const parsed = instrumentSchema.safeParse(row);
  if (!parsed.success) throw malformed(row.name, parsed.error.issues[0]?.message ?? 'bad row');
  if (!isPerpetual && row.expiry_us === null) throw malformed(row.name, 'no expiration_timestamp');
  return parsed.data;
}

/** A row ready to use, with its state; undefined for kinds we do not trade. Throws VENUE_PROTOCOL. */
export function instrumentListingOf(raw: unknown): InstrumentListing | undefined {
  if (!isObject(raw)) throw malformed('?', 'not an object');
  const row = instrumentRowOf(raw);
  if (row === undefined) return undefined;
  const inactive = raw.is_active === false;
  const state = raw.state === undefined ? (inactive ? 'inactive' : 'open') : stateOf(raw.state);
  const createdUs = usOfMs(raw.creation_timestamp) ?? 0;
  return { instrument: instrumentOf(row), state, createdUs };
}

function kindOf(raw: JsonObject): InstrumentKind | undefined {
  if (raw.kind === 'option') return 'option';
  if (raw.kind !== 'future') return undefined;
  if (raw.settlement_period === 'perpetual') return 'perpetual';
  return isLinear(raw) ? 'linear_future' : 'inverse_future';
}

// Rows before 2023 have no type field: those were all inverse.
function isLinear(raw: JsonObject): boolean {
  return (raw.instrument_type ?? raw.future_type) === 'linear';
}

// An inverse option names the coin as its quote and USD as counter currency; USD is the one meant.
function quoteOf(raw: JsonObject): string {
  return textOf(raw.counter_currency) ?? textOf(raw.quote_currency) ?? '';
}

function optionTypeOf(value: unknown): 'call' | 'put' {
  if (value === 'call' || value === 'put') return value;
  throw malformed('?', 'an option without option_type');
}

function bandsOf(value: unknown): InstrumentRow['tick_bands'] {
  if (!Array.isArray(value)) return [];
  const bands = (value as unknown[]).filter(isObject).map((band) => ({
    above_price: decimalOf(band.above_price),
    tick_size: decimalOf(band.tick_size),
  }));
  return bands.sort((a, b) => Number(a.above_price) - Number(b.above_price));
}

function decimalOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'string')
    return canonicalDecimal(String(value));
  throw malformed('?', `a number is missing (${String(value)})`);
}

function malformed(name: string, why: string): HoldfastError {
  return new HoldfastError('VENUE_PROTOCOL', `instrument row of ${name} is malformed: ${why}`);
}
