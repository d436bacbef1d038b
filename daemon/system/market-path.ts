/**
 * The hot path: frame decoded → gate → book → runners, in direct calls. What the gate doubts never
 * reaches a view; what did not change a view wakes nobody.
 */
import type { Gate } from '../../actors/ingress/index.ts';
import { viewMayApply } from '../../actors/ingress/index.ts';
import type { MarketRoom } from '../../actors/market/index.ts';
import type { Runner } from '../../actors/strategy/index.ts';
import type { MarketEvent, TradeEvent } from '../../streams/facts/market.ts';

/** The handler of market events. Synchronous; allocates nothing of its own. */
export function marketPath(
  gate: Pick<Gate, 'admit' | 'lastReason'>,
  market: Pick<MarketRoom, 'apply'>,
  runners: readonly Pick<Runner, 'onMarket'>[],
  onTrade: (trade: TradeEvent) => void = () => undefined,
): (event: MarketEvent) => void {
  return (event) => {
    const verdict = gate.admit(event);
    if (!viewMayApply(verdict, gate.lastReason)) return;
    const result = market.apply(event);
    // A duplicate may mend a view, but nothing is decided on it twice.
    if (verdict !== 'ADMIT' || result !== 'applied') return;
    if (event.type === 'trade') onTrade(event);
    for (const runner of runners) runner.onMarket(event);
  };
}
