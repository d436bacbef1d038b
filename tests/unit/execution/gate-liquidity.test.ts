/** What the book can give: the touch, the walk, the share within a limit, and the gate that asks. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { crosses, referenceUsdFloat, touchTicks } from '../../../actors/execution/gates/gate.ts';
import {
  liquidityGate,
  predictedSlippageBpsFloat,
  visibleShare,
  walkBook,
} from '../../../actors/execution/gates/liquidity.ts';
import type { OrderIntent } from '../../../streams/facts/intent.ts';
import type { InstrumentView } from '../../../streams/facts/market.ts';
import {
  gateNowMonotonicUs,
  handMarket,
  intentOf,
  option,
  perpetual,
  type ViewChanges,
  viewOf,
} from '../../fixtures/gate-view.ts';

const liquidity = suite('gates: liquidity');

const close = { class: 'CLOSE', side: 'sell', reduceOnly: true } as const;

/** The perpetual with these levels. */
function seenWith(bids: readonly number[], asks: readonly number[]): InstrumentView {
  const market = handMarket();
  market.book(perpetual, bids, asks, gateNowMonotonicUs);
  return market.get(perpetual.name) as InstrumentView;
}
const usual = seenWith([200_000, 10, 199_990, 30], [200_001, 10, 200_011, 30]);
const empty = seenWith([], []);

liquidity('touch: the opposite best price; a limit crosses from it on', () => {
  assert.equal([touchTicks(usual.book, 'buy'), touchTicks(usual.book, 'sell')], [200_001, 200_000]);
  assert.is(touchTicks(empty.book, 'buy'), undefined);
  assert.is(crosses(usual.book, 'buy', 200_001), true);
  assert.is(crosses(usual.book, 'buy', 200_000), false);
  assert.is(crosses(usual.book, 'sell', 200_000), true);
  assert.is(crosses(usual.book, 'sell', 200_001), false);
  assert.is(crosses(empty.book, 'buy', 1e9), false);
});

liquidity('reference: the index, else the mark of what is priced like it, else nothing', () => {
  const market = handMarket();
  const of = (name: string, mark: number, index: number): number => {
    const instrument = name === option.name ? option : perpetual;
    market.ticker(instrument, mark, index);
    return referenceUsdFloat(market.get(name));
  };
  assert.is(of(perpetual.name, 99_000, 100_000), 100_000);
  assert.is(of(perpetual.name, 99_000, 0), 99_000);
  assert.ok(Number.isNaN(of(perpetual.name, 0, 0)));
  assert.is(of(option.name, 0.05, 100_000), 100_000);
  assert.ok(
    Number.isNaN(of(option.name, 0.05, 0)),
    'an option’s mark is no price of its underlying',
  );
  assert.ok(Number.isNaN(referenceUsdFloat(undefined)));
});

liquidity('walk: best level first, no more than asked, no more than there is', () => {
  assert.equal(walkBook(usual.book, 'buy', 25), {
    touchTicks: 200_001,
    lots: 25,
    ticksLots: 10 * 200_001 + 15 * 200_011,
  });
  assert.equal(walkBook(usual.book, 'sell', 50), {
    touchTicks: 200_000,
    lots: 40,
    ticksLots: 10 * 200_000 + 30 * 199_990,
  });
  assert.equal(walkBook(usual.book, 'buy', 10), {
    touchTicks: 200_001,
    lots: 10,
    ticksLots: 10 * 200_001,
  });
  assert.is(walkBook(empty.book, 'buy', 1), undefined);
});

liquidity('visible share: what the book offers within the limit; null for what would rest', () => {
  const share = (own: Partial<OrderIntent>) => visibleShare(usual.book, intentOf(own));
  assert.is(share({ qtyLots: 10 }), 1);
  assert.is(share({ qtyLots: 5 }), 1, 'never above one');
  assert.is(share({ qtyLots: 20 }), 0.5, 'the next level is beyond the limit');
  assert.is(share({ qtyLots: 80, limitTicks: 200_011 }), 0.5);
  assert.is(share({ qtyLots: 10, limitTicks: 200_000 }), 0);
  assert.is(share({ limitTicks: 200_000, timeInForce: 'good_til_cancelled' }), null);
  assert.is(share({ side: 'sell', qtyLots: 20, limitTicks: 200_000 }), 0.5);
  assert.is(share({ side: 'sell', qtyLots: 20, limitTicks: 199_990 }), 1);
});

