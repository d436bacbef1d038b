/**
 * A listed product: the instrument fact plus what only its venue knows (numeric id, settlement
 * period, identifier prefix). Decides the unit its money is counted in and its wire row.
 */
import type { Instrument, InstrumentRow } from '../../facts/instrument.ts';
import { instrumentOf } from '../../facts/instrument.ts';

/** Money is an integer count of 1e-8 of the settlement currency, so that books balance exactly. */
export const moneyPerUnit = 100_000_000;

/** The venue spells "never" as the year 3000. */
export const perpetualExpiryMs = 32_503_708_800_000;

export type SettlementPeriod = 'perpetual' | 'day' | 'week' | 'month';

export interface Product {
  /** Position in the listing; what per-product tables are indexed with. */
  readonly index: number;
  readonly id: number;
  readonly name: string;
  readonly instrument: Instrument;
  readonly kind: 'future' | 'option';
  readonly settlementPeriod: SettlementPeriod;
  /** Profit is paid in coin at 1/price: futures and perpetuals with inverse margin. */
  readonly inverse: boolean;
  /** Currency of margin, profit and fees. */
  readonly currency: string;
  readonly indexName: string;
  readonly createdMs: number;
  readonly expiryMs: number;
  readonly makerRateFloat: number;
  readonly takerRateFloat: number;
  readonly contractSizeFloat: number;
  /** Order and trade ids of every currency but BTC carry it. */
  readonly idPrefix: string;
}

const weekMs = 7 * 86_400_000;

function settlementPeriodOf(expiryUs: number | null, createdMs: number): SettlementPeriod {
  if (expiryUs === null) return 'perpetual';
  return expiryUs / 1_000 - createdMs <= weekMs ? 'week' : 'month';
}

/** Lists an instrument row. `createdMs` only decorates its metadata. */
export function productOf(row: InstrumentRow, index: number, createdMs: number): Product {
  const instrument = instrumentOf(row);
  const currency = row.settlement_currency;
  return {
    index,
    id: 210_000 + index * 7,
    name: row.name,
    instrument,
    kind: row.kind === 'option' ? 'option' : 'future',
    settlementPeriod: settlementPeriodOf(row.expiry_us, createdMs),
    inverse: row.margin === 'inverse' && row.kind !== 'option',
    currency,
    indexName: row.price_index,
    createdMs,
    expiryMs: row.expiry_us === null ? perpetualExpiryMs : row.expiry_us / 1_000,
    makerRateFloat: Number(row.maker_fee_rate),
    takerRateFloat: Number(row.taker_fee_rate),
    contractSizeFloat: Number(row.contract_size),
    idPrefix: currency === 'BTC' ? '' : `${currency}-`,
  };
}

/** The row `public/get_instruments` shows. */
export function instrumentWire(product: Product, state: string): Record<string, unknown> {
  const { row } = product.instrument;
  const option = product.kind === 'option';
  const reversed = row.margin === 'inverse';
  return {
    price_index: row.price_index,
    rfq: false,
    kind: product.kind,
    instrument_name: row.name,
    maker_commission: product.makerRateFloat,
    taker_commission: product.takerRateFloat,
    instrument_type: reversed ? 'reversed' : 'linear',
    ...(option ? { strike: Number(row.strike), option_type: row.option_type } : {}),
    expiration_timestamp: product.expiryMs,
    creation_timestamp: product.createdMs,
    is_active: state === 'open',
    state,
    instrument_id: product.id,
    base_currency: row.base_currency,
    quote_currency: option && reversed ? row.base_currency : row.quote_currency,
    counter_currency: row.quote_currency,
    settlement_currency: row.settlement_currency,
    settlement_period: product.settlementPeriod,
    contract_size: product.contractSizeFloat,
    tick_size: Number(row.tick_size),
    tick_size_steps: row.tick_bands.map((band) => ({
      above_price: Number(band.above_price),
      tick_size: Number(band.tick_size),
    })),
    min_trade_amount: Number(row.min_amount),
    lot_size: Number(row.lot_size),
    block_trade_commission: option ? 0.0003 : 0.00025,
    block_trade_min_trade_amount: option ? 25 : 200_000,
    block_trade_tick_size: Number(row.tick_size),
    ...(option
      ? {}
      : {
          max_leverage: 50,
          max_liquidation_commission: 0.0075,
          future_type: reversed ? 'reversed' : 'linear',
        }),
  };
}
