/** What the exchange says of itself: each mark trips, and does not trip just short of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ExchangeReading,
  exchangeVerdict,
} from '../../../actors/guard/monitors/exchange-health.ts';

const exchange = suite('exchange health');

const limits = { exchange_health_stale_s: 180, time_drift_threshold_ms: 50 };
const well: ExchangeReading = {
  locked: 'false',
  maintenanceInMs: undefined,
  polledAgeMs: 10_000,
  clockDriftMs: 0,
  clockDriftErrorMs: 1,
};
const verdict = (change: Partial<ExchangeReading>, sinceStartMs = 1e9) =>
  exchangeVerdict({ ...well, ...change }, sinceStartMs, limits);
const nothing = { maintenance: false, stale: false, drifted: false };

exchange('a healthy exchange trips nothing', () => {
  assert.equal(verdict({}), nothing);
});

exchange('a lock, whole or partial, is maintenance; not knowing is not', () => {
  assert.is(verdict({ locked: 'true' }).maintenance, true);
  assert.is(verdict({ locked: 'partial' }).maintenance, true);
  assert.is(verdict({ locked: undefined }).maintenance, false);
});

exchange('an answer older than the limit is stale, one as old is not', () => {
  assert.is(verdict({ polledAgeMs: 180_000 }).stale, false);
  assert.is(verdict({ polledAgeMs: 180_001 }).stale, true);
});

exchange('before the first answer the start of the watch counts', () => {
  const never = { polledAgeMs: Number.POSITIVE_INFINITY, locked: undefined };
  assert.is(verdict(never, 180_000).stale, false);
  assert.is(verdict(never, 180_001).stale, true);
});

exchange('a clock is off when it is surely further off than the limit, in either direction', () => {
  for (const sign of [-1, 1]) {
    assert.is(verdict({ clockDriftMs: sign * 51 }).drifted, false);
    assert.is(verdict({ clockDriftMs: sign * 51.5 }).drifted, true);
    assert.is(verdict({ clockDriftMs: sign * 90, clockDriftErrorMs: 45 }).drifted, false);
  }
  assert.is(verdict({ clockDriftMs: undefined }).drifted, false);
});

exchange.run();
