/** Queries about our own money. */
import { z } from 'zod';
import { type Account, invalidParam, summaryRow } from '../../../streams/venues/simulated/index.ts';
import { type MethodRow, method, type PrivateCall } from '../call.ts';
import { currencyParam } from './market-methods.ts';

function summaryOf(
  call: PrivateCall,
  account: Account,
  currency: string,
  extended: boolean,
): Record<string, unknown> {
  const row = summaryRow(call.venue.engine, account, currency, call.venue.rates);
  return extended ? { ...row, ...accountFields(account) } : row;
}

function accountFields(account: Account): Record<string, unknown> {
  return {
    user_id: account.userId,
    username: account.name,
    system_name: account.name,
    email: `${account.name}@example.invalid`,
    type: 'main',
    self_trading_reject_mode: account.selfTrading,
    self_trading_extended_to_subaccounts: false,
    security_keys_enabled: false,
    mmp_enabled: false,
    interuser_transfers_enabled: false,
    creation_timestamp: 1_600_000_000_000,
    referrer_id: null,
    login_enabled: true,
  };
}

function currenciesOf(call: PrivateCall): string[] {
  return [
    ...new Set([
      ...call.customer.account.wallets.keys(),
      ...call.venue.engine.markets.map((market) => market.product.currency),
    ]),
  ];
}

function accountSummary(call: PrivateCall, currency: string, extended: boolean): unknown {
  if (!currenciesOf(call).includes(currency)) throw invalidParam('currency', 'invalid value');
  return summaryOf(call, call.customer.account, currency, extended);
}

export const accountMethods: Readonly<Record<string, MethodRow>> = {
  'private/get_account_summary': method(
    {
      access: 'account:read',
      params: { currency: currencyParam, extended: z.boolean().default(false) },
    },
    (call, params) => accountSummary(call, params.currency.toUpperCase(), params.extended),
  ),
  'private/get_account_summaries': method(
    { access: 'account:read', params: { extended: z.boolean().default(false) } },
    (call, params) => ({
      ...(params.extended ? accountFields(call.customer.account) : {}),
      summaries: currenciesOf(call).map((currency) =>
        summaryOf(call, call.customer.account, currency, false),
      ),
    }),
  ),
};
