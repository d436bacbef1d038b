/**
 * Nothing is made or lost: whatever is traded, marked, funded, settled, delivered or liquidated,
 * in coin or in USDC, cash and open profit of all accounts plus collected fees move by exactly
 * nothing, currency by currency.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { InstrumentRow } from '../../../streams/facts/instrument.ts';
import {
  type Account,
  cancelWhere,
  Lifecycle,
  moveBetween,
  place,
  placeLinked,
  productOf,
  seededRandom,
  VenueEngine,
  VenueError,
} from '../../../streams/venues/simulated/index.ts';
import {
  limitTerms,
  optionRow,
  perpetualRow,
  simStartUs,
} from '../../fixtures/venue-sim/engines.ts';

const conservation = suite('venue conservation');

const linearRow: InstrumentRow = {
  ...perpetualRow,
  name: 'BTC_USDC-PERPETUAL',
  margin: 'linear',
  quote_currency: 'USDC',
  settlement_currency: 'USDC',
  tick_size: '0.1',
  lot_size: '0.0001',
  min_amount: '0.0001',
  contract_size: '0.0001',
  price_index: 'btc_usdc',
  taker_fee_rate: '0.0005',
};
const rows: readonly InstrumentRow[] = [
  perpetualRow,
  { ...perpetualRow, name: 'BTC-25DEC26', kind: 'inverse_future', expiry_us: optionRow.expiry_us },
  linearRow,
  optionRow,
  { ...optionRow, name: 'BTC-25DEC26-80000-P', option_type: 'put' },
];

interface Venue {
  readonly engine: VenueEngine;
  readonly lifecycle: Lifecycle;
  readonly accounts: readonly Account[];
}

function createVenue(): Venue {
  const products = rows.map((row, index) => productOf(row, index, 1_790_000_000_000));
  const engine = new VenueEngine({ products, random: seededRandom('money') });
  const accounts = ['ann', 'bob'].map((name) => {
    const account = engine.openAccount(name, false);
    engine.deposit(account, 'BTC', 5);
    engine.deposit(account, 'USDC', 300_000);
    return account;
  });
  const lifecycle = new Lifecycle(engine, simStartUs, () => undefined);
  const venue = { engine, lifecycle, accounts: [...accounts, engine.openAccount('house', true)] };
  moveMarks(venue, 80_000);
  return venue;
}

function moveMarks({ engine }: Venue, price: number): void {
  engine.run(engine.nowUs, () => {
    engine.setIndex('btc_usd', price);
    engine.setIndex('btc_usdc', price);
    for (const market of engine.markets) {
      const option = market.product.kind === 'option';
      market.mark.price = option ? 0.05 : price * 1.002;
      market.mark.index = price;
      market.mark.underlying = price;
    }
  });
}

/** Money of everybody in a currency: what must never move. */
function moneyOf({ engine }: Venue, currency: string): number {
  let money = engine.collectedFees.get(currency) ?? 0;
  for (const account of engine.accounts) {
    const wallet = account.wallets.get(currency);
    money += (wallet?.cash ?? 0) - (wallet?.deposit ?? 0);
    for (const position of account.positions.values())
      if (position.product.currency === currency && position.product.kind === 'future')
        money += position.basis;
  }
  return money;
}

type Step =
  | {
      readonly act: 'trade';
      readonly who: number;
      readonly product: number;
      readonly buy: boolean;
      readonly step: number;
      readonly lots: number;
      readonly shape: 'plain' | 'iceberg' | 'pair' | 'exit';
    }
  | { readonly act: 'mark'; readonly price: number }
  | { readonly act: 'pass'; readonly hours: number }
  | { readonly act: 'expire'; readonly product: number }
  | { readonly act: 'cancel'; readonly who: number }
  | { readonly act: 'move'; readonly product: number; readonly share: number };

function perform(venue: Venue, step: Step): void {
  const { engine, lifecycle, accounts } = venue;
  if (step.act === 'mark') moveMarks(venue, step.price);
  if (step.act === 'pass') {
    const untilUs = Math.max(simStartUs, engine.nowUs) + step.hours * 3_600_000_000;
    // A day of chores in a few steps: every kind runs, not every second of it.
    for (let count = 0; count < 200 && lifecycle.nextUs() <= untilUs; count += 1) lifecycle.step();
  }
  if (step.act === 'expire') {
    const market = engine.marketAt(step.product);
    if (market.state !== 'closed') lifecycle.expire(engine.nowUs, market);
  }
  const account = accounts[step.act === 'trade' || step.act === 'cancel' ? step.who : 0];
  if (account === undefined) return;
  if (step.act === 'cancel')
    engine.run(engine.nowUs, () => cancelWhere(engine, account, () => true));
  if (step.act === 'trade') trade(venue, account, step);
  if (step.act === 'move') move(venue, step.product, step.share);
}

