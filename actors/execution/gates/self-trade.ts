/** Never trade with ourselves: open, in-doubt and sibling orders on the other side are checked. */
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import { type GateResult, type GateView, reject } from './gate.ts';

function meets(intent: OrderIntent, side: 'buy' | 'sell', limitTicks: number): boolean {
  if (side === intent.side) return false;
  return intent.side === 'buy' ? intent.limitTicks >= limitTicks : intent.limitTicks <= limitTicks;
}

export function selfTradeGate(intent: OrderIntent, view: GateView): GateResult {
  for (const order of view.openOrders(intent.instrument.name)) {
    if (meets(intent, order.side, order.limitTicks)) {
      return reject('SelfTradePrevented', { intent_id: order.intentId });
    }
  }
  for (const leg of view.group.earlier) {
    if (leg.instrument.name === intent.instrument.name && meets(intent, leg.side, leg.limitTicks)) {
      return reject('SelfTradePrevented', { intent_id: leg.intentId });
    }
  }
  return undefined;
}
