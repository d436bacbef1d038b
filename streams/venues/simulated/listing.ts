/**
 * The default listing: two inverse perpetuals, two dated futures and an options chain per coin,
 * with the steps, sizes and fees of the venue's own rows. Expiries are Fridays 08:00 UTC.
 */
import type { InstrumentRow } from '../../facts/instrument.ts';
import { type Product, productOf } from './product.ts';

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const dayMs = 86_400_000;
const settlementHourMs = 8 * 3_600_000;

export interface Coin {
  readonly currency: 'BTC' | 'ETH';
  /** Index price the market starts from, USD. */
  readonly spot: number;
  readonly perpetualTick: string;
  readonly futureTick: string;
  readonly lotUsd: string;
  /** Steps of the USDC-margined perpetual, USDC and coin. */
  readonly linearTick: string;
  readonly linearLot: string;
  readonly optionMinimum: string;
  /** Strike distance for the near, middle and far expiry, USD. */
  readonly strikeSteps: readonly [number, number, number];
}

export const coins: readonly Coin[] = [
  {
    currency: 'BTC',
    spot: 84_250,
    perpetualTick: '0.5',
    futureTick: '2.5',
    lotUsd: '10',
    linearTick: '0.1',
    linearLot: '0.0001',
    optionMinimum: '0.1',
    strikeSteps: [1_000, 2_000, 5_000],
  },
  {
    currency: 'ETH',
    spot: 2_672,
    perpetualTick: '0.05',
    futureTick: '0.5',
    lotUsd: '1',
    linearTick: '0.01',
    linearLot: '0.001',
    optionMinimum: '1',
    strikeSteps: [50, 100, 200],
  },
];

/** Strikes on each side of the money. */
const strikesEachSide = 4;

/** `25DEC26`, day without leading zero. */
export function expiryCode(expiryMs: number): string {
  const date = new Date(expiryMs);
  return `${date.getUTCDate()}${months[date.getUTCMonth()] ?? ''}${String(date.getUTCFullYear()).slice(2)}`;
}

function fridayOnOrAfter(ms: number): number {
  const day = Math.floor(ms / dayMs) * dayMs;
  const weekday = new Date(day).getUTCDay();
  return day + ((5 - weekday + 7) % 7) * dayMs + settlementHourMs;
}

function lastFridayOfMonth(year: number, month: number): number {
  const end = Date.UTC(year, month + 1, 0);
  const weekday = new Date(end).getUTCDay();
  return end - ((weekday - 5 + 7) % 7) * dayMs + settlementHourMs;
}

/** Near weekly, next month end, and the quarter end after it, all comfortably ahead. */
export function expiriesAt(nowMs: number): readonly [number, number, number] {
  const near = fridayOnOrAfter(nowMs + 3 * dayMs);
  const date = new Date(near);
  const month = (offset: number): number =>
    lastFridayOfMonth(date.getUTCFullYear(), date.getUTCMonth() + offset);
  let offset = month(0) > near + 6 * dayMs ? 0 : 1;
  const middle = month(offset);
  do offset += 1;
  while (new Date(month(offset)).getUTCMonth() % 3 !== 2);
  return [near, middle, month(offset)];
}

function futureRow(coin: Coin, expiryMs: number | null): InstrumentRow {
  const code = expiryMs === null ? 'PERPETUAL' : expiryCode(expiryMs);
  return {
    name: `${coin.currency}-${code}`,
    venue: 'deribit',
    kind: expiryMs === null ? 'perpetual' : 'inverse_future',
    margin: 'inverse',
    base_currency: coin.currency,
    quote_currency: 'USD',
    settlement_currency: coin.currency,
    tick_size: expiryMs === null ? coin.perpetualTick : coin.futureTick,
    tick_bands: [],
    lot_size: coin.lotUsd,
    min_amount: coin.lotUsd,
    contract_size: coin.lotUsd,
    expiry_us: expiryMs === null ? null : expiryMs * 1_000,
    strike: null,
    option_type: null,
    price_index: `${coin.currency.toLowerCase()}_usd`,
    maker_fee_rate: '0.00015',
    taker_fee_rate: '0.00035',
  };
}

function optionRow(
  coin: Coin,
  expiryMs: number,
  strike: number,
  type: 'call' | 'put',
): InstrumentRow {
  return {
    ...futureRow(coin, expiryMs),
    name: `${coin.currency}-${expiryCode(expiryMs)}-${strike}-${type === 'call' ? 'C' : 'P'}`,
    kind: 'option',
    tick_size: '0.0001',
    tick_bands: [{ above_price: '0.005', tick_size: '0.0005' }],
    lot_size: coin.optionMinimum,
    min_amount: coin.optionMinimum,
    contract_size: '1',
    strike: String(strike),
    option_type: type,
    maker_fee_rate: '0.0003',
    taker_fee_rate: '0.0003',
  };
}

/** The perpetual that is margined and paid in USDC. */
function linearRow(coin: Coin): InstrumentRow {
  return {
    ...futureRow(coin, null),
    name: `${coin.currency}_USDC-PERPETUAL`,
    margin: 'linear',
    quote_currency: 'USDC',
    settlement_currency: 'USDC',
    tick_size: coin.linearTick,
    lot_size: coin.linearLot,
    min_amount: coin.linearLot,
    contract_size: coin.linearLot,
    price_index: `${coin.currency.toLowerCase()}_usdc`,
    maker_fee_rate: '0',
    taker_fee_rate: '0.0005',
  };
}

/** Everything listed at `nowUs` for those coins; strikes stand around each coin's spot. */
export function defaultListing(nowUs: number, spots: ReadonlyMap<string, number>): Product[] {
  const nowMs = Math.floor(nowUs / 1_000);
  const expiries = expiriesAt(nowMs);
  const rows: InstrumentRow[] = [];
  for (const coin of coins) {
    const spot = spots.get(coin.currency) ?? coin.spot;
    rows.push(futureRow(coin, null), futureRow(coin, expiries[1]), futureRow(coin, expiries[2]));
    for (const [at, expiryMs] of expiries.entries()) {
      const step = coin.strikeSteps[at] ?? 1;
      const centre = Math.round(spot / step) * step;
      for (let offset = -strikesEachSide; offset <= strikesEachSide; offset += 1) {
        const strike = centre + offset * step;
        rows.push(
          optionRow(coin, expiryMs, strike, 'call'),
          optionRow(coin, expiryMs, strike, 'put'),
        );
      }
    }
  }
  for (const coin of coins) rows.push(linearRow(coin));
  const createdMs = Math.floor(nowMs / dayMs) * dayMs - 30 * dayMs;
  return rows.map((row, index) => productOf(row, index, createdMs));
}
