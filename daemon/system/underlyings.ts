/** What the market of each traded underlying is judged by: its perpetual and its volatility index. */
import type { UnderlyingReading } from '../../actors/guard/index.ts';
import type { VenueRoom } from '../../actors/venue/index.ts';
import type { InstrumentView, MarketView } from '../../streams/facts/market.ts';
import { usPerSecond } from '../../streams/facts/time.ts';

/** Base currencies of these instruments, sorted, each once. */
export function underlyingsOf(names: readonly string[], market: MarketView): string[] {
  const bases = names.flatMap((name) => market.get(name)?.instrument.row.base_currency ?? []);
  return [...new Set(bases)].sort();
}

/** The inverse perpetual, or the linear one where there is no other; undefined: none is listed. */
export function perpetualOf(underlying: string, market: MarketView): InstrumentView | undefined {
  let found: InstrumentView | undefined;
  for (const seen of market.instruments) {
    const { kind, row } = seen.instrument;
    if (kind !== 'perpetual' || row.base_currency !== underlying) continue;
    const isBetter = row.margin === 'inverse' && found?.instrument.row.margin !== 'inverse';
    if (found === undefined || isBetter) found = seen;
  }
  return found;
}

export function volatilityChannelOf(underlying: string): string {
  return `deribit_volatility_index.${volatilityIndexOf(underlying)}`;
}

function volatilityIndexOf(underlying: string): string {
  return `${underlying.toLowerCase()}_usd`;
}

export interface UnderlyingSources {
  readonly underlyings: readonly string[];
  readonly market: MarketView;
  readonly volatility: VenueRoom['measured']['volatility'];
  /** A volatility index whose channel the venue refuses does not exist. */
  readonly refusedChannels: readonly string[];
  readonly nowUs: number;
  /** An index that did not come within half of this is stale. */
  readonly jumpWindowS: number;
  /** False: an underlying without a listed perpetual is left out. */
  readonly perpetualRequired: boolean;
}

export function underlyingReadings(sources: UnderlyingSources): UnderlyingReading[] {
  const { market, volatility, refusedChannels, nowUs, jumpWindowS } = sources;
  const staleUs = (jumpWindowS * usPerSecond) / 2;
  const watched = sources.underlyings.filter(
    (underlying) => sources.perpetualRequired || perpetualOf(underlying, market) !== undefined,
  );
  return watched.map((underlying) => {
    const last = volatility.get(volatilityIndexOf(underlying));
    const isFresh = last !== undefined && nowUs - last.atUs <= staleUs;
    const exists = !refusedChannels.includes(volatilityChannelOf(underlying));
    return {
      underlying,
      perpetual: perpetualOf(underlying, market),
      volatilityFloat: isFresh ? last.valueFloat : exists ? undefined : null,
    };
  });
}
