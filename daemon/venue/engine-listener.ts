/** Where what the engine reports goes: feeds, private channels, fault hooks, the state file. */
import type { AccountChanges, VenueListener } from '../../streams/venues/simulated/index.ts';
import type { DerivedFeed } from './derived-feed.ts';
import type { Hooks } from './faults/hooks.ts';
import type { Hub } from './hub.ts';
import type { MarketFeed } from './market-feed.ts';
import type { StateFile } from './state-file.ts';
import type { UserFeed } from './user-feed.ts';

export interface ListenerParts {
  readonly hub: Hub;
  readonly derived: DerivedFeed;
  readonly market: MarketFeed;
  readonly user: UserFeed;
  readonly stateFile: StateFile | undefined;
  readonly hooks: Hooks;
}

export function engineListener(parts: ListenerParts): VenueListener {
  const { hub, derived, market, user, stateFile, hooks } = parts;
  return {
    record: (touched) => stateFile?.record(touched),
    trades: (target, trades) => {
      market.trades(target, trades);
      derived.trades(target);
    },
    book: (target, frame) => market.book(target, frame),
    quote: (target) => market.quote(target),
    ticker: (target) => {
      market.ticker(target);
      derived.ticker(target);
    },
    index: (name, price) => market.index(name, price),
    volatility: (name, value) => market.volatility(name, value),
    state: (target) => market.state(target),
    listed: (target) => {
      hub.listed(target);
      market.state(target);
    },
    changes: (changes: AccountChanges) => {
      if (!hooks.accounts.takes(changes)) user.changes(changes);
      hooks.changed.takes(changes);
    },
    protection: (account, trip) => user.protection(account, trip),
    committed: () => market.committed(),
  };
}
