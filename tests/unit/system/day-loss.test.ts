/** The loss of the UTC day: signs of every kind of instrument, and a baseline nothing makes forget. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  createVirtualWorld,
  systemError,
  type VirtualNode,
  type VirtualWorld,
} from '../../../daemon/ports/virtual/index.ts';
import { DayLoss, totalPnlUsdFloat, unrealisedUsdFloat } from '../../../daemon/system/day-loss.ts';
import { usFromIso, usPerDay } from '../../../streams/facts/time.ts';
import { hasCode } from '../../fixtures/facts/errors.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { marketOf, positionOf, positionsOf } from '../../fixtures/system/markets.ts';

const dayLoss = suite('day loss');

const inverse = perpetualInstrument();
const linear = perpetualInstrument({
  name: 'BTC_USDC-PERPETUAL',
  margin: 'linear',
  lot_size: '0.001',
  min_amount: '0.001',
  contract_size: '0.001',
});
const option = optionInstrument();
const linearOption = optionInstrument({ name: 'BTC_USDC-25DEC26-76000-C', margin: 'linear' });

function near(actual: number | undefined, expected: number): void {
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-6, `${actual}, not ${expected}`);
}

for (const [what, instrument, lots, entry, mark, index, usd] of [
  // 10,000 USD from 50,000 to 60,000: 0.2 − 0.16667 BTC, at 60,000.
  ['an inverse long that rose', inverse, 1_000, 50_000, 60_000, 60_000, 2_000],
  ['an inverse short that rose', inverse, -1_000, 50_000, 60_000, 60_000, -2_000],
  ['an inverse long that fell', inverse, 1_000, 50_000, 40_000, 40_000, -2_000],
  ['a linear long that rose', linear, 500, 50_000, 60_000, 0, 5_000],
  ['a linear short that rose', linear, -500, 50_000, 60_000, 0, -5_000],
  // 1 BTC of options from 0.05 to 0.06 BTC each, at 60,000.
  ['an option bought that rose', option, 10, 0.05, 0.06, 60_000, 600],
  ['an option sold that rose', option, -10, 0.05, 0.06, 60_000, -600],
  ['an option bought that is worth nothing now', option, 10, 0.05, 0, 60_000, -3_000],
  ['a linear option that rose', linearOption, 10, 100, 150, 0, 50],
  ['nothing held', inverse, 0, 0, 60_000, 60_000, 0],
] as const) {
  dayLoss(`${what} is worth ${usd} USD`, () => {
    const position = positionOf(instrument, { signedLots: lots, averagePriceFloat: entry });
    const market = marketOf({ instrument, markFloat: mark, indexFloat: index });
    near(unrealisedUsdFloat(position, market), usd);
  });
}

for (const [what, instrument, entry, quote] of [
  ['an instrument nobody knows', inverse, 50_000, undefined],
  ['no ticker yet', inverse, 50_000, {}],
  ['a mark of nothing', inverse, 50_000, { markFloat: 0, indexFloat: 60_000 }],
  ['a mark that is no number', inverse, 50_000, { markFloat: Number.NaN, indexFloat: 60_000 }],
  ['a negative mark of an option', option, 0.05, { markFloat: -1, indexFloat: 60_000 }],
  ['no index to value coins at', inverse, 50_000, { markFloat: 60_000, indexFloat: 0 }],
  ['no index for an option', option, 0.05, { markFloat: 0.06, indexFloat: Number.NaN }],
  ['no entry price', inverse, 0, { markFloat: 60_000, indexFloat: 60_000 }],
] as const) {
  dayLoss(`${what}: the profit is unknown, not zero`, () => {
    const position = positionOf(instrument, { signedLots: 10, averagePriceFloat: entry });
    const market = quote === undefined ? marketOf() : marketOf({ instrument, ...quote });
    assert.is(unrealisedUsdFloat(position, market), undefined);
    assert.is(totalPnlUsdFloat(positionsOf(position), market), undefined);
  });
}

dayLoss('the total is what was realised and what is open, and unknown when one part is', () => {
  const flat = positionOf(linear, { realisedUsdFloat: -70 });
  const open = positionOf(inverse, {
    signedLots: 1_000,
    averagePriceFloat: 50_000,
    realisedUsdFloat: 20,
  });
  const market = marketOf({ instrument: inverse, markFloat: 60_000, indexFloat: 60_000 });
  near(totalPnlUsdFloat(positionsOf(flat, open), market), 1_950);
  assert.is(totalPnlUsdFloat(positionsOf(flat, open), marketOf()), undefined);
  assert.is(totalPnlUsdFloat(positionsOf(), marketOf()), 0);
});

const noonUs = usFromIso('2026-11-21T12:00:00Z');
const path = '/data/day.json';

interface Bench {
  readonly world: VirtualWorld;
  readonly node: VirtualNode;
  pnl: number | undefined;
  /** A process that starts now and reads what the disk holds. */
  start(): DayLoss;
}

