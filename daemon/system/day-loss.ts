/**
 * Loss of the UTC day in USD: realised and unrealised, against where the day began. The baseline
 * is kept on disk, so that a restart does not forget a bad morning.
 */
import { z } from 'zod';
import { gridFloat } from '../../streams/facts/decimal.ts';
import { HoldfastError } from '../../streams/facts/errors.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { PositionState, PositionsView } from '../../streams/facts/positions.ts';
import { usFromIso, usPerDay, utcDay } from '../../streams/facts/time.ts';
import type { Disk, Ports } from '../../streams/ports/index.ts';

const baselineSchema = z.object({ utc_day: z.iso.date(), pnl_usd_float: z.number() });

/** Profit of an open position in USD at the mark; undefined without what it takes to value it. */
export function unrealisedUsdFloat(
  position: PositionState,
  market: MarketView,
): number | undefined {
  const { instrument, signedLots, averagePriceFloat } = position;
  if (signedLots === 0) return 0;
  const ticker = market.get(instrument.name)?.ticker;
  if (ticker === undefined || !(averagePriceFloat > 0)) return undefined;
  const { markFloat, indexFloat } = ticker;
  // An option may be worth nothing; a future that costs nothing, or no index, is no price at all.
  const isPriced = instrument.kind === 'option' ? markFloat >= 0 : markFloat > 0;
  const inCoin = instrument.row.margin === 'inverse';
  if (!isPriced || (inCoin && !(indexFloat > 0))) return undefined;
  const amount = gridFloat(instrument.amount, signedLots);
  if (instrument.amountUnit === 'usd') {
    // Inverse: coin profit is amount × (1/entry − 1/mark), valued at the index.
    return amount * (1 / averagePriceFloat - 1 / markFloat) * indexFloat;
  }
  const profit = amount * (markFloat - averagePriceFloat);
  return inCoin ? profit * indexFloat : profit;
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
  readonly ports: Pick<Ports, 'clock' | 'disk' | 'telemetry'>;
  /** File of the baseline. */
  readonly path: string;
  readonly pnl: () => number | undefined;
}

/** A disk that is full now is looked at again after this, µs. */
const retryUs = 10_000_000;

type Baseline = z.infer<typeof baselineSchema>;

/** Undefined: there is none yet. One that cannot be read is not a fresh start: it hides a loss. */
function readBaseline(disk: Disk, path: string): Baseline | undefined {
  if (!disk.exists(path)) return undefined;
  try {
    return baselineSchema.parse(JSON.parse(disk.readFile(path).toString('utf8')));
  } catch (cause) {
    throw new HoldfastError(
      'SCHEMA_INVALID',
      `${path} holds where this UTC day began and cannot be read: remove it to begin the day anew, at the profit of now`,
      { cause },
    );
  }
}

/** A day only begins forward: a clock that was set back must not forget what the day has lost. */
function begins(day: string, known: string): boolean {
  if (day === known) return false;
  if (day > known) return true;
  // Further ahead than a clock is set back by hand: the day that was noted never was.
  return usFromIso(`${known}T00:00:00Z`) - usFromIso(`${day}T00:00:00Z`) > usPerDay;
}

export class DayLoss {
  readonly #options: DayLossOptions;
  #baseline: Baseline | undefined;
  #isOnDisk: boolean;
  #nextTryUs = 0;

  /** Throws SCHEMA_INVALID when there is a baseline that cannot be read. */
  constructor(options: DayLossOptions) {
    this.#options = options;
    this.#baseline = readBaseline(options.ports.disk, options.path);
    this.#isOnDisk = this.#baseline !== undefined;
  }

  /** Positive when money was lost; undefined when a mark is missing. */
  lossUsdFloat(): number | undefined {
    const pnl = this.#options.pnl();
    if (pnl === undefined) return undefined;
    const day = utcDay(this.#options.ports.clock.nowUs());
    let baseline = this.#baseline;
    if (baseline === undefined || begins(day, baseline.utc_day)) {
      baseline = { utc_day: day, pnl_usd_float: pnl };
      this.#baseline = baseline;
      this.#isOnDisk = false;
      this.#nextTryUs = 0;
    }
    if (!this.#isOnDisk) this.#write(baseline);
    return baseline.pnl_usd_float - pnl;
  }

  /** Tried again until it stands: a full disk must not end what watches for losses. */
  #write(baseline: Baseline): void {
    const { ports, path } = this.#options;
    const nowUs = ports.clock.monotonicUs();
    if (nowUs < this.#nextTryUs) return;
    this.#nextTryUs = nowUs + retryUs;
    try {
      ports.disk.writeFileAtomic(path, `${JSON.stringify(baseline)}\n`);
      this.#isOnDisk = true;
    } catch (cause) {
      ports.telemetry.log.warn('day_loss.not_written', { path, cause: String(cause) });
    }
  }
}
