/**
 * `node dist/tests/bench/venue-calibration.js [--write]`: the generated market's summary
 * statistics beside those of the real recordings, as a table; `--write` puts it into docs/venue.md.
 * The recordings are read where they lie (`../shared/data`); without them it says so and ends with 1.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  openWorldOf,
  type SealImportRequest,
  sealImport,
} from '../../actors/ingress/oracle/index.ts';
import { generator, recordedRates, replay } from '../../streams/venues/simulated/index.ts';
import type { World } from '../../streams/worlds/index.ts';
import { replaceSection } from '../fixtures/venue-sim/manual.ts';
import { withOracle } from '../fixtures/worlds/oracle.ts';
import { correlation, type MarketStatistics, measureMarket } from './market-statistics.ts';
import { spreadByMoneyness } from './option-calibration.ts';

const data = resolve('..', 'shared', 'data');
const manual = resolve('docs', 'venue.md');
const seconds = 340;
/** 2026-11-21T00:00:00Z. */
const generatorStartUs = 1_795_219_200_000_000;

function withRecorded<T>(request: SealImportRequest, use: (world: () => World) => T): Promise<T> {
  return withOracle(async ({ root, ports, disk }) => {
    await sealImport(ports, root, request);
    return use(() => openWorldOf(disk, root, request.scenarioId));
  });
}

function recorded(request: SealImportRequest, name: string): Promise<MarketStatistics> {
  return withRecorded(request, (world) =>
    measureMarket(replay(world()), name, world().manifest.first_ts_us, seconds),
  );
}

function generated(name: string): MarketStatistics {
  return measureMarket(generator('calibration', recordedRates), name, generatorStartUs, seconds);
}

function coinm(file: string, as: string): SealImportRequest {
  return {
    scenarioId: `calibration-${as.toLowerCase()}`,
    format: 'binance-coinm',
    licence: 'MIT',
    sources: [{ path: join(data, 'binance-coinm', file), as }],
  };
}

const options: SealImportRequest = {
  scenarioId: 'calibration-options',
  format: 'deribit-raw',
  licence: 'XFree86-style',
  sources: [{ path: join(data, 'deribit/options-raw-2021-04-05.txt') }],
  instrumentsPath: join(data, 'deribit/instruments-2021-04-17.txt'),
};

function number(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}

function cellsOf(title: string, s: MarketStatistics): string {
  const cells = [
    s.seconds,
    s.spreadTicks,
    s.spreadBps,
    s.depthUsd,
    s.updatesPerSecond,
    s.tradesPerSecond,
    ...s.tradeUsd,
    s.volatilityBps,
    s.imbalanceMemory,
    s.signMemory,
    s.cancelledShare,
  ];
  return `| ${title} | ${cells.map(number).join(' | ')} |`;
}

const head = [
  '| market | seconds | spread, ticks | bps | depth of 5 levels, USD | updates /s | trades /s | trade p50, USD | p90 | p99 | volatility, bps/√s | imbalance memory 1 s | trade sign memory | cancelled share |',
  `|---|${'---|'.repeat(13)}`,
];

const levelsHead = ['| market | level 1 | 2 | 3 | 4 | 5 |', `|${'---|'.repeat(6)}`];

/** Correlation of two markets' one-second returns over the seconds both have. */
function together(one: MarketStatistics, other: MarketStatistics): string {
  const count = Math.min(one.returnsBps.length, other.returnsBps.length);
  return number(correlation(one.returnsBps.slice(0, count), other.returnsBps.slice(0, count)));
}

async function main(): Promise<number> {
  if (!existsSync(data)) {
    process.stderr.write('no recordings in ../shared/data: nothing to compare with\n');
    return 1;
  }
  const perpetuals = [
    ['BTC-PERPETUAL', 'btcusd_perp_20240808.gz', 'BTCUSD_PERP recorded 2024-08-08'],
    ['ETH-PERPETUAL', 'ethusd_perp_20240808.gz', 'ETHUSD_PERP recorded 2024-08-08'],
  ] as const;
  const rows = [...head];
  const levels = [...levelsHead];
  const add = (title: string, statistics: MarketStatistics): void => {
    rows.push(cellsOf(title, statistics));
    levels.push(`| ${title} | ${statistics.levelUsd.map(number).join(' | ')} |`);
  };
  const pairs: (readonly [made: MarketStatistics, real: MarketStatistics])[] = [];
  for (const [name, file, title] of perpetuals) {
    const pair = [generated(name), await recorded(coinm(file, name), name)] as const;
    pairs.push(pair);
    add(`${name} generated`, pair[0]);
    add(title, pair[1]);
  }
  add('ETH option near the money, generated', generated(nearTheMoney()));
  add('ETH-30APR21-2240-P recorded 2021-04-05', await recorded(options, 'ETH-30APR21-2240-P'));
  const [btc, eth] = pairs;
  if (btc !== undefined && eth !== undefined) {
    const [made, real] = [0, 1].map((at) => together(btc[at as 0 | 1], eth[at as 0 | 1]));
    rows.push('', `Correlation of the coins over one second: generated ${made}, recorded ${real}.`);
  }
  const chain = await withRecorded(options, (world) => spreadByMoneyness(world, generatorStartUs));
  rows.push('', 'Median USD of each of the five best levels, mean of both sides:', '', ...levels);
  rows.push('', 'Spread of options by moneyness:', '', ...chain);
  rows.push(
    '',
    'Skew and term structure: chosen. Ten options of one moment are no chain; no recording judges them.',
  );
  const text = rows.join('\n');
  process.stdout.write(`${text}\n`);
  if (process.argv.includes('--write'))
    writeFileSync(manual, replaceSection(readFileSync(manual, 'utf8'), 'calibration', text));
  return 0;
}

/** Of the expiry about 25 days away, the strike closest to the start price. */
function nearTheMoney(): string {
  const products = generator('calibration').list(generatorStartUs);
  const puts = products.filter(
    ({ instrument, currency }) => instrument.optionType === 'put' && currency === 'ETH',
  );
  const distance = (strike: number | null): number => Math.abs((strike ?? 0) - 2_672);
  // The recorded one had 25 days left.
  const tenor = ({ expiryMs }: { expiryMs: number }): number =>
    Math.abs(expiryMs - generatorStartUs / 1_000 - 25 * 86_400_000);
  puts.sort(
    (a, b) => tenor(a) - tenor(b) || distance(a.instrument.strike) - distance(b.instrument.strike),
  );
  return puts[0]?.name ?? '';
}

process.exitCode = await main();
