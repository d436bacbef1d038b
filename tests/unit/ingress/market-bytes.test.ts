import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MarketFactEncoder } from '../../../actors/ingress/gate/market-bytes.ts';
import { type FactContext, marketFact } from '../../../actors/ingress/index.ts';
import { encodeFact } from '../../../streams/facts/envelope.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { parseFact } from '../../../streams/facts/registry.ts';
import { optionInstrument } from '../../fixtures/instruments.ts';
import {
  bookEvent,
  btcPerpetual,
  snapshotEvent,
  tickerEvent,
  tradeEvent,
} from '../../fixtures/market-events.ts';

const bytes = suite('market fact bytes');

const context: FactContext = {
  pins: {
    scenario_id: 'a "quoted" world',
    run_id: 'run',
    manifest_fingerprint: 'a'.repeat(64),
    parameter_hash: 'b'.repeat(64),
    seed: 7,
  },
  producer: 'gate',
  policyRev: () => 'c'.repeat(64),
  traceId: 'd'.repeat(32),
};

const float = fc.double({ noNaN: true, noDefaultInfinity: true });
const maybe = fc.option(float);
const levels = fc
  .array(fc.tuple(fc.integer({ min: -9_000_000, max: 9_000_000 }), fc.nat(1_000_000_000)))
  .map((pairs) => pairs.flat());
const odd = fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('"', '\\', '\u2028', 'é', '💶'));
const common = {
  instrument: fc.constantFrom(btcPerpetual, optionInstrument()),
  channel: odd,
  tsUs: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
  receivedUs: fc.integer({ min: 0, max: 4_000_000_000_000_000 }),
  sessionEpoch: fc.nat(),
};

const books = fc
  .record({ ...common, bids: levels, asks: levels, changeId: fc.nat(), isSnapshot: fc.boolean() })
  .map(({ isSnapshot, ...rest }) => (isSnapshot ? snapshotEvent(rest) : bookEvent(rest)));
const trades = fc
  .record({
    ...common,
    tradeId: odd,
    priceTicks: fc.integer(),
    lots: fc.nat(),
    markFloat: maybe,
    indexFloat: maybe,
  })
  .map((rest) => tradeEvent(rest));
const tickers = fc
  .record({
    ...common,
    markFloat: float,
    indexFloat: float,
    lastFloat: maybe,
    openInterestFloat: maybe,
    funding8hFloat: maybe,
    underlyingFloat: maybe,
    markIvFloat: maybe,
    greeks: fc.option(
      fc.record({ deltaFloat: float, gammaFloat: float, vegaFloat: float, thetaFloat: float }),
    ),
  })
  .map((rest) => tickerEvent(rest));

bytes('are the canonical bytes of the fact, for any event', () => {
  const encoder = new MarketFactEncoder(context);
  fc.assert(
    fc.property(fc.oneof(books, trades, tickers), (event: MarketEvent) => {
      const expected = encodeFact(marketFact(event, context)).toString('utf8');
      assert.is(encoder.encode(event).toString('utf8'), expected);
    }),
    { numRuns: 500 },
  );
});

bytes('parse back as a valid fact', () => {
  const encoder = new MarketFactEncoder(context);
  for (const event of [snapshotEvent(), bookEvent(), tradeEvent(), tickerEvent()]) {
    assert.is(parseFact(encoder.encode(event)).event_type, `market.${event.type}`);
  }
});

bytes.run();
