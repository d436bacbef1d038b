/**
 * The engine against a naive book, command by command: the same fills, the same queues, whatever
 * the sequence. Beside it what must always hold: nothing crossed, nothing made or lost, ids unique,
 * sequences without gaps, frames that rebuild the book.
 */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Side } from '../../../streams/facts/market.ts';
import {
  type Account,
  type BookFrame,
  cancel,
  edit,
  type Order,
  VenueError,
} from '../../../streams/venues/simulated/index.ts';
import {
  type Bench,
  limitTerms,
  send,
  simBench,
  totals,
} from '../../fixtures/venue-sim/engines.ts';
import {
  NaiveBook,
  type NaiveOrder,
  type NaiveTerms,
} from '../../fixtures/venue-sim/naive-book.ts';

const model = suite('venue model');

interface Real {
  readonly bench: Bench;
  readonly owners: readonly Account[];
  readonly orders: Order[];
  readonly shown: Record<Side, Map<number, number>>;
  lastChangeId: number;
  readonly tradeIds: Set<string>;
  lastSeq: number;
}
interface Model {
  readonly book: NaiveBook;
}

function createReal(): Real {
  const bench = simBench();
  const owners = ['ann', 'bob', 'cy'].map((name) => {
    const account = bench.engine.openAccount(name, false);
    bench.engine.deposit(account, 'BTC', 1_000_000);
    return account;
  });
  const real: Real = {
    bench,
    owners,
    orders: [],
    shown: { buy: new Map(), sell: new Map() },
    lastChangeId: 0,
    tradeIds: new Set(),
    lastSeq: bench.perpetual.tradeSeq,
  };
  bench.engine.listen({
    quote() {},
    ticker() {},
    index() {},
    volatility() {},
    state() {},
    listed() {},
    changes() {},
    committed() {},
    book: (_, frame) => follow(real, frame),
    trades(_, trades) {
      for (const trade of trades) {
        assert.is(trade.seq, real.lastSeq + 1, 'a trade sequence has a gap');
        assert.not(real.tradeIds.has(trade.id), 'a trade id came twice');
        real.lastSeq = trade.seq;
        real.tradeIds.add(trade.id);
      }
    },
  });
  return real;
}

function follow(real: Real, frame: BookFrame): void {
  assert.is(frame.prevChangeId, real.lastChangeId, 'the change chain is broken');
  assert.ok(frame.changeId > frame.prevChangeId);
  real.lastChangeId = frame.changeId;
  for (const [side, moves] of [
    ['buy', frame.bids],
    ['sell', frame.asks],
  ] as const) {
    for (let at = 0; at < moves.length; at += 3) {
      const [ticks = 0, before = 0, now = 0] = moves.slice(at, at + 3);
      assert.is(real.shown[side].get(ticks) ?? 0, before, 'a frame tells a wrong past');
      if (now === 0) real.shown[side].delete(ticks);
      else real.shown[side].set(ticks, now);
    }
  }
}

/** Everything that must hold after every command. */
function check(m: Model, real: Real): void {
  const { perpetual, engine } = real.bench;
  assert.equal(totals(engine), { lots: 0, money: 0 });
  const bid = perpetual.bestTicks('buy') ?? 0;
  const ask = perpetual.bestTicks('sell') ?? Number.POSITIVE_INFINITY;
  assert.ok(bid < ask, `crossed: ${bid} and ${ask}`);
  for (const side of ['buy', 'sell'] as const) {
    const expected = m.book
      .queue(side)
      .map((order) => [order.key, order.ticks, order.lots - order.filled]);
    assert.equal(realQueue(real, side), expected);
    const levels = new Map<number, number>();
    for (const [, ticks = 0, lots = 0] of expected)
      levels.set(ticks, (levels.get(ticks) ?? 0) + lots);
    assert.equal([...real.shown[side]].sort(byTicks), [...levels].sort(byTicks));
  }
  for (const [key, order] of real.orders.entries()) {
    const naive = m.book.orders[key];
    assert.equal([order.state, order.filledLots], [naive?.state, naive?.filled]);
  }
  for (const [owner, account] of real.owners.entries()) {
    const lots = account.positions.get(perpetual.product.index)?.lots ?? 0;
    assert.is(lots, m.book.held.get(owner) ?? 0);
  }
}

function byTicks(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0];
}

function realQueue(real: Real, side: Side): number[][] {
  const { levels, prices } = real.bench.perpetual.book.sideOf(side);
  const queue: number[][] = [];
  for (const ticks of [...prices].reverse())
    for (let order = levels.get(ticks)?.head; order !== undefined; order = order.next)
      queue.push([real.orders.indexOf(order), order.priceTicks, order.lots - order.filledLots]);
  return queue;
}

class Place implements fc.Command<Model, Real> {
  readonly terms: NaiveTerms;

  constructor(terms: NaiveTerms) {
    this.terms = terms;
  }

  check(): boolean {
    return true;
  }

