/** The option chain as smiles: marked volatilities over log-moneyness, one smile an expiry. */
import type { NamedSmile } from '../../actors/guard/index.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { InstrumentView, MarketView } from '../../streams/facts/market.ts';
import { usPerSecond } from '../../streams/facts/time.ts';

/** Strikes quoted on both sides below which the book of an expiry is thin. */
const thinBelow = 8;
/** Fewer strikes than this draw no smile. */
const quotesMin = 5;
const usPerYear = 365 * 86_400 * usPerSecond;

interface Expiry {
  readonly underlying: string;
  readonly expiryUs: number;
  quotes: Array<NamedSmile['quotes'][number]>;
  twoSided: number;
}

/** Out of the money only: that is where a strike's volatility is read from. */
function isOutOfTheMoney({ instrument }: InstrumentView, forward: number): boolean {
  const isAbove = (instrument.strike ?? 0) >= forward;
  return isAbove === (instrument.optionType === 'call');
}

function addTo(expiry: Expiry, seen: InstrumentView): void {
  const { ticker, instrument, book } = seen;
  const forward = ticker?.underlyingFloat ?? 0;
  const percent = ticker?.markIvFloat ?? 0;
  if (!(forward > 0 && percent > 0) || instrument.strike === null) return;
  if (!isOutOfTheMoney(seen, forward)) return;
  const isTwoSided = book.valid && book.depth('bids') > 0 && book.depth('asks') > 0;
  if (isTwoSided) expiry.twoSided += 1;
  expiry.quotes.push({ k: Math.log(instrument.strike / forward), volatility: percent / 100 });
}

/** Options on one coin settled in one currency are one surface. */
export function surfaceOf(row: Instrument['row']): string {
  return `${row.base_currency} ${row.settlement_currency}`;
}

/** Nearest expiry first within each underlying. */
export function smilesOf(market: MarketView, nowUs: number): NamedSmile[] {
  const expiries = new Map<string, Expiry>();
  for (const seen of market.instruments) {
    const { expiryUs, kind, row } = seen.instrument;
    if (kind !== 'option' || expiryUs === null || expiryUs <= nowUs) continue;
    const underlying = surfaceOf(row);
    const key = `${underlying} ${expiryUs}`;
    const expiry = expiries.get(key) ?? { underlying, expiryUs, quotes: [], twoSided: 0 };
    expiries.set(key, expiry);
    addTo(expiry, seen);
  }
  return [...expiries.values()]
    .filter(({ quotes }) => quotes.length >= quotesMin)
    .sort((one, other) => one.expiryUs - other.expiryUs)
    .map(({ underlying, expiryUs, quotes, twoSided }) => ({
      underlying,
      expiryUs,
      years: (expiryUs - nowUs) / usPerYear,
      quotes,
      thin: twoSided < thinBelow,
    }));
}
