/**
 * Loss of the UTC day in USD: realised and unrealised, against where the day began. The baseline
 * is kept on disk, so that a restart does not forget a bad morning.
 */
import { z } from 'zod';
import { gridFloat } from '../../streams/facts/decimal.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { PositionState, PositionsView } from '../../streams/facts/positions.ts';
import { utcDay } from '../../streams/facts/time.ts';
import type { Clock, Disk } from '../../streams/ports/index.ts';

const baselineSchema = z.object({ utc_day: z.string(), pnl_usd_float: z.number() });

/** Profit of an open position in USD at the mark; undefined without a mark. */
export function unrealisedUsdFloat(
  position: PositionState,
  market: MarketView,
): number | undefined {
  const { instrument, signedLots, averagePriceFloat } = position;
  if (signedLots === 0) return 0;
  const ticker = market.get(instrument.name)?.ticker;
  if (ticker === undefined || !(ticker.markFloat > 0) || !(averagePriceFloat > 0)) return undefined;
  const amount = gridFloat(instrument.amount, signedLots);
  if (instrument.amountUnit === 'usd') {
    // Inverse: coin profit is amount × (1/entry − 1/mark), valued at the index.
    return amount * (1 / averagePriceFloat - 1 / ticker.markFloat) * ticker.indexFloat;
  }
  const profit = amount * (ticker.markFloat - averagePriceFloat);
  const inCoin = instrument.row.margin === 'inverse';
  return inCoin ? profit * ticker.indexFloat : profit;
}

/** Realised (net of fees) and unrealised profit since the ledger began; undefined: not known now. */
export function totalPnlUsdFloat(positions: PositionsView, market: MarketView): number | undefined {
  let total = 0;
  for (const position of positions.all) {
    const open = unrealisedUsdFloat(position, market);
    if (open === undefined) return undefined;
    total += position.realisedUsdFloat + open;
  }
  return total;
}

export interface DayLossOptions {
  readonly ports: { readonly clock: Clock; readonly disk: Disk };
  /** File of the baseline. */
  readonly path: string;
  readonly pnl: () => number | undefined;
}

export class DayLoss {
  readonly #options: DayLossOptions;
  #day = '';
  #baseline: number | undefined;

  constructor(options: DayLossOptions) {
    this.#options = options;
    const { disk } = options.ports;
    if (!disk.exists(options.path)) return;
    const stored = baselineSchema.safeParse(
      JSON.parse(disk.readFile(options.path).toString('utf8')),
    );
    if (!stored.success) return;
    this.#day = stored.data.utc_day;
    this.#baseline = stored.data.pnl_usd_float;
  }

  /** Positive when money was lost; undefined when a mark is missing. */
  lossUsdFloat(): number | undefined {
    const pnl = this.#options.pnl();
    if (pnl === undefined) return undefined;
    const day = utcDay(this.#options.ports.clock.nowUs());
    if (day !== this.#day || this.#baseline === undefined) this.#begin(day, pnl);
    return (this.#baseline ?? pnl) - pnl;
  }

  #begin(day: string, pnl: number): void {
    this.#day = day;
    this.#baseline = pnl;
    const text = JSON.stringify({ utc_day: day, pnl_usd_float: pnl });
    this.#options.ports.disk.writeFileAtomic(this.#options.path, `${text}\n`);
  }
}
