/**
 * Summary statistics of one market of an engine, whatever drives it: spread, depth, update and
 * trade rates, trade sizes, volatility, persistence of the book's imbalance. Sampled on the
 * market's own time, so that a recording and a generated market are measured alike.
 */
import {
  amountFloat,
  type Market,
  type MarketSource,
  priceFloat,
  seededRandom,
  VenueEngine,
} from '../../streams/venues/simulated/index.ts';

const sampleUs = 100_000;
const topLevels = 5;
/** Samples between two imbalances that are compared: one second. */
const imbalanceLag = 10;

export interface MarketStatistics {
  readonly seconds: number;
  readonly spreadBps: number;
  readonly spreadTicks: number;
  readonly depthUsd: number;
  /** Median USD of each of the five best levels, mean of both sides, best first. */
  readonly levelUsd: readonly number[];
  /** Forward of an option when the measuring ended; 0 for other products. */
  readonly underlying: number;
  readonly updatesPerSecond: number;
  readonly tradesPerSecond: number;
  readonly tradeUsd: readonly [median: number, p90: number, p99: number];
  /** Standard deviation of one-second log returns, bps. */
  readonly volatilityBps: number;
  /** Correlation of the imbalance of the top levels with itself a second later. */
  readonly imbalanceMemory: number;
  /** Correlation of the side of a trade with that of the next. */
  readonly signMemory: number;
  /** Share of the displayed amount taken off the five best levels that left without trading. */
  readonly cancelledShare: number;
  /** One-second log returns, bps. */
  readonly returnsBps: readonly number[];
}

interface Samples {
  readonly spreads: number[];
  readonly depths: number[];
  /** By level, best first. */
  readonly levels: number[][];
  readonly mids: number[];
  readonly imbalances: number[];
  readonly spreadTicks: number[];
  readonly signs: number[];
  readonly tradeUsd: number[];
  /** USD that left the book, all frames. */
  removedUsd: number;
  updates: number;
}

/** Runs the source for at most `seconds` of its own time and measures one market of it. */
export function measureMarket(
  source: MarketSource,
  name: string,
  startUs: number,
  seconds: number,
): MarketStatistics {
  const engine = new VenueEngine({
    products: source.list(startUs),
    random: seededRandom('statistics'),
    taped: source.taped,
  });
  const market = engine.market(name);
  const samples: Samples = {
    spreads: [],
    depths: [],
    levels: Array.from({ length: topLevels }, () => []),
    mids: [],
    imbalances: [],
    spreadTicks: [],
    signs: [],
    tradeUsd: [],
    removedUsd: 0,
    updates: 0,
  };
  listenTo(engine, market, samples);
  source.open(engine, startUs);
  const beginUs = Math.max(startUs, source.nextUs());
  let sampleAtUs = beginUs + sampleUs;
  let lastUs = beginUs;
  while (source.nextUs() <= beginUs + seconds * 1_000_000) {
    for (; sampleAtUs <= source.nextUs(); sampleAtUs += sampleUs) sample(market, samples);
    lastUs = source.nextUs();
    source.step();
  }
  const measured = summaryOf(samples, Math.max(1e-9, (lastUs - beginUs) / 1_000_000));
  return { ...measured, underlying: market.mark.underlying };
}

function listenTo(engine: VenueEngine, market: Market, samples: Samples): void {
  engine.listen({
    quote() {},
    ticker() {},
    index() {},
    volatility() {},
    state() {},
    listed() {},
    changes() {},
    record() {},
    protection() {},
    committed() {},
    book(target, frame) {
      if (target !== market) return;
      samples.updates += 1;
      // A frame that replaces the book says nothing about who left.
      if (frame.prevChangeId >= 0)
        samples.removedUsd += removed(market, frame.bids) + removed(market, frame.asks);
    },
    trades(target, trades) {
      if (target !== market) return;
      for (const trade of trades) {
        samples.tradeUsd.push(usdOf(market, trade.lots, trade.priceTicks));
        samples.signs.push(trade.side === 'buy' ? 1 : -1);
      }
    },
  });
}

