/** The instrument row of a COIN-M perpetual under the name of the house: its own tick and contract. */
import { HoldfastError } from '../../facts/errors.ts';
import { type Instrument, instrumentOf } from '../../facts/instrument.ts';

export interface CoinmFees {
  readonly makerFeeRate: string;
  readonly takerFeeRate: string;
}

/** The venue's published rates for the lowest tier. */
export const coinmDefaultFees: CoinmFees = { makerFeeRate: '0.0001', takerFeeRate: '0.0005' };

/** Price step and USD per contract, by base currency. */
const contracts: Readonly<Record<string, { tickSize: string; contractUsd: string }>> = {
  BTC: { tickSize: '0.1', contractUsd: '100' },
  ETH: { tickSize: '0.01', contractUsd: '10' },
};

/** Throws IMPORT_INVALID when `name` is not the perpetual of a known base currency. */
export function coinmInstrument(
  name: string,
  fees: CoinmFees,
): { readonly instrument: Instrument; readonly symbol: string } {
  const base = /^([A-Z]+)-PERPETUAL$/.exec(name)?.[1] ?? '';
  const contract = contracts[base];
  if (contract === undefined) {
    const known = Object.keys(contracts).map((currency) => `${currency}-PERPETUAL`);
    throw new HoldfastError(
      'IMPORT_INVALID',
      `--as ${name}: a COIN-M tape becomes one of ${known.join(', ')}`,
    );
  }
  const { tickSize, contractUsd } = contract;
  const instrument = instrumentOf({
    name,
    venue: 'binance-coinm',
    kind: 'perpetual',
    margin: 'inverse',
    base_currency: base,
    quote_currency: 'USD',
    settlement_currency: base,
    tick_size: tickSize,
    tick_bands: [],
    lot_size: contractUsd,
    min_amount: contractUsd,
    contract_size: contractUsd,
    expiry_us: null,
    strike: null,
    option_type: null,
    price_index: `${base.toLowerCase()}_usd`,
    maker_fee_rate: fees.makerFeeRate,
    taker_fee_rate: fees.takerFeeRate,
  });
  return { instrument, symbol: `${base}USD_PERP` };
}
