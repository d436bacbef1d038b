/**
 * Spread by moneyness: recorded options, each beside the generated one of the same coin and kind that
 * is nearest to it in time left and in strike over forward.
 */
import type { Product, RecordedWorld } from '../../streams/venues/simulated/index.ts';
import { coins, generator, replay } from '../../streams/venues/simulated/index.ts';
import { type MarketStatistics, measureMarket } from './market-statistics.ts';

/** Quoted on both sides, and near enough to the money that the generated chain has their like. */
const recordedOptions = [
  'ETH-9APR21-1950-C',
  'ETH-16APR21-1400-P',
  'ETH-16APR21-1600-C',
  'ETH-30APR21-2240-P',
] as const;
const dayUs = 86_400_000_000;
const seconds = 120;

interface OptionRow {
  readonly name: string;
  readonly days: number;
  readonly moneyness: number;
  readonly statistics: MarketStatistics;
}

function rowOf(product: Product, statistics: MarketStatistics, startUs: number): OptionRow {
  return {
    name: product.name,
    days: (product.expiryMs * 1_000 - startUs) / dayUs,
    moneyness: (product.instrument.strike ?? 0) / statistics.underlying,
    statistics,
  };
}

/** The generated option most like a recorded one. */
function likeOf(recorded: Product, row: OptionRow, startUs: number): OptionRow {
  const { currency, instrument } = recorded;
  const spot = coins.find((coin) => coin.currency === currency)?.spot ?? 0;
  const away = ({ expiryMs, instrument: { strike } }: Product): readonly [number, number] => [
    Math.abs((expiryMs * 1_000 - startUs) / dayUs - row.days),
    Math.abs((strike ?? 0) / spot - row.moneyness),
  ];
  const [nearest] = generator('calibration')
    .list(startUs)
    .filter((product) => product.currency === currency)
    .filter((product) => product.instrument.optionType === instrument.optionType)
    .map((product) => ({ product, away: away(product) }))
    .sort((a, b) => a.away[0] - b.away[0] || a.away[1] - b.away[1]);
  if (nearest === undefined) throw new Error(`nothing like ${recorded.name}`);
  const { product } = nearest;
  const source = generator('calibration');
  return rowOf(product, measureMarket(source, product.name, startUs, seconds), startUs);
}

function cells({ name, days, moneyness, statistics: s }: OptionRow): string {
  const shown = [days.toFixed(1), moneyness.toFixed(2), s.spreadTicks, Math.round(s.spreadBps)];
  return `${name} | ${shown.join(' | ')}`;
}

/** The table, as Markdown lines. `generatorStartUs`: epoch µs. */
export function spreadByMoneyness(world: () => RecordedWorld, generatorStartUs: number): string[] {
  const startUs = world().manifest.first_ts_us;
  const listed = replay(world()).list(startUs);
  const rows = recordedOptions.flatMap((name) => {
    const product = listed.find((each) => each.name === name);
    if (product === undefined) return [];
    const row = rowOf(product, measureMarket(replay(world()), name, startUs, seconds), startUs);
    return [`| ${cells(row)} | ${cells(likeOf(product, row, generatorStartUs))} |`];
  });
  return [
    '| recorded 2021-04-05 | days left | strike / forward | spread, ticks | bps | generated, most like it | days left | strike / forward | spread, ticks | bps |',
    `|${'---|'.repeat(10)}`,
    ...rows,
  ];
}