  run(m: Model, real: Real): void {
    const { owner, side, ticks, lots, kind, reduceOnly } = this.terms;
    const expected = m.book.place(this.terms);
    const postOnly = kind === 'post_only' || kind === 'post_only_reject';
    const account = real.owners[owner];
    if (account === undefined) throw new Error(`no owner ${owner}`);
    // Registered before it trades: the queue is compared by position in this list.
    let order: Order | undefined;
    try {
      order = send(
        real.bench,
        account,
        real.bench.perpetual,
        limitTerms(side, ticks, lots, {
          timeInForce: postOnly ? 'good_til_cancelled' : kind,
          postOnly,
          rejectPostOnly: kind === 'post_only_reject',
          reduceOnly,
        }),
      );
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      assert.is(expected, undefined, `refused by ${error.code}`);
      const reasons = [...(reduceOnly ? [11030] : []), ...(postOnly ? [11054] : [])];
      assert.ok(reasons.includes(error.code), String(error.code));
      return;
    }
    assert.ok(expected !== undefined, 'accepted what should be refused');
    assert.is(order.priceTicks, expected.ticks);
    assert.not(
      real.orders.some((each) => each.id === order?.id),
      'an order id came twice',
    );
    real.orders.push(order);
    check(m, real);
  }

  toString(): string {
    return `place ${JSON.stringify(this.terms)}`;
  }
}

/** Picks one of the open orders. */
function chosen(m: Model, pick: number): NaiveOrder | undefined {
  const open = m.book.orders.filter((order) => order.state === 'open');
  return open.length === 0 ? undefined : open[pick % open.length];
}

class Cancel implements fc.Command<Model, Real> {
  readonly pick: number;

  constructor(pick: number) {
    this.pick = pick;
  }

  check(m: Readonly<Model>): boolean {
    return chosen(m, this.pick) !== undefined;
  }

  run(m: Model, real: Real): void {
    const naive = chosen(m, this.pick);
    const order = real.orders[naive?.key ?? -1];
    if (naive === undefined || order === undefined) throw new Error('nothing to cancel');
    m.book.cancel(naive);
    const { engine } = real.bench;
    engine.run(engine.nowUs + 1_000, () => cancel(engine, order));
    check(m, real);
  }

  toString(): string {
    return `cancel ${this.pick}`;
  }
}

class Edit implements fc.Command<Model, Real> {
  readonly pick: number;
  readonly more: number;
  readonly ticks: number | undefined;

  constructor(pick: number, more: number, ticks: number | undefined) {
    this.pick = pick;
    this.more = more;
    this.ticks = ticks;
  }

  check(m: Readonly<Model>): boolean {
    return chosen(m, this.pick) !== undefined;
  }

  run(m: Model, real: Real): void {
    const naive = chosen(m, this.pick);
    const order = real.orders[naive?.key ?? -1];
    if (naive === undefined || order === undefined) throw new Error('nothing to edit');
    const lots = naive.filled + this.more;
    const ticks = this.ticks ?? naive.ticks;
    const accepted = m.book.edit(naive, lots, ticks);
    const { engine } = real.bench;
    try {
      engine.run(engine.nowUs + 1_000, () =>
        edit(engine, order, { lots, priceTicks: ticks, postOnly: false }),
      );
      assert.ok(accepted, 'accepted what should be refused');
    } catch (error) {
      if (!(error instanceof VenueError)) throw error;
      assert.equal([error.code, accepted], [11030, false]);
    }
    check(m, real);
  }

  toString(): string {
    return `edit ${this.pick} to ${this.more} more at ${this.ticks ?? 'its price'}`;
  }
}

const ticks = fc.integer({ min: 159_994, max: 160_006 });
const lots = fc.integer({ min: 1, max: 60 });
const pick = fc.nat(1_000);
const kind = fc.constantFrom(
  'good_til_cancelled',
  'good_til_cancelled',
  'good_til_cancelled',
  'immediate_or_cancel',
  'fill_or_kill',
  'fill_or_kill',
  'post_only',
  'post_only_reject',
) as fc.Arbitrary<NaiveTerms['kind']>;

const commands = fc.commands(
  [
    fc
      .record({
        owner: fc.nat(2),
        side: fc.constantFrom('buy', 'sell') as fc.Arbitrary<Side>,
        ticks,
        lots,
        kind,
        reduceOnly: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, fc.boolean()),
      })
      .map((terms) => new Place(terms)),
    pick.map((at) => new Cancel(at)),
    fc
      .tuple(pick, lots, fc.option(ticks, { nil: undefined }))
      .map(([at, more, to]) => new Edit(at, more, to)),
  ],
  { maxCommands: 120, size: 'max' },
);

model('agrees with the naive book on every sequence of commands', () => {
  fc.assert(
    fc.property(commands, (sequence) => {
      fc.modelRun(() => ({ model: { book: new NaiveBook() }, real: createReal() }), sequence);
    }),
    { numRuns: 1_000 },
  );
});

model('a fill-or-kill counts only what reduce-only makers may still close', () => {
  const { bench, owners } = createReal();
  const [ann, bob] = owners as [Account, Account];
  const { perpetual, maker } = bench;
  send(bench, maker, perpetual, limitTerms('sell', 160_000, 10));
  send(bench, ann, perpetual, limitTerms('buy', 160_000, 10));
  for (const ticks of [160_002, 160_003])
    send(bench, ann, perpetual, limitTerms('sell', ticks, 8, { reduceOnly: true }));
  const whole = { timeInForce: 'fill_or_kill' } as const;
  const tooMuch = send(bench, bob, perpetual, limitTerms('buy', 160_010, 11, whole));
  assert.equal([tooMuch.state, tooMuch.filledLots], ['cancelled', 0]);
  const enough = send(bench, bob, perpetual, limitTerms('buy', 160_010, 10, whole));
  assert.equal([enough.state, enough.filledLots], ['filled', 10]);
});

model.run();