liquidity('predicted slippage: the average against the touch', () => {
  const bps = (own: Partial<OrderIntent>, seen = usual) =>
    predictedSlippageBpsFloat(seen.book, intentOf(own));
  assert.is(bps({ qtyLots: 10 }), 0);
  assert.is(bps({ qtyLots: 20 }), (5 / 200_001) * 10_000);
  assert.is(bps({ qtyLots: 20, side: 'sell', limitTicks: 200_000 }), (5 / 200_000) * 10_000);
  assert.is(bps({ qtyLots: 20, limitTicks: 200_000 }), 0, 'rests');
  assert.is(bps({}, empty), 0);
});

liquidity('liquidity: a book that is there, fresh, deep enough and not too steep', () => {
  const asked = (own: Partial<OrderIntent> = {}, view: ViewChanges = {}) =>
    liquidityGate(intentOf({ qtyLots: 10, ...own }), viewOf({ seen: usual, ...view }));
  const policy = (max_slippage_bps: number) => ({ policy: { max_slippage_bps } });
  assert.is(asked(), undefined);
  assert.equal(asked({}, { seen: undefined }), {
    code: 'LiquidityGateNoL2',
    facts: { book: false },
  });
  const atAge = (ageUs: number) => ({ nowMonotonicUs: gateNowMonotonicUs + ageUs });
  assert.is(asked({}, atAge(1_000_000)), undefined);
  assert.equal(asked({}, atAge(1_001_000)), {
    code: 'LiquidityGateNoL2',
    facts: { age_ms: 1_001 },
  });
  assert.is(asked(close, atAge(1_001_000))?.code, 'LiquidityGateNoL2');
  assert.is(asked({}, { ...atAge(9e9), route: 'emergency' }), undefined);
  const rests = { limitTicks: 200_000, timeInForce: 'good_til_cancelled', qtyLots: 999 } as const;
  assert.is(asked(rests), undefined);
  assert.is(asked({ ...rests, limitTicks: 200_001 })?.code, 'ExpectedSlippageTooHigh');
  assert.is(asked({ ...rests, timeInForce: 'immediate_or_cancel' })?.facts.visible_lots, 40);
  assert.equal(asked({}, { seen: seenWith([200_000, 1], []) }), {
    code: 'LiquidityGateNoL2',
    facts: { opposite_side: 'empty' },
  });
  assert.equal(asked({ qtyLots: 41 }), {
    code: 'ExpectedSlippageTooHigh',
    facts: { visible_lots: 40, lots: 41 },
  });
  assert.is(asked({ qtyLots: 40 }), undefined, 'all that is visible');
  const bps = (5 / 200_001) * 10_000;
  assert.is(asked({ qtyLots: 20 }, policy(bps * 1.000001)), undefined);
  const steep = asked({ qtyLots: 20 }, policy(bps * 0.999999));
  assert.is(steep?.code, 'ExpectedSlippageTooHigh');
  assert.ok(Math.abs(Number(steep?.facts.bps) - bps) < 1e-9);
});

liquidity('liquidity of an option is judged in steps of its tick', () => {
  const own = { instrument: option, limitTicks: 505 };
  const asked = (qtyLots: number, max_slippage_ticks_options: number) =>
    liquidityGate(
      intentOf({ ...own, qtyLots }),
      viewOf({ of: option.name, policy: { max_slippage_ticks_options, max_slippage_bps: 0 } }),
    );
  assert.is(asked(200, 0.5), undefined, 'half of it one step further');
  assert.equal(asked(200, 0.49), {
    code: 'ExpectedSlippageTooHigh',
    facts: { ticks: 0.5, max: 0.49 },
  });
});

liquidity.run();
