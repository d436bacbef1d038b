/**
 * The simulated venue beside an order book library on the same flow: bare matching, then matching
 * as customers meet it (margin, fees, positions, history, public frames), which the library has
 * none of. And fan-out: book frames to many raw listeners, against one JSON.stringify per frame.
 */
import { OrderBook, Side as PeerSide } from 'nodejs-order-book';
import { Hooks } from '../../daemon/venue/faults/hooks.ts';
import { Hub } from '../../daemon/venue/hub.ts';
import { MarketFeed } from '../../daemon/venue/market-feed.ts';
import { Session } from '../../daemon/venue/session.ts';
import type { Side } from '../../streams/facts/market.ts';
import type { Clock, Socket } from '../../streams/ports/index.ts';
import {
  type Account,
  cancel,
  edit,
  type Order,
  place,
  seededRandom,
} from '../../streams/venues/simulated/index.ts';
import { limitTerms, simBench, simStartUs } from '../fixtures/venue-sim/engines.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';

const fullOrders = 100_000;
const quickOrders = 20_000;
const fullFrames = 20_000;
const quickFrames = 4_000;
const listeners = 32;
/** Ticks each side of the middle that orders are spread over. */
const spreadTicks = 40;
const middleTicks = 160_000;
/** Orders that stand at once, filled ones included. */
const standingOrders = 200;

interface Step {
  readonly kind: 'place' | 'cancel';
  readonly side: Side;
  readonly ticks: number;
  readonly lots: number;
  /** Place of the order in the flow that is cancelled. */
  readonly of: number;
}

/** Orders around the middle, some of which cross; beyond 200 of them the oldest is cancelled. */
function flowOf(count: number): Step[] {
  const random = seededRandom('bench/flow');
  const steps: Step[] = [];
  const waiting: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const isFull = waiting.length >= standingOrders;
    const side = random.next() < 0.5 ? 'buy' : 'sell';
    const away = random.integer(spreadTicks) - 4;
    if (!isFull) waiting.push(at);
    steps.push({
      kind: isFull ? 'cancel' : 'place',
      side,
      ticks: side === 'buy' ? middleTicks - away : middleTicks + away,
      lots: 1 + random.integer(50),
      of: isFull ? (waiting.shift() ?? 0) : 0,
    });
  }
  return steps;
}

function timed(count: number, work: () => void): Sample {
  const startedNs = process.hrtime.bigint();
  work();
  return { perSecond: count / (Number(process.hrtime.bigint() - startedNs) / 1e9) };
}

/** What stands at the end, lots: the proof that both did the same. */
interface Matched extends Sample {
  readonly restingLots: number;
}

function runOurs(steps: readonly Step[], house: boolean): Matched {
  const { engine, perpetual } = simBench();
  const owners: Account[] = ['one', 'two'].map((name) => engine.openAccount(name, house));
  for (const owner of owners) engine.deposit(owner, 'BTC', 1_000_000);
  const orders: (Order | undefined)[] = [];
  let nowUs = simStartUs;
  const sample = timed(steps.length, () => {
    for (const step of steps) {
      nowUs += 1_000;
      engine.run(nowUs, () => {
        if (step.kind === 'place') {
          // Who buys never sells: the library knows nothing of self-trading.
          const owner = owners[step.side === 'buy' ? 0 : 1];
          if (owner === undefined) return;
          orders.push(
            place(engine, owner, perpetual, limitTerms(step.side, step.ticks, step.lots)),
          );
          return;
        }
        const order = orders[step.of];
        if (order?.state === 'open') cancel(engine, order);
        orders.push(undefined);
      });
    }
  });
  let restingLots = 0;
  for (const side of [perpetual.book.bids, perpetual.book.asks])
    for (const level of side.levels.values()) restingLots += level.lots;
  return { ...sample, restingLots };
}

function runPeer(steps: readonly Step[]): Matched {
  const book = new OrderBook();
  const sample = timed(steps.length, () => {
    for (const [at, step] of steps.entries()) {
      if (step.kind === 'place')
        book.limit({
          id: String(at),
          side: step.side === 'buy' ? PeerSide.BUY : PeerSide.SELL,
          size: step.lots,
          price: step.ticks / 2,
        });
      else book.cancel(String(step.of));
    }
  });
  const restingLots = book
    .depth()
    .flat()
    .reduce((sum, [, size]) => sum + size, 0);
  return { ...sample, restingLots };
}

async function matchingRow(options: BenchOptions, house: boolean): Promise<BenchRow> {
  const steps = flowOf(options.quick ? quickOrders : fullOrders);
  const [ours, theirs] = [runOurs(steps, house).restingLots, runPeer(steps).restingLots];
  if (ours !== theirs || ours === 0)
    throw new Error(`the books differ at the end: ${ours} and ${theirs} lots`);
  const samples = await interleave(roundsOf(options), {
    peer: async () => runPeer(steps),
    ours: async () => runOurs(steps, house),
  });
  const perSecond = (of: readonly Sample[]): number[] => of.map((sample) => sample.perSecond);
  return {
    name: house ? 'venue: matching alone' : 'venue: matching with margin, fees, history',
    unit: 'orders and cancels/s',
    floor: spreadOf(perSecond(samples.peer)),
    ours: spreadOf(perSecond(samples.ours)),
    ratio: spreadOf(
      samples.ours.map((one, round) => one.perSecond / (samples.peer[round]?.perSecond ?? 1)),
    ),
    peer: 'nodejs-order-book 10.1.1 (the floor column)',
    targets: [],
    notes: house
      ? ['ours also makes a public book frame and trades of every step; the library keeps neither']
      : ['the library has no accounts: its column is the same as in the row above'],
  };
}

