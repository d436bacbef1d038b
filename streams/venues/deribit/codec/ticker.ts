/**
 * Ticker frames: analytics only, hence floats. Best quotes are not taken: the book is the one
 * source of prices. A state nobody documented is taken as `inactive`, never as open.
 */
import {
  type Instrument,
  type InstrumentState,
  instrumentStates,
} from '../../../facts/instrument.ts';
import type { Greeks, TickerEvent } from '../../../facts/market.ts';
import { floatOrNull, floatOrZero, isObject, type JsonObject, numberOf, usOfMs } from './json.ts';
import type { QuarantineReason } from './quarantine.ts';
import type { Stamp } from './stamp.ts';

/** The event, or why there is none. */
export function decodeTicker(
  data: JsonObject,
  instrument: Instrument,
  stamp: Stamp,
): TickerEvent | QuarantineReason {
  const tsUs = usOfMs(data.timestamp);
  const markFloat = numberOf(data.mark_price);
  const indexFloat = numberOf(data.index_price);
  if (tsUs === undefined || markFloat === undefined || indexFloat === undefined) {
    return 'field_malformed';
  }
  return {
    type: 'ticker',
    instrument,
    channel: stamp.channel,
    sessionEpoch: stamp.sessionEpoch,
    tsUs,
    receivedUs: stamp.receivedUs,
    receivedMonotonicUs: stamp.receivedMonotonicUs,
    state: stateOf(data.state),
    markFloat,
    indexFloat,
    lastFloat: floatOrNull(data.last_price),
    openInterestFloat: floatOrNull(data.open_interest),
    funding8hFloat: floatOrNull(data.funding_8h),
    underlyingFloat: floatOrNull(data.underlying_price),
    markIvFloat: floatOrNull(data.mark_iv),
    greeks: greeksOf(data.greeks),
  };
}

/** The venue's state names on ours; `delivered` and `archivized` are the end of life. */
export function stateOf(value: unknown): InstrumentState {
  if (value === 'delivered' || value === 'archivized') return 'closed';
  const known = instrumentStates.find((state) => state === value);
  return known ?? 'inactive';
}

function greeksOf(value: unknown): Greeks | null {
  if (!isObject(value)) return null;
  return {
    deltaFloat: floatOrZero(value.delta),
    gammaFloat: floatOrZero(value.gamma),
    vegaFloat: floatOrZero(value.vega),
    thetaFloat: floatOrZero(value.theta),
  };
}