function bench(): Bench {
  const world = createVirtualWorld({ seed: 1, startUs: noonUs, log: { level: 'warn' } });
  const node = world.node('daemon');
  node.ports.disk.makeDirectory('/data');
  return {
    world,
    node,
    pnl: 100,
    start() {
      return new DayLoss({ ports: node.ports, path, pnl: () => this.pnl });
    },
  };
}

function lossAt(of: Bench, loss: DayLoss, pnl: number | undefined): number | undefined {
  of.pnl = pnl;
  return loss.lossUsdFloat();
}

dayLoss('is counted from where the day began, losses positive', () => {
  const of = bench();
  const loss = of.start();
  assert.is(lossAt(of, loss, 100), 0);
  assert.is(lossAt(of, loss, 40), 60);
  assert.is(lossAt(of, loss, 130), -30);
});

dayLoss('is unknown while the profit is, and the day begins with the first known one', () => {
  const of = bench();
  const loss = of.start();
  assert.is(lossAt(of, loss, undefined), undefined);
  assert.is(lossAt(of, loss, 100), 0);
  assert.is(lossAt(of, loss, undefined), undefined);
  assert.is(lossAt(of, loss, 90), 10);
});

dayLoss('a restart keeps the baseline', () => {
  const of = bench();
  lossAt(of, of.start(), 100);
  assert.is(lossAt(of, of.start(), 40), 60);
});

dayLoss('a new day begins at the profit of its first look, across restarts as well', async () => {
  const of = bench();
  const loss = of.start();
  lossAt(of, loss, 100);
  await of.world.clock.runFor(12 * 3_600_000 - 1);
  assert.is(lossAt(of, loss, 40), 60, 'the last millisecond of the day');
  await of.world.clock.runFor(1);
  assert.is(lossAt(of, loss, 40), 0, 'midnight');
  assert.is(lossAt(of, of.start(), 10), 30, 'after a restart');
  await of.world.clock.runFor(24 * 3_600_000);
  assert.is(lossAt(of, of.start(), 10), 0, 'a day later');
});

dayLoss('a clock that is set back does not forget what was lost', () => {
  const of = bench();
  const loss = of.start();
  lossAt(of, loss, 100);
  of.node.wallClock.offsetUs = -usPerDay;
  assert.is(lossAt(of, loss, 40), 60);
  of.node.wallClock.offsetUs = 0;
  assert.is(lossAt(of, loss, 40), 60);
});

dayLoss('a day that was noted years ahead does not hold for years', () => {
  const of = bench();
  of.node.wallClock.offsetUs = 400 * usPerDay;
  lossAt(of, of.start(), 100);
  of.node.wallClock.offsetUs = 0;
  const loss = of.start();
  assert.is(lossAt(of, loss, 40), 0);
  assert.is(lossAt(of, loss, 30), 10);
});

for (const text of [
  '',
  '{',
  '[]',
  '{"utc_day":"2026-11-21"}',
  '{"utc_day":"x","pnl_usd_float":1}',
]) {
  dayLoss(`a baseline of ${JSON.stringify(text)} is refused, with what to do`, () => {
    const of = bench();
    of.node.ports.disk.writeFileAtomic(path, text);
    assert.throws(() => of.start(), hasCode('SCHEMA_INVALID'));
    assert.throws(() => of.start(), /\/data\/day\.json.*remove it/);
  });
}

dayLoss(
  'a full disk costs neither the loss of the day nor the log, and is tried again',
  async () => {
    const of = bench();
    const loss = of.start();
    let tries = 0;
    of.node.disk.onOperation = (operation) => {
      if (operation !== 'write') return;
      tries += 1;
      throw systemError('ENOSPC', path);
    };
    for (let look = 0; look < 50; look += 1) {
      assert.is(lossAt(of, loss, 100 - look), look);
      await of.world.clock.runFor(100);
    }
    assert.is(tries, 1);
    of.node.disk.onOperation = undefined;
    await of.world.clock.runFor(10_000);
    lossAt(of, loss, 0);
    assert.is(lossAt(of, of.start(), 0), 100, 'the baseline is that of the first look');
  },
);

dayLoss.run();
