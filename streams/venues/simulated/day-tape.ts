/**
 * The last 24 hours of one market in minutes: figures of the day and candles of any resolution.
 * Bounded: one bar a minute, the oldest forgotten first. Analytics only.
 */
const minuteUs = 60_000_000;
/** Bars kept: 24 hours. */
const barsMax = 1_440;

export interface Bar {
  /** Start of the bar, epoch ms. */
  tickMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  /** Base coin. */
  volume: number;
  /** Quote currency. */
  cost: number;
}

export class DayTape {
  readonly #bars: Bar[] = [];
  #high: number | null = null;
  #low: number | null = null;
  #volume = 0;
  #cost = 0;

  get high(): number | null {
    return this.#high;
  }

  get low(): number | null {
    return this.#low;
  }

  /** First price of the window. */
  get open(): number | null {
    return this.#bars[0]?.open ?? null;
  }

  /** Base coin traded. */
  get volume(): number {
    return this.#volume;
  }

  get volumeUsd(): number {
    return this.#cost;
  }

  /** Books one trade: `volume` in coin, `cost` in quote currency. */
  add(tsUs: number, price: number, volume: number, cost: number): void {
    this.forget(tsUs);
    const tickMs = Math.floor(tsUs / minuteUs) * 60_000;
    const last = this.#bars[this.#bars.length - 1];
    if (last === undefined || last.tickMs < tickMs) {
      this.#bars.push({ tickMs, open: price, high: price, low: price, close: price, volume, cost });
    } else mergeInto(last, { open: price, high: price, low: price, close: price, volume, cost });
    this.#high = this.#high === null ? price : Math.max(this.#high, price);
    this.#low = this.#low === null ? price : Math.min(this.#low, price);
    this.#volume += volume;
    this.#cost += cost;
  }

  /** Drops what is older than 24 hours before `nowUs`. */
  forget(nowUs: number): void {
    const oldestMs = (Math.floor(nowUs / minuteUs) - barsMax + 1) * 60_000;
    const first = this.#bars[0];
    if (first === undefined || first.tickMs >= oldestMs) return;
    const kept = this.#bars.findIndex((bar) => bar.tickMs >= oldestMs);
    this.#bars.splice(0, kept === -1 ? this.#bars.length : kept);
    // Summed afresh, so that what was added and taken away leaves no dust.
    this.#volume = this.#bars.reduce((sum, bar) => sum + bar.volume, 0);
    this.#cost = this.#bars.reduce((sum, bar) => sum + bar.cost, 0);
    this.#high = this.#bars.length === 0 ? null : Math.max(...this.#bars.map((bar) => bar.high));
    this.#low = this.#bars.length === 0 ? null : Math.min(...this.#bars.map((bar) => bar.low));
  }

  /** Candles of `minutes` each that began in [startMs, endMs], oldest first; idle ones are left out. */
  candles(minutes: number, startMs: number, endMs: number): Bar[] {
    const spanMs = minutes * 60_000;
    const found: Bar[] = [];
    for (const bar of this.#bars) {
      const tickMs = Math.floor(bar.tickMs / spanMs) * spanMs;
      if (tickMs < startMs || tickMs > endMs) continue;
      const last = found[found.length - 1];
      if (last?.tickMs === tickMs) mergeInto(last, bar);
      else found.push({ ...bar, tickMs });
    }
    return found;
  }

  /** The candle that is being made, or the last one that was. */
  lastCandle(minutes: number): Bar | undefined {
    const last = this.#bars[this.#bars.length - 1];
    if (last === undefined) return undefined;
    const spanMs = minutes * 60_000;
    const startMs = Math.floor(last.tickMs / spanMs) * spanMs;
    return this.candles(minutes, startMs, startMs)[0];
  }
}

function mergeInto(bar: Bar, more: Omit<Bar, 'tickMs'>): void {
  bar.high = Math.max(bar.high, more.high);
  bar.low = Math.min(bar.low, more.low);
  bar.close = more.close;
  bar.volume += more.volume;
  bar.cost += more.cost;
}
