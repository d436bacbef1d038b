/** Fan-out of the simulated venue: book frames to many raw listeners, against one JSON.stringify per frame. */
import { Hooks } from '../../daemon/venue/faults/hooks.ts';
import { Hub } from '../../daemon/venue/hub.ts';
import { MarketFeed } from '../../daemon/venue/market-feed.ts';
import { Session } from '../../daemon/venue/session.ts';
import type { Clock, Socket } from '../../streams/ports/index.ts';
import { edit, type Order, place } from '../../streams/venues/simulated/index.ts';
import { limitTerms, simBench, simStartUs } from '../fixtures/venue-sim/engines.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';

const fullFrames = 20_000;
const quickFrames = 4_000;
const listeners = 32;
const middleTicks = 160_000;

function timed(count: number, work: () => void): Sample {
  const startedNs = process.hrtime.bigint();
  work();
  return { perSecond: count / (Number(process.hrtime.bigint() - startedNs) / 1e9) };
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
    record() {},
    protection() {},
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

/** Frames delivered to 32 listeners of a raw book. */
export async function fanOutRow(options: BenchOptions): Promise<BenchRow> {
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
