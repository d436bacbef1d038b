/** The generated market: what it lists, that it stays sane, and that it goes on after an expiry. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  coins,
  defaultListing,
  generator,
  type MarketSource,
  seededRandom,
  VenueEngine,
} from '../../../streams/venues/simulated/index.ts';
import { createSpot, jumpSpots } from '../../../streams/venues/simulated/spot.ts';
import { simStartUs } from '../../fixtures/venue-sim/engines.ts';

const generated = suite('generated market');
const dayUs = 86_400_000_000;
const twoSpots = ['BTC', 'ETH'].map((currency) => createSpot(currency, 100, simStartUs));

function open(source: MarketSource, nowUs = simStartUs): VenueEngine {
  const engine = new VenueEngine({ products: source.list(nowUs), random: seededRandom('ids') });
  source.open(engine, nowUs);
  return engine;
}

function runFor(source: MarketSource, untilUs: number): void {
  while (source.nextUs() <= untilUs) source.step();
}

generated('lists inverse and linear perpetuals, futures and chains for both coins', () => {
  const engine = open(generator('list'));
  const names = engine.markets.map((market) => market.product.name);
  for (const { currency } of coins) {
    assert.ok(names.includes(`${currency}-PERPETUAL`));
    assert.ok(names.includes(`${currency}_USDC-PERPETUAL`));
  }
  assert.is(names.length, new Set(names).size);
  const linear = engine.market('BTC_USDC-PERPETUAL');
  assert.equal([linear.product.inverse, linear.product.currency], [false, 'USDC']);
});

generated('half a minute leaves every book uncrossed and every perpetual traded', () => {
  const source = generator('sane');
  const engine = open(source);
  runFor(source, simStartUs + 30_000_000);
  for (const market of engine.markets) {
    const bid = market.bestTicks('buy');
    const ask = market.bestTicks('sell');
    if (bid !== undefined && ask !== undefined) assert.ok(bid < ask, market.product.name);
    if (market.product.settlementPeriod === 'perpetual')
      assert.ok(market.recentTrades.length > 0, market.product.name);
  }
  const linear = engine.market('ETH_USDC-PERPETUAL');
  const inverse = engine.market('ETH-PERPETUAL');
  assert.ok(Math.abs(linear.bestPrice('buy') / inverse.bestPrice('buy') - 1) < 0.001);
});

generated('the next expiries are listed and quoted once one has gone', () => {
  const source = generator('expiry');
  const engine = open(source);
  const before = engine.markets.length;
  const later = simStartUs + 9 * dayUs;
  source.onDelivered?.(engine, later);
  const fresh = engine.markets.slice(before);
  assert.ok(fresh.length > 0);
  assert.ok(fresh.every((market) => market.product.expiryMs > later / 1_000));
  assert.ok(fresh.some((market) => market.bestTicks('buy') !== undefined));
  source.onDelivered?.(engine, later);
  assert.is(engine.markets.length, before + fresh.length, 'listed twice');
});

generated('a restart after an expiry still knows what expired', () => {
  const first = generator('memory');
  const before = new Set(open(first).markets.map((market) => market.product.name));
  const second = generator('memory');
  second.restore(first.dump());
  const after = second.list(simStartUs + 9 * dayUs).map((product) => product.name);
  for (const name of before) assert.ok(after.includes(name), `${name} was forgotten`);
  assert.ok(after.length > before.size);
  const third = generator('memory');
  third.restore(second.dump());
  const again = third.list(simStartUs + 9 * dayUs + 1).map((product) => product.name);
  assert.equal(again, after);
});

generated('the plain listing is the same for the same time', () => {
  const spots = new Map(coins.map((coin) => [coin.currency as string, coin.spot]));
  const [one, two] = [defaultListing(simStartUs, spots), defaultListing(simStartUs, spots)];
  assert.equal(
    one.map((product) => product.name),
    two.map((product) => product.name),
  );
});

generated('jumps are rare, move one coin or all, and leave the rest of a seed alone', () => {
  const random = seededRandom('jumps');
  let [single, common] = [0, 0];
  for (let step = 0; step < 3_600_000; step += 1) {
    const before = twoSpots.map((spot) => spot.price);
    jumpSpots(twoSpots, random);
    const moved = twoSpots.filter((spot, at) => spot.price !== before[at]);
    for (const [at, spot] of moved.entries()) {
      assert.ok(
        Math.abs(spot.price / (before[twoSpots.indexOf(spot)] ?? 0) - 1) <= 0.012 + 1e-9,
        String(at),
      );
      spot.price = 100;
    }
    if (moved.length === 1) single += 1;
    if (moved.length === 2) common += 1;
  }
  const total = single + common;
  assert.ok(total > 120 && total < 280, `${total} in 100 h`);
  assert.ok(common > single);
});

generated.run();