function trade({ engine }: Venue, account: Account, step: Step & { act: 'trade' }): void {
  const market = engine.marketAt(step.product);
  const { instrument, kind } = market.product;
  const near = Math.round(market.mark.price * instrument.price.perUnit);
  const ticks = kind === 'option' ? 500 + step.step * 5 : near + step.step;
  const lots = step.lots * (kind === 'future' ? 97 : 1);
  const terms = limitTerms(step.buy ? 'buy' : 'sell', ticks, lots);
  const away = {
    ...terms,
    side: step.buy ? 'sell' : 'buy',
    priceTicks: ticks + (step.buy ? 5 : -5),
  } as const;
  try {
    engine.run(Math.max(simStartUs, engine.nowUs + 1_000), () =>
      step.shape === 'plain' || step.shape === 'iceberg' || account.house
        ? place(engine, account, market, {
            ...terms,
            displayLots: step.shape === 'iceberg' ? Math.ceil(lots / 3) : undefined,
          })
        : placeLinked(
            engine,
            account,
            market,
            { terms },
            {
              kind: step.shape === 'pair' ? 'one_cancels_other' : 'one_triggers_other',
              condition: step.buy ? 'first_hit' : 'incremental',
              secondaries: [{ terms: away }],
            },
          ),
    );
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
  }
}

/** A share of a position goes from one customer to the other. */
function move({ engine, accounts }: Venue, index: number, share: number): void {
  const [ann, bob] = accounts as [Account, Account];
  const market = engine.marketAt(index);
  const lots = Math.ceil(Math.abs(ann.positions.get(index)?.lots ?? 0) * share);
  if (lots === 0) return;
  try {
    engine.run(engine.nowUs, () =>
      moveBetween(engine, ann, bob, [{ market, lots, ticks: undefined }]),
    );
  } catch (error) {
    if (!(error instanceof VenueError)) throw error;
  }
}

/** The log of an account tells its cash, to the unit. */
function checkLedger(account: Account): void {
  for (const { currency, cash } of account.wallets.values()) {
    const entries = account.ledger.filter((entry) => entry.currency === currency);
    const logged = entries.reduce((sum, { change }) => sum + change, 0);
    assert.is(logged, cash, `the log of ${account.name} in ${currency}`);
    assert.is(entries.at(-1)?.balance ?? 0, cash);
  }
}

const product = fc.nat(rows.length - 1);
const who = fc.nat(2);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      act: fc.constant('trade' as const),
      who,
      product,
      buy: fc.boolean(),
      step: fc.integer({ min: -3, max: 3 }),
      lots: fc.integer({ min: 1, max: 400 }),
      shape: fc.constantFrom('plain', 'plain', 'iceberg', 'pair', 'exit') as fc.Arbitrary<'plain'>,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('mark' as const),
      price: fc.integer({ min: 60_000, max: 110_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('pass' as const),
      hours: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('expire' as const),
      product: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('cancel' as const), who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('move' as const),
      product,
      share: fc.constantFrom(0.1, 0.5, 1),
    }),
  },
);

conservation('no sequence of trades, marks, settlements and expiries makes or loses a unit', () => {
  let fills = 0;
  let settlements = 0;
  let moves = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 90 }), (steps) => {
      const venue = createVenue();
      for (const [at, each] of steps.entries()) {
        perform(venue, each);
        for (const currency of ['BTC', 'USDC'])
          assert.is(
            moneyOf(venue, currency),
            0,
            `${currency} after step ${at} ${JSON.stringify(each)}`,
          );
        for (const account of venue.accounts) if (!account.house) checkLedger(account);
        for (const market of venue.engine.markets) {
          const held = venue.engine.accounts.reduce(
            (sum, account) => sum + (account.positions.get(market.product.index)?.lots ?? 0),
            0,
          );
          assert.is(held, 0, `${market.product.name} positions`);
        }
      }
      fills += venue.accounts.reduce((sum, account) => sum + account.trades.length, 0);
      settlements += venue.engine.settlements.length;
      for (const { ledger } of venue.accounts)
        moves += ledger.filter(({ kind }) => kind === 'transfer').length;
    }),
    { numRuns: 200 },
  );
  assert.ok(moves > 20, `only ${moves} moves`);
  assert.ok(fills > 300 && settlements > 30, `only ${fills} fills, ${settlements} settlements`);
});

conservation.run();
