/** Trials of messages that are lost, doubled, shuffled, or not of this protocol. */

import type { FaultTrial } from './trial.ts';
import { crosser, quotes } from './trial-policy.ts';
import type { TrialOptions } from './trial-system.ts';

const flow: TrialOptions = { strategies: [crosser, quotes('ETH-PERPETUAL')] };
/** Silence counts after 5 s; the monitor looks once a second; one guard tick; a busy machine. */
const silenceMs = 7_500;
const promptMs = 2_000;

export const messageTrials: readonly FaultTrial[] = [
  {
    id: 'garbage',
    title: 'venue returns garbage',
    strikes: 'one frame in five is preceded by one the protocol does not know',
    options: flow,
    expected: { mode: 'Active', codes: [], withinMs: 0, ends: 'itself' },
    strike: (system) => system.trip('garbage', { share: 0.2 }),
  },
  {
    id: 'duplicates',
    title: 'duplicate messages',
    strikes: 'every frame arrives twice',
    options: flow,
    expected: { mode: 'Active', codes: [], withinMs: 0, ends: 'itself' },
    strike: (system) => system.trip('duplicate'),
  },
  {
    id: 'reordered',
    title: 'reordered messages',
    strikes: 'a third of the frames arrive in the wrong order',
    options: flow,
    expected: {
      mode: 'ReduceOnly',
      codes: ['WS_BOOK_GAP_RECONCILE_REQUIRED', 'EXT_WEBSOCKET_GAP'],
      withinMs: promptMs,
      ends: 'itself',
    },
    strike: (system) => system.trip('reorder', { share: 0.3 }, 5),
  },
  {
    id: 'half-open',
    title: 'half-open socket',
    strikes: 'the socket stays, nothing flows either way',
    options: flow,
    expected: {
      mode: 'ReduceOnly',
      codes: ['WS_DATA_STALE_RECONCILE_REQUIRED', 'DATA_MARKET_FEED_STALE'],
      withinMs: silenceMs,
      ends: 'itself',
    },
    strike: (system) => system.trip('half_open'),
  },
  {
    id: 'replies-lost',
    title: 'replies lost',
    strikes: 'four orders take effect; neither replies nor, for 6 s, notifications come',
    options: flow,
    expected: {
      mode: 'ReduceOnly',
      codes: ['REDUCEONLY_IN_DOUBT_ORDERS', 'EXEC_IN_DOUBT_ORDERS'],
      withinMs: 10_000,
      ends: 'itself',
    },
    strike: async (system) => {
      for (const method of ['private/buy', 'private/sell'])
        await system.trip('reply_lost', { method, count: 2 });
      for (const subject of ['user.orders', 'user.trades'])
        await system.trip('drop', { on: 'notifications', subject }, 6);
    },
  },
];
