/** Which channels the daemon wants of the venue. */
import { strategyKinds } from '../../actors/strategy/index.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { LoadedConfig } from '../config/load.ts';
import { perpetualOf, underlyingsOf, volatilityChannelOf } from './underlyings.ts';

/** Ours first: a fill must never wait behind a market snapshot. */
const accountChannels = [
  'user.orders.any.any.raw',
  'user.trades.any.any.raw',
  'user.portfolio.any',
  'platform_state',
  'announcements',
  'instrument.state.any.any',
] as const;

function isWatched(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

/** Instruments that strategies select or the profile watches; sorted, without repeats. */
export function wantedInstruments({ profile }: LoadedConfig, market: MarketView): string[] {
  const wanted = new Set<string>();
  for (const { kind, parameters, enabled } of profile.policy.strategies) {
    const strategy = strategyKinds.get(kind);
    if (strategy === undefined || !enabled) continue;
    const checked = strategy.parameters.parse(parameters);
    for (const name of strategy.selects(checked, market.instruments)) wanted.add(name);
  }
  for (const { instrument } of market.instruments) {
    if (isWatched(instrument.name, profile.policy.watch)) wanted.add(instrument.name);
  }
  return [...wanted].filter((name) => market.get(name) !== undefined).sort();
}

export interface WantedChannels {
  /** Everything about our account, what judges each underlying, and the wanted instruments. */
  readonly channels: readonly string[];
  /** Base currencies of the wanted instruments. */
  readonly underlyings: readonly string[];
}

/** Books, trades and tickers of the wanted instruments and of the perpetual of each underlying. */
export function wantedChannels(config: LoadedConfig, market: MarketView): WantedChannels {
  const wanted = wantedInstruments(config, market);
  const underlyings = underlyingsOf(wanted, market);
  const perpetuals = underlyings.flatMap(
    (underlying) => perpetualOf(underlying, market)?.instrument.name ?? [],
  );
  const names = [...new Set([...wanted, ...perpetuals])].sort();
  const channels = [
    ...accountChannels,
    ...underlyings.map(volatilityChannelOf),
    ...names.flatMap((name) => [`book.${name}.raw`, `trades.${name}.raw`, `ticker.${name}.raw`]),
  ];
  return { channels, underlyings };
}
