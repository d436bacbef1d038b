/** Faults of orders and fills: what the client is told wrongly, late or not at all about its own. */
import { z } from 'zod';
import {
  type AccountChanges,
  deliver,
  fill,
  invalidParam,
  moneyPerUnit,
  moveCash,
  type Order,
  oppositeOf,
  remainingLots,
  walletOf,
} from '../../../streams/venues/simulated/index.ts';
import {
  counted,
  countParam,
  type EndFault,
  type FaultContext,
  type FaultRow,
  fault,
  instrumentParam,
  marketsNamed,
  millisecondsParam,
  shareParam,
} from './contract.ts';

function startLateFill(
  context: FaultContext,
  { late_ms, share, count }: { late_ms: number; share: number; count: number },
): EndFault {
  const take = counted(context, count);
  const trade = (order: Order): void =>
    context.engine.run(context.nowUs(), () => {
      const lots = Math.max(1, Math.floor(remainingLots(order) * share));
      fill(
        context.engine,
        order.market,
        undefined,
        order,
        oppositeOf(order.side),
        order.priceTicks,
        lots,
      );
    });
  return context.hooks.changed.add((changes) => {
    for (const order of changes.orders) {
      const asked = order.state === 'cancelled' && order.cancelReason === 'user_request';
      if (!asked || remainingLots(order) === 0 || !take()) continue;
      context.clock.after(late_ms, () => trade(order));
    }
    return false;
  });
}

function concerns(changes: AccountChanges, instrument: string | undefined): boolean {
  return instrument === undefined || changes.market.product.name === instrument;
}

/** Delivers one product at its index now: its orders end, its positions become cash. */
function startExpiry(context: FaultContext, instrument: string): EndFault {
  const { engine, nowUs, usedUp } = context;
  const [market] = marketsNamed(context, instrument);
  if (market === undefined || market.tape !== undefined || market.state === 'closed')
    throw invalidParam('instrument', `${instrument} cannot expire here`);
  const { index } = market.mark;
  const price = index > 0 ? index : market.referencePrice();
  engine.run(nowUs(), () => deliver(engine, market, price));
  usedUp();
  return () => undefined;
}

/** Takes money away until what an account holds is not covered any more; it comes back at the end. */
function startMarginCall(
  context: FaultContext,
  { currency, leave }: { currency: string; leave: number },
): EndFault {
  const taken: (() => void)[] = [];
  for (const account of context.engine.accounts) {
    const wallet = account.wallets.get(currency);
    if (account.house || wallet === undefined) continue;
    const units = Math.max(0, wallet.cash - Math.round(leave * moneyPerUnit));
    moveCash(context.engine, account, currency, 'correction', -units);
    wallet.deposit -= units;
    taken.push(() => {
      const now = walletOf(account, currency);
      moveCash(context.engine, account, currency, 'correction', units);
      now.deposit += units;
    });
  }
  return () => {
    for (const giveBack of taken) giveBack();
  };
}

export const orderFaults: readonly FaultRow[] = [
  fault(
    'missing_fill',
    'wire',
    'A fill happens and no private channel says so, on a connection that is healthy otherwise.',
    { instrument: instrumentParam.optional(), count: countParam.default(1) },
    (context, { instrument, count }) => {
      const take = counted(context, count);
      return context.hooks.accounts.add(
        (changes) => changes.trades.length > 0 && concerns(changes, instrument) && take(),
      );
    },
  ),
  fault(
    'late_fill',
    'engine',
    'An order trades after its cancel was acknowledged.',
    {
      late_ms: millisecondsParam.default(200).describe('after the cancel'),
      share: shareParam.default(1).describe('share of what had remained'),
      count: countParam.default(1),
    },
    startLateFill,
  ),
  fault(
    'partial_fill',
    'engine',
    'Incoming orders trade in several pieces, and only in part when they do not rest.',
    {
      pieces: z.number().int().min(1).max(100).default(3).describe('trades an order is cut into'),
      share: shareParam
        .default(0.5)
        .describe('share of an immediate-or-cancel or market order that trades at most'),
    },
    ({ engine }, { pieces, share }) => {
      const shape = { pieces, share };
      engine.fillShape = shape;
      return () => {
        if (engine.fillShape === shape) engine.fillShape = undefined;
      };
    },
  ),
  fault(
    'expiry',
    'engine',
    'A product expires at once: open orders end with `settlement`, positions become cash.',
    { instrument: instrumentParam },
    (context, { instrument }) => startExpiry(context, instrument),
  ),
  fault(
    'margin_call',
    'engine',
    'Collateral is gone: open orders are cancelled and positions reduced by the venue.',
    {
      currency: z.string().describe('of which wallet'),
      leave: z.number().min(0).default(0).describe('what stays, in that currency'),
    },
    startMarginCall,
  ),
];
