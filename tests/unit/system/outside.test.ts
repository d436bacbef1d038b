/** What the daemon makes of its market for the monitors: underlyings, their perpetuals, the option chain, the fee age. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createVirtualWorld } from '../../../daemon/ports/virtual/index.ts';
import { FeeAge } from '../../../daemon/system/fee-age.ts';
import { smilesOf } from '../../../daemon/system/option-chain.ts';
import {
  perpetualOf,
  underlyingReadings,
  underlyingsOf,
} from '../../../daemon/system/underlyings.ts';
import type { InstrumentView, MarketView } from '../../../streams/facts/market.ts';
import { InstrumentBook } from '../../../streams/market/instrument-book.ts';
import { optionInstrument, perpetualInstrument } from '../../fixtures/instruments.ts';
import { tickerEvent } from '../../fixtures/market-events.ts';
import { marketOf } from '../../fixtures/system/markets.ts';

const outside = suite('the world outside');

const inverse = perpetualInstrument();
const linear = perpetualInstrument({
  name: 'BTC_USDC-PERPETUAL',
  margin: 'linear',
  quote_currency: 'USDC',
  settlement_currency: 'USDC',
});
const ethOption = optionInstrument({ name: 'ETH-25DEC26-3000-C', base_currency: 'ETH' });
const market = marketOf(...[linear, inverse, ethOption].map((instrument) => ({ instrument })));

outside('underlyings are the base currencies of what is traded', () => {
  assert.equal(underlyingsOf([ethOption.name, inverse.name, linear.name], market), ['BTC', 'ETH']);
});

outside(
  'an underlying is judged by its inverse perpetual, by a linear one where there is no other',
  () => {
    assert.is(perpetualOf('BTC', market)?.instrument.name, inverse.name);
    assert.is(perpetualOf('BTC', marketOf({ instrument: linear }))?.instrument.name, linear.name);
    assert.is(perpetualOf('ETH', market), undefined);
  },
);

function chainOf(instruments: readonly InstrumentView[]): MarketView {
  return { get: () => undefined, instruments, lastEventMonotonicUs: 0 };
}

const sources = {
  underlyings: ['BTC', 'ETH'],
  market,
  volatility: new Map([['btc_usd', { valueFloat: 55, atUs: 0 }]]),
  refusedChannels: ['deribit_volatility_index.eth_usd'],
  nowUs: 30_000_000,
  jumpWindowS: 60,
  perpetualRequired: true,
};

outside(
  'an index is fresh for half its window, then missing; one the venue refuses does not exist',
  () => {
    const [btc, eth] = underlyingReadings(sources);
    assert.equal([btc?.volatilityFloat, eth?.volatilityFloat], [55, null]);
    const [late] = underlyingReadings({ ...sources, nowUs: 30_000_001 });
    assert.is(late?.volatilityFloat, undefined);
  },
);

outside('an underlying without a perpetual is watched unless the policy says otherwise', () => {
  assert.is(underlyingReadings(sources).length, 2);
  const listed = underlyingReadings({ ...sources, perpetualRequired: false });
  assert.equal(
    listed.map(({ underlying }) => underlying),
    ['BTC'],
  );
});

outside('a chain is one smile an expiry, out of the money, in log-moneyness', () => {
  const strikes = [60_000, 70_000, 80_000, 90_000, 100_000, 110_000];
  const rows = strikes.flatMap((strike) =>
    (['call', 'put'] as const).map((option_type) => {
      const name = `BTC-25DEC26-${strike}-${option_type === 'call' ? 'C' : 'P'}`;
      const instrument = optionInstrument({ name, strike: String(strike), option_type });
      const ticker = tickerEvent({ instrument, underlyingFloat: 80_000, markIvFloat: 50 });
      const book = new InstrumentBook(instrument);
      return { instrument, ticker, book, state: 'open' as const, lastTrade: undefined };
    }),
  );
  const [smile, ...others] = smilesOf(chainOf(rows), 1_790_000_000_000_000);
  assert.is(others.length, 0);
  assert.is(smile?.quotes.length, strikes.length, 'each strike once');
  assert.ok(smile?.quotes.every(({ volatility }) => volatility === 0.5));
  assert.ok(smile?.quotes.some(({ k }) => k === 0));
  assert.is(smile?.thin, true, 'nobody quotes');
  assert.equal(smilesOf(chainOf(rows.slice(0, 4)), 1_790_000_000_000_000), []);
  assert.equal(smilesOf(chainOf(rows), 1_800_000_000_000_000), [], 'expired');
});

outside('C-522 the age of fees survives a restart; a broken file is as good as none', () => {
  const ports = createVirtualWorld({ seed: 1, startUs: 1_700_000_000_000_000 }).portsFor('fees');
  ports.disk.makeDirectory('/data');
  assert.is(new FeeAge(ports, '/data/fees.json').readUs, undefined);
  new FeeAge(ports, '/data/fees.json').note(1_699_999_000_000_000);
  assert.is(new FeeAge(ports, '/data/fees.json').readUs, 1_699_999_000_000_000);
  ports.disk.writeFileAtomic('/data/fees.json', 'nonsense');
  assert.is(new FeeAge(ports, '/data/fees.json').readUs, undefined);
});

outside.run();