/** A socket that counts what it is given. */
function countingSocket(count: (bytes: number) => void): Socket {
  return {
    bufferedBytes: 0,
    isOpen: true,
    remoteAddress: 'bench',
    send(data) {
      count(data.length);
      return true;
    },
    ping() {},
    close() {},
    terminate() {},
  };
}

/** Frames of a quoting maker, delivered to every listener; returns frames × listeners per second. */
function runFanOut(frames: number): Sample {
  const bench = simBench();
  const { engine, perpetual, maker } = bench;
  let bytes = 0;
  const clock = { every: () => () => undefined } as unknown as Clock;
  const hooks = new Hooks();
  const hub: Hub = new Hub(engine, clock, () => undefined);
  const feed = new MarketFeed(
    engine,
    () => hub,
    hooks,
    () => engine.nowUs,
    false,
  );
  const spec = hub.parse('book.BTC-PERPETUAL.raw');
  if (spec === undefined) throw new Error('no raw book channel');
  for (let at = 0; at < listeners; at += 1) {
    const socket = countingSocket((length) => {
      bytes += length;
    });
    hub.join(new Session(at, socket, clock, hooks), 'book.BTC-PERPETUAL.raw', spec);
  }
  const orders = quote(bench);
  engine.listen({
    trades() {},
    quote() {},
    ticker() {},
    index() {},
    volatility() {},
    state() {},
    listed() {},
    changes() {},
    committed() {},
    book: (market, frame) => feed.book(market, frame),
  });
  const sample = timed(frames * listeners, () => {
    for (let at = 0; at < frames; at += 1) {
      const order = orders[at % orders.length];
      engine.run(engine.nowUs + 1_000, () => {
        if (order !== undefined) edit(engine, order, { lots: 100 + (at % 900) });
      });
    }
  });
  if (bytes === 0 || maker.openOrders.size !== orders.length || perpetual.changeId === 0)
    throw new Error('nothing was sent');
  return sample;
}

function quote({ engine, perpetual, maker }: ReturnType<typeof simBench>): Order[] {
  return engine.run(simStartUs, () =>
    Array.from({ length: 20 }, (_, level) =>
      place(
        engine,
        maker,
        perpetual,
        limitTerms(
          level % 2 === 0 ? 'buy' : 'sell',
          middleTicks + (level % 2 === 0 ? -1 : 1) * (level + 1),
          500,
        ),
      ),
    ),
  );
}

/** The least a server does: one object per frame, one JSON.stringify, handed to every listener. */
function runPlainFanOut(frames: number): Sample {
  let bytes = 0;
  const sockets = Array.from({ length: listeners }, () =>
    countingSocket((length) => {
      bytes += length;
    }),
  );
  const sample = timed(frames * listeners, () => {
    for (let at = 0; at < frames; at += 1) {
      const data = {
        timestamp: 1_795_219_200_000 + at,
        type: 'change',
        change_id: at,
        instrument_name: 'BTC-PERPETUAL',
        bids: [['change', 79_999.5, (at % 900) * 10]],
        asks: [],
        prev_change_id: at - 1,
      };
      const text = JSON.stringify({
        jsonrpc: '2.0',
        method: 'subscription',
        params: { channel: 'book.BTC-PERPETUAL.raw', data },
      });
      for (const socket of sockets) socket.send(text);
    }
  });
  if (bytes === 0) throw new Error('nothing was sent');
  return sample;
}

async function fanOutRow(options: BenchOptions): Promise<BenchRow> {
  const frames = options.quick ? quickFrames : fullFrames;
  const samples = await interleave(roundsOf(options), {
    plain: async () => runPlainFanOut(frames),
    ours: async () => runFanOut(frames),
  });
  const perSecond = (of: readonly Sample[]): number[] => of.map((sample) => sample.perSecond);
  return {
    name: `venue: fan-out to ${listeners} raw listeners`,
    unit: 'frames delivered/s',
    floor: spreadOf(perSecond(samples.plain)),
    ours: spreadOf(perSecond(samples.ours)),
    ratio: spreadOf(
      samples.ours.map((one, round) => one.perSecond / (samples.plain[round]?.perSecond ?? 1)),
    ),
    peer: '–',
    targets: [],
    notes: [
      'ours edits an order, commits, spells the frame and passes the fault hooks; no sockets in either',
    ],
  };
}

export async function venueBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  return [
    await matchingRow(options, true),
    await matchingRow(options, false),
    await fanOutRow(options),
  ];
}
