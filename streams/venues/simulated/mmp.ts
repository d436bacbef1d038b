/**
 * Market maker protection: when the fills of an account on one index, within a time window, pass a
 * limit, its protected orders there are cancelled and new ones refused until the group thaws.
 * Judged at the end of each operation.
 */
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import { removeResting } from './matching.ts';
import {
  baseQuantity,
  type MmpConfig,
  type MmpFill,
  type MmpState,
  mmpKey,
  untilResetUs,
} from './mmp-state.ts';
import type { Order } from './order.ts';
import { refusal } from './venue-error.ts';

/** Sets or, with an interval of 0, removes a group; quotes that are too large now are cancelled. */
export function configureMmp(engine: VenueEngine, account: Account, config: MmpConfig): void {
  const key = mmpKey(config.indexName, config.group);
  const state = account.mmp.get(key);
  engine.touchedBooks.account(account);
  if (config.intervalS === 0) {
    account.mmp.delete(key);
    cancelGroup(engine, account, config, 'mmp_config_curtailment', () => true);
    return;
  }
  if (state === undefined) account.mmp.set(key, { config, fills: [], frozenUntilUs: 0 });
  else state.config = config;
  const isLarge = (order: Order): boolean =>
    baseQuantity(order.market, order.lots, order.priceTicks) > config.maxQuoteQuantity;
  cancelGroup(engine, account, config, 'mmp_config_curtailment', isLarge);
}

/** Thaws a group by hand and forgets its fills: 13040 when there is none. */
export function resetMmp(
  engine: VenueEngine,
  account: Account,
  { indexName, group }: Pick<MmpConfig, 'indexName' | 'group'>,
): void {
  const state = account.mmp.get(mmpKey(indexName, group));
  if (state === undefined) throw refusal(13040);
  state.frozenUntilUs = 0;
  state.fills = [];
  engine.touchedBooks.account(account);
}

/** Trips the groups that this operation brought over a limit. */
export function settleProtection(engine: VenueEngine): void {
  for (const [state, account] of engine.after.protectedFills) {
    const { config } = state;
    state.fills = state.fills.filter(
      (fill) => engine.nowUs - fill.us <= config.intervalS * 1_000_000,
    );
    if (isOver(config, state.fills)) trip(engine, account, state);
  }
  engine.after.protectedFills.clear();
}

function isOver(config: MmpConfig, fills: readonly MmpFill[]): boolean {
  const sum = (of: (fill: MmpFill) => number): number =>
    fills.reduce((total, fill) => total + of(fill), 0);
  const passes = (value: number, limit: number | undefined): boolean =>
    limit !== undefined && limit > 0 && value > limit;
  return (
    passes(
      sum((fill) => fill.quantity),
      config.quantityLimit,
    ) ||
    passes(Math.abs(sum((fill) => fill.delta)), config.deltaLimit) ||
    passes(Math.abs(sum((fill) => fill.vega)), config.vegaLimit) ||
    passes(fills.length, config.tradeCountLimit)
  );
}

function trip(engine: VenueEngine, account: Account, state: MmpState): void {
  const { config } = state;
  state.fills = [];
  state.frozenUntilUs =
    config.frozenTimeS === 0 ? untilResetUs : engine.nowUs + config.frozenTimeS * 1_000_000;
  cancelGroup(engine, account, config, 'mmp_trigger', () => true);
  engine.noteProtection(account, {
    indexName: config.indexName,
    group: config.group,
    frozenUntilMs: config.frozenTimeS === 0 ? 0 : Math.floor(state.frozenUntilUs / 1_000),
  });
}

function cancelGroup(
  engine: VenueEngine,
  account: Account,
  { indexName, group }: MmpConfig,
  reason: string,
  matches: (order: Order) => boolean,
): void {
  for (const order of account.openOrders.values()) {
    const { market } = order;
    const member =
      order.quote === undefined ? group === '' && order.mmp : order.quote.group === group;
    if (member && market.product.indexName === indexName && matches(order))
      removeResting(engine, order, reason);
  }
}
