/** The last reconciliation as the status shows it, with what an operator may take over. */
import { heldText } from '../../actors/reconciliation/index.ts';
import type { Adoptable } from '../../streams/facts/adoption.ts';
import { gridText } from '../../streams/facts/decimal.ts';
import { isoFromUs } from '../../streams/facts/time.ts';
import type { ReconciliationSummary } from '../http/status-schema.ts';
import type { System } from '../system.ts';

/** Rows of the status: the rest is counted. As many as one command may name. */
export const adoptableShownMax = 100;

function shown(adoptable: Adoptable): ReconciliationSummary['adoptable'][number] {
  if (adoptable.kind === 'position') {
    const { position } = adoptable;
    const { instrument, ledgerLots } = position;
    return {
      kind: 'position',
      instrument: instrument.name,
      id: null,
      amount: heldText(position),
      ledger_amount: gridText(instrument.amount, ledgerLots),
      price: null,
      at_utc: null,
    };
  }
  const isTrade = adoptable.kind === 'trade';
  const record = isTrade ? adoptable.trade : adoptable.order;
  const { instrument, side, priceTicks } = record;
  const lots = isTrade ? adoptable.trade.lots : adoptable.order.lots - adoptable.order.filledLots;
  return {
    kind: adoptable.kind,
    instrument: instrument.name,
    id: isTrade ? adoptable.trade.tradeId : adoptable.order.orderId,
    amount: gridText(instrument.amount, side === 'buy' ? lots : -lots),
    ledger_amount: null,
    price: gridText(instrument.price, priceTicks),
    at_utc: isoFromUs(isTrade ? adoptable.trade.tsUs : adoptable.order.createdUs),
  };
}

export function reconciliationShown({
  reconciliation,
  execution,
  options,
}: Pick<System, 'reconciliation' | 'execution' | 'options'>): ReconciliationSummary {
  const { last, adoptable } = reconciliation;
  return {
    outcome: last?.outcome ?? null,
    finished_utc: last === undefined ? null : isoFromUs(last.finishedUs),
    account: options.config.profile.wiring.venue.account,
    adopted_orders: execution.adoptedOrderCount,
    adoptable_count: adoptable.length,
    adoptable: adoptable.slice(0, adoptableShownMax).map(shown),
  };
}
