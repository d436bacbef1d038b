/** Faults of markets: maintenance, halts, books that freeze, tear, cross or empty. */
import { z } from 'zod';
import type { CancelTimer } from '../../../streams/ports/index.ts';
import { cancelWhere, invalidParam, type Market } from '../../../streams/venues/simulated/index.ts';
import type { Channel } from '../channel.ts';
import {
  countParam,
  type EndFault,
  type FaultContext,
  type FaultRow,
  fault,
  instrumentParam,
  marketsNamed,
} from './contract.ts';

/** What a frozen feed still says: the state of things, not their prices. */
const stateTopics = new Set<string>(['platform', 'methods', 'announcements', 'state']);

/** Announced with its times, as the venue's people write them; taken back when it is over. */
function startMaintenance(
  context: FaultContext,
  announceS: number,
  lastS: number | undefined,
): EndFault {
  const { hooks, marketFeed, clock, announcements } = context;
  const fromUs = context.nowUs() + announceS * 1_000_000;
  const until = lastS === undefined ? '' : ` until ${utcText(fromUs + lastS * 1_000_000)}`;
  const id = announcements.publish(
    'Scheduled maintenance',
    `The platform will be locked from ${utcText(fromUs)}${until}.`,
  );
  let cancelEnd: CancelTimer = () => undefined;
  const lock = (): void => {
    hooks.maintenance = true;
    marketFeed.platform(true);
    if (lastS !== undefined) cancelEnd = clock.after(lastS * 1_000, () => context.usedUp());
  };
  const cancelLock = announceS === 0 ? undefined : clock.after(announceS * 1_000, lock);
  if (announceS === 0) lock();
  return () => {
    cancelLock?.();
    cancelEnd();
    announcements.withdraw(id);
    if (!hooks.maintenance) return;
    hooks.maintenance = false;
    marketFeed.platform(false);
  };
}

/** `2026-11-21 08:00:00 UTC`. */
function utcText(us: number): string {
  const text = new Date(Math.floor(us / 1_000)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

function startHalt(context: FaultContext, markets: readonly Market[]): EndFault {
  const turn = (from: Market['state'], to: Market['state']): void => {
    context.engine.run(context.nowUs(), () => {
      for (const market of markets) {
        if (market.state !== from) continue;
        market.state = to;
        context.engine.noteState(market);
      }
    });
  };
  turn('open', 'halted');
  return () => turn('halted', 'open');
}

function topicOf(channel: Channel): string {
  return channel.spec.topic;
}

function concerns(channel: Channel, instrument: string | undefined): boolean {
  if (instrument === undefined) return true;
  const { spec } = channel;
  return spec.kind === 'market' && spec.markets.some(({ product }) => product.name === instrument);
}

/** Loses the next frames of each channel of a topic that chains or counts. */
function startGap(
  context: FaultContext,
  topic: 'book' | 'trades',
  { instrument, count }: { instrument: string; count: number },
): EndFault {
  marketsNamed(context, instrument);
  const lost = new Map<Channel, number>();
  return context.hooks.published.add(({ channel, greeting }) => {
    if (greeting || topicOf(channel) !== topic || !concerns(channel, instrument)) return false;
    if (channel.spec.kind === 'market' && channel.spec.depth !== undefined) return false;
    const before = lost.get(channel) ?? 0;
    if (before >= count) return false;
    lost.set(channel, before + 1);
    if (before + 1 === count) context.usedUp();
    return true;
  });
}

/** A bid above the best ask: displayed and properly chained, standing in no book. */
function startCrossed(
  context: FaultContext,
  { instrument, ticks, lots }: { instrument: string; ticks: number; lots: number },
): EndFault {
  const { engine, nowUs } = context;
  const [market] = marketsNamed(context, instrument);
  const ask = market?.bestTicks('sell');
  if (market === undefined || ask === undefined)
    throw invalidParam('instrument', `${instrument} has no ask to cross`);
  const at = ask + ticks;
  const publish = (before: number, now: number): void =>
    engine.run(nowUs(), () =>
      engine.publishFrame(market, {
        changeId: engine.nextChangeId(),
        prevChangeId: market.changeId,
        tsUs: engine.nowUs,
        bids: [at, before, now],
        asks: [],
      }),
    );
  publish(0, lots);
  return () => publish(lots, market.displayed('buy').lotsAt(at));
}

/** Every maker takes its quotes away and stays away; customers' orders stay. */
function startEmpty(context: FaultContext, markets: readonly Market[]): EndFault {
  const { engine, nowUs } = context;
  if (markets.some((market) => market.tape !== undefined))
    throw invalidParam('instrument', 'a recorded book cannot be emptied');
  engine.run(nowUs(), () => {
    for (const market of markets) market.deserted = true;
    for (const account of engine.accounts) {
      if (account.house) cancelWhere(engine, account, ({ market }) => markets.includes(market));
    }
  });
  return () => {
    for (const market of markets) market.deserted = false;
  };
}

export const marketFaults: readonly FaultRow[] = [
  fault(
    'maintenance',
    'wire',
    'Maintenance is announced with its times; then the platform is locked and every private request answers 11051.',
    {
      announce_s: z
        .number()
        .min(0)
        .max(86_400)
        .default(0)
        .describe('seconds between the announcement and the lock'),
      last_s: z
        .number()
        .gt(0)
        .max(86_400)
        .optional()
        .describe('seconds it lasts, announced as well; until the fault ends when left out'),
    },
    (context, { announce_s, last_s }) => startMaintenance(context, announce_s, last_s),
  ),
  fault(
    'halt',
    'engine',
    'Trading halts: the state is `halted`, orders are refused, books stand, cancels work.',
    { instrument: instrumentParam.optional() },
    (context, { instrument }) => startHalt(context, marketsNamed(context, instrument)),
  ),
  fault(
    'frozen_feed',
    'wire',
    'Public notifications stop while heartbeats, replies and private notifications go on.',
    {
      instrument: instrumentParam.optional(),
      topics: z
        .array(z.enum(['book', 'ticker', 'quote', 'trades', 'index', 'volatility']))
        .optional()
        .describe('only these'),
    },
    (context, { instrument, topics }) =>
      context.hooks.published.add(({ channel }) => {
        const topic = topicOf(channel);
        const wanted = topics?.some((each) => each === topic) ?? !stateTopics.has(topic);
        return wanted && concerns(channel, instrument);
      }),
  ),
  fault(
    'book_gap',
    'wire',
    'Change frames of a book are lost: `prev_change_id` does not fit any more.',
    { instrument: instrumentParam, count: countParam.default(1) },
    (context, wanted) => startGap(context, 'book', wanted),
  ),
  fault(
    'trade_gap',
    'wire',
    'Public trades are lost: `trade_seq` jumps.',
    { instrument: instrumentParam, count: countParam.default(1) },
    (context, wanted) => startGap(context, 'trades', wanted),
  ),
  fault(
    'crossed_book',
    'wire',
    'The book shows a bid above its best ask, in a frame that chains properly.',
    {
      instrument: instrumentParam,
      ticks: z.number().int().min(0).default(4).describe('how far above the ask'),
      lots: z.number().int().min(1).default(100).describe('how much'),
    },
    startCrossed,
  ),
  fault(
    'empty_book',
    'engine',
    'Every maker leaves and quotes anew when it ends: only customers stand in the books. Not against recordings.',
    { instrument: instrumentParam.optional() },
    (context, { instrument }) => startEmpty(context, marketsNamed(context, instrument)),
  ),
];
