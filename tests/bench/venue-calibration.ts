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
import { generator, replay } from '../../streams/venues/simulated/index.ts';
import { replaceSection } from '../fixtures/venue-sim/manual.ts';
import { withOracle } from '../fixtures/worlds/oracle.ts';
import { type MarketStatistics, measureMarket } from './market-statistics.ts';

const data = resolve('..', 'shared', 'data');
const manual = resolve('docs', 'venue.md');
const seconds = 340;
/** 2026-11-21T00:00:00Z. */
const generatorStartUs = 1_795_219_200_000_000;

async function recorded(request: SealImportRequest, name: string): Promise<MarketStatistics> {
  return withOracle(async ({ root, ports, disk }) => {
    await sealImport(ports, root, request);
    const world = openWorldOf(disk, root, request.scenarioId);
    return measureMarket(replay(world), name, world.manifest.first_ts_us, seconds);
  });
}

function generated(name: string): MarketStatistics {
  return measureMarket(generator('calibration'), name, generatorStartUs, seconds);
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
    s.spreadBps,
    s.depthUsd,
    s.updatesPerSecond,
    s.tradesPerSecond,
    ...s.tradeUsd,
    s.volatilityBps,
    s.imbalanceMemory,
  ];
  return `| ${title} | ${cells.map(number).join(' | ')} |`;
}

const head = [
  '| market | seconds | spread, bps | depth of 5 levels, USD | updates /s | trades /s | trade p50, USD | p90 | p99 | volatility, bps/√s | imbalance memory 1 s |',
  `|---|${'---|'.repeat(10)}`,
];

async function main(): Promise<number> {
  if (!existsSync(data)) {
    process.stderr.write('no recordings in ../shared/data: nothing to compare with\n');
    return 1;
  }
  const rows = [
    ...head,
    cellsOf('BTC-PERPETUAL generated', generated('BTC-PERPETUAL')),
    cellsOf(
      'BTCUSD_PERP recorded 2024-08-08',
      await recorded(coinm('btcusd_perp_20240808.gz', 'BTC-PERPETUAL'), 'BTC-PERPETUAL'),
    ),
    cellsOf('ETH-PERPETUAL generated', generated('ETH-PERPETUAL')),
    cellsOf(
      'ETHUSD_PERP recorded 2024-08-08',
      await recorded(coinm('ethusd_perp_20240808.gz', 'ETH-PERPETUAL'), 'ETH-PERPETUAL'),
    ),
    cellsOf('ETH option near the money, generated', generated(nearTheMoney())),
    cellsOf(
      'ETH-30APR21-2240-P recorded 2021-04-05',
      await recorded(options, 'ETH-30APR21-2240-P'),
    ),
  ].join('\n');
  process.stdout.write(`${rows}\n`);
  if (process.argv.includes('--write'))
    writeFileSync(manual, replaceSection(readFileSync(manual, 'utf8'), 'calibration', rows));
  return 0;
}

/** The near expiry's strike closest to the start price. */
function nearTheMoney(): string {
  const products = generator('calibration').list(generatorStartUs);
  const puts = products.filter(
    ({ instrument, currency }) => instrument.optionType === 'put' && currency === 'ETH',
  );
  const distance = (strike: number | null): number => Math.abs((strike ?? 0) - 2_672);
  puts.sort(
    (a, b) =>
      a.expiryMs - b.expiryMs || distance(a.instrument.strike) - distance(b.instrument.strike),
  );
  return puts[0]?.name ?? '';
}

process.exitCode = await main();
