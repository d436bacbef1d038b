/**
 * The simulated venue beside an order book library on the same flow: bare matching, then matching
 * as customers meet it (margin, fees, positions, history, public frames), which the library has
 * none of.
 */
import { OrderBook, Side as PeerSide } from 'nodejs-order-book';
import type { Side } from '../../streams/facts/market.ts';
import {
  type Account,
  cancel,
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
import { fanOutRow } from './venue-fan-out.ts';

const fullOrders = 100_000;
const quickOrders = 20_000;
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

export async function venueBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  return [
    await matchingRow(options, true),
    await matchingRow(options, false),
    await fanOutRow(options),
  ];
}
