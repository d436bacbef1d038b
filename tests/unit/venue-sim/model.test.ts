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
  cancel,
  edit,
  type Order,
  VenueError,
} from '../../../streams/venues/simulated/index.ts';
import { limitTerms, send } from '../../fixtures/venue-sim/engines.ts';
import {
  NaiveBook,
  type NaiveOrder,
  type NaiveTerms,
} from '../../fixtures/venue-sim/naive-book.ts';
import {
  check,
  createReal,
  type Model,
  type Real,
} from '../../fixtures/venue-sim/watched-engine.ts';

const model = suite('venue model');

class Place implements fc.Command<Model, Real> {
  readonly terms: NaiveTerms;

  constructor(terms: NaiveTerms) {
    this.terms = terms;
  }

  check(): boolean {
    return true;
  }

  run(m: Model, real: Real): void {
    const { owner, side, ticks, lots, kind, reduceOnly, display } = this.terms;
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
          displayLots: display,
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
        display: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined, freq: 2 }),
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
    { numRuns: 600 },
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