/** USD by which levels shrank: runs of ticks, lots before, lots now. */
function removed(market: Market, moves: readonly number[]): number {
  let usd = 0;
  for (let at = 0; at < moves.length; at += 3) {
    const gone = (moves[at + 1] ?? 0) - (moves[at + 2] ?? 0);
    if (gone > 0) usd += usdOf(market, gone, moves[at] ?? 0);
  }
  return usd;
}

function usdOf(market: Market, lots: number, ticks: number): number {
  const { product, mark } = market;
  const amount = amountFloat(product, lots);
  if (product.inverse) return amount;
  // Inverse options are priced in coin.
  const usdPerUnit = product.kind === 'option' && product.currency !== 'USDC' ? mark.index : 1;
  return amount * priceFloat(product, ticks) * usdPerUnit;
}

function sample(market: Market, samples: Samples): void {
  const bid = market.bestTicks('buy');
  const ask = market.bestTicks('sell');
  if (bid === undefined || ask === undefined || bid >= ask) return;
  const mid = (bid + ask) / 2;
  const bidLevels = levelsOf(market, 'buy');
  const askLevels = levelsOf(market, 'sell');
  for (const [at, levels] of samples.levels.entries())
    levels.push(((bidLevels[at] ?? 0) + (askLevels[at] ?? 0)) / 2);
  const bids = sumOf(bidLevels);
  const asks = sumOf(askLevels);
  samples.spreads.push(((ask - bid) / mid) * 10_000);
  samples.spreadTicks.push(ask - bid);
  samples.depths.push((bids + asks) / 2);
  samples.mids.push(mid);
  samples.imbalances.push((bids - asks) / (bids + asks));
}

/** USD of the best levels of a side, best first. */
function levelsOf(market: Market, side: 'buy' | 'sell'): number[] {
  const shown = market.displayed(side);
  return shown.prices
    .slice(-topLevels)
    .map((ticks) => usdOf(market, shown.lotsAt(ticks), ticks))
    .reverse();
}

function summaryOf(samples: Samples, seconds: number): Omit<MarketStatistics, 'underlying'> {
  const perSecond: number[] = [];
  const step = 1_000_000 / sampleUs;
  for (let at = step; at < samples.mids.length; at += step)
    perSecond.push(Math.log((samples.mids[at] ?? 1) / (samples.mids[at - step] ?? 1)) * 10_000);
  const sizes = [...samples.tradeUsd].sort((a, b) => a - b);
  const quantile = (q: number): number => sizes[Math.floor(q * (sizes.length - 1))] ?? 0;
  return {
    seconds,
    spreadBps: medianOf(samples.spreads),
    spreadTicks: medianOf(samples.spreadTicks),
    depthUsd: medianOf(samples.depths),
    levelUsd: samples.levels.map(medianOf),
    updatesPerSecond: samples.updates / seconds,
    tradesPerSecond: samples.tradeUsd.length / seconds,
    tradeUsd: [quantile(0.5), quantile(0.9), quantile(0.99)],
    volatilityBps: Math.sqrt(meanOf(perSecond.map((value) => value * value))),
    imbalanceMemory: correlation(
      samples.imbalances.slice(0, -imbalanceLag),
      samples.imbalances.slice(imbalanceLag),
    ),
    signMemory: correlation(samples.signs.slice(0, -1), samples.signs.slice(1)),
    cancelledShare:
      samples.removedUsd === 0 ? 0 : Math.max(0, 1 - sumOf(samples.tradeUsd) / samples.removedUsd),
    returnsBps: perSecond,
  };
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : sumOf(values) / values.length;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [cross, squareA, squareB] = [0, 0, 0];
  for (const [at, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[at] ?? 0) - meanB];
    cross += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA === 0 || squareB === 0 ? 0 : cross / Math.sqrt(squareA * squareB);
}
