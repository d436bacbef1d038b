/** The gate over all underlyings together: every correlation, every limit, and what cannot be valued. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ExposureBook } from '../../../actors/execution/exposure.ts';
import { portfolioGate } from '../../../actors/execution/gates/headroom.ts';
import { handMarket, intentOf, viewOf } from '../../fixtures/gate-view.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';

const portfolios = suite('gates: portfolio');

const eth = perpetualInstrument({ name: 'ETH-PERPETUAL', base_currency: 'ETH' });
const sol = perpetualInstrument({ name: 'SOL-PERPETUAL', base_currency: 'SOL' });

/** So many USD of each held, long where positive. */
function portfolio(usd: Readonly<Record<string, number>>, max_portfolio_delta_usd?: number) {
  const market = handMarket();
  const exposure = new ExposureBook();
  for (const instrument of [eth, sol]) {
    market.ticker(instrument, 1_000, 1_000);
    exposure.setPosition(instrument, (usd[instrument.row.base_currency] ?? 0) / 10);
  }
  const policy = max_portfolio_delta_usd === undefined ? {} : { max_portfolio_delta_usd };
  return viewOf({ market, exposure, policy });
}

portfolios('portfolio: underlyings together, by conservative correlations', () => {
  const bought = intentOf({ qtyLots: 3_000 });
  // √(30² + 40² + 2·0.8·30·40) = 66.33; with 0.6: 62.77.
  const btcEth = Math.sqrt(30_000 ** 2 + 40_000 ** 2 + 1.6 * 30_000 * 40_000);
  const btcSol = Math.sqrt(30_000 ** 2 + 40_000 ** 2 + 1.2 * 30_000 * 40_000);
  const near = (value: unknown, to: number): void =>
    assert.ok(Math.abs(Number(value) - to) < 1e-6, `${String(value)} for ${to}`);
  near(portfolioGate(bought, portfolio({ ETH: 40_000 }, 1))?.facts.usd, btcEth);
  near(portfolioGate(bought, portfolio({ ETH: -40_000 }, 1))?.facts.usd, btcEth);
  near(portfolioGate(bought, portfolio({ SOL: 40_000 }, 1))?.facts.usd, btcSol);
  assert.is(portfolioGate(bought, portfolio({ ETH: 40_000 }, btcEth + 0.01)), undefined);
  assert.is(
    portfolioGate(bought, portfolio({ ETH: 40_000 }, btcEth - 0.01))?.code,
    'GlobalExposureBudgetExceeded',
  );
  assert.is(portfolioGate(bought, portfolio({ ETH: 40_000 })), undefined, '1.5 × 60,000');
  assert.is(portfolioGate(bought, portfolio({ ETH: 80_000 }))?.facts.max_usd, 90_000);
  const sold = intentOf({ class: 'CLOSE', side: 'sell', reduceOnly: true, qtyLots: 3_000 });
  assert.is(portfolioGate(sold, portfolio({ ETH: 40_000 }, 1)), undefined);
  assert.is(portfolioGate(bought, portfolio({}, 1)), undefined, 'one underlying alone');
  const leg = viewOf({
    ...portfolio({}),
    policy: { max_portfolio_delta_usd: 1 },
    group: { earlier: [intentOf({ instrument: eth, qtyLots: 4_000 })] },
  });
  near(portfolioGate(bought, leg)?.facts.usd, btcEth);
});

portfolios('portfolio: what cannot be valued is too much', () => {
  const unseen = optionInstrument({ name: 'ETH-25DEC26-3000-C', base_currency: 'ETH' });
  const exposure = new ExposureBook();
  exposure.setPosition(unseen, 1);
  const refused = portfolioGate(intentOf(), viewOf({ exposure }));
  assert.equal(refused, {
    code: 'GlobalExposureBudgetExceeded',
    facts: { usd: null, max_usd: 90_000 },
  });
});

portfolios.run();
