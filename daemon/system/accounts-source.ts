/** `/api/accounts`: what the account has, holds and asks for, and how far each limit is. Reads only. */
import { deltaRange, type ExposureRow } from '../../actors/execution/index.ts';
import { marginUse } from '../../actors/guard/index.ts';
import { gridFloat, gridText } from '../../streams/facts/decimal.ts';
import type { AccountsV1 } from '../http/operations-schema.ts';
import type { System } from '../system.ts';
import { unrealisedUsdFloat } from './day-loss.ts';

type Account = AccountsV1['accounts'][number];
type Limit = Account['limits'][number];

function limit(
  name: string,
  scope: string,
  unit: Limit['unit'],
  max: number | null | undefined,
  current: number | undefined,
): Limit {
  const known = current === undefined || Number.isNaN(current) ? null : current;
  const set = max ?? null;
  return {
    limit: name,
    scope,
    unit,
    max: set,
    current_float: known,
    distance_float: set === null || known === null ? null : set - known,
  };
}

/** Worst case of one instrument, USD: held, with everything pending on the graver side. */
function worstUsdFloat({ market }: System, row: ExposureRow): number {
  const { instrument, signedLots, pendingBuyLots, pendingSellLots } = row;
  const lots = Math.max(
    Math.abs(signedLots + pendingBuyLots),
    Math.abs(signedLots - pendingSellLots),
  );
  const amount = gridFloat(instrument.amount, lots);
  if (instrument.amountUnit === 'usd') return amount;
  return amount * (market.view.get(instrument.name)?.ticker?.indexFloat ?? Number.NaN);
}

function worstDeltaUsdFloat({ execution, market }: System, baseCurrency: string): number {
  const { exposure } = execution;
  return deltaRange({ baseCurrency, market: market.view, exposure, pending: [] }).worstUsdFloat;
}

function limitsOf(system: System): Limit[] {
  const { execution, policy, guard, underlyings } = system;
  const { execution: own, guard: marks } = policy;
  const rows = [...execution.exposure.rows];
  const held = rows.filter(
    ({ signedLots, pendingBuyLots, pendingSellLots }) =>
      signedLots !== 0 || pendingBuyLots !== 0 || pendingSellLots !== 0,
  );
  const reading = (name: 'mm_util' | 'day_loss_usd'): number | undefined => {
    const { value } = guard.input(name);
    return typeof value === 'number' ? value : undefined;
  };
  const margin = reading('mm_util');
  return [
    ...held.map((row) =>
      limit(
        'max_position_usd',
        row.instrument.name,
        'usd',
        own.max_position_usd,
        worstUsdFloat(system, row),
      ),
    ),
    ...underlyings.map((underlying) =>
      limit(
        'max_position_delta_usd',
        underlying,
        'usd',
        own.max_position_delta_usd,
        worstDeltaUsdFloat(system, underlying),
      ),
    ),
    limit(
      'max_daily_loss_usd',
      'account',
      'usd',
      marks.max_daily_loss_usd,
      reading('day_loss_usd'),
    ),
    limit('mm_util_reject_opens', 'account', 'ratio', own.mm_util_reject_opens, margin),
    limit('mm_util_reduceonly', 'account', 'ratio', marks.mm_util_reduceonly, margin),
    limit('mm_util_kill', 'account', 'ratio', marks.mm_util_kill, margin),
    limit(
      'open_orders_max',
      'account',
      'count',
      own.open_orders_max,
      [...execution.openOrders].length,
    ),
    limit('open_groups_max', 'account', 'count', own.open_groups_max, execution.openGroups),
  ];
}

function accountOf(system: System): Account {
  const { execution, market, options, accountFigures } = system;
  const { venue } = options.config.profile.wiring;
  const { readUs } = accountFigures;
  const nowUs = options.ports.clock.monotonicUs();
  return {
    account: venue.account,
    venue: venue.name,
    figures_age_ms: readUs === undefined ? null : Math.max(0, (nowUs - readUs) / 1_000),
    currencies: accountFigures.rows.map((row) => ({
      currency: row.currency,
      equity_float: row.equityFloat,
      balance_float: row.balanceFloat,
      available_float: row.availableFloat,
      initial_margin_float: row.initialMarginFloat,
      maintenance_margin_float: row.maintenanceMarginFloat,
      margin_use_ratio: marginUse(row),
    })),
    positions: [...execution.positions.all]
      .filter(({ signedLots }) => signedLots !== 0)
      .map((position) => ({
        instrument: position.instrument.name,
        amount: gridText(position.instrument.amount, position.signedLots),
        unit: position.instrument.amountUnit,
        average_price_float: position.averagePriceFloat,
        realised_usd_float: position.realisedUsdFloat,
        unrealised_usd_float: unrealisedUsdFloat(position, market.view) ?? null,
      })),
    orders: [...execution.openOrders].map((order) => ({
      intent_id: order.intentId,
      venue_order_id: order.venueOrderId,
      instrument: order.instrument.name,
      class: order.class,
      side: order.side,
      limit_price: gridText(order.instrument.price, order.limitTicks),
      amount: gridText(order.instrument.amount, order.lots),
      filled_amount: gridText(order.instrument.amount, order.filledLots),
      reduce_only: order.reduceOnly,
      state: order.state,
    })),
    limits: limitsOf(system),
  };
}

/** One account a daemon: the ledger is scoped to it. */
export function accountsOf(system: System, traceId: string): AccountsV1 {
  return { accounts: [accountOf(system)], trace_id: traceId };
}
