/** Tickers as columns of doubles; what the venue did not send is NaN in the column and null outside. */
import { HoldfastError } from '../facts/errors.ts';
import { type Instrument, instrumentStates } from '../facts/instrument.ts';
import type { TickerEvent } from '../facts/market.ts';
import type { Block } from './block-file.ts';
import { decodeDoubles } from './column.ts';
import { encodeNumbers } from './column-encode.ts';
import {
  columnAt,
  type EventColumns,
  floatOrNull,
  type PendingRow,
  timesOf,
} from './event-block.ts';

const absent = Number.NaN;

export function encodeTickerRows(rows: readonly PendingRow<TickerEvent>[]): Uint8Array[] {
  const floats = (pick: (event: TickerEvent) => number | null | undefined): Uint8Array =>
    encodeNumbers(rows.map(({ event }) => pick(event) ?? absent));
  return [
    ...timesOf(rows),
    encodeNumbers(rows.map(({ event }) => instrumentStates.indexOf(event.state))),
    floats((event) => event.markFloat),
    floats((event) => event.indexFloat),
    floats((event) => event.lastFloat),
    floats((event) => event.openInterestFloat),
    floats((event) => event.funding8hFloat),
    floats((event) => event.underlyingFloat),
    floats((event) => event.markIvFloat),
    floats((event) => event.greeks?.deltaFloat),
    floats((event) => event.greeks?.gammaFloat),
    floats((event) => event.greeks?.vegaFloat),
    floats((event) => event.greeks?.thetaFloat),
  ];
}

function stateOf(code: number): TickerEvent['state'] {
  const state = instrumentStates[code];
  if (state === undefined)
    throw new HoldfastError('SCHEMA_INVALID', `no such instrument state: ${code}`);
  return state;
}

export function tickerColumns(block: Block, instrument: Instrument, channel: string): EventColumns {
  const at = (column: number): Float64Array => decodeDoubles(columnAt(block, column));
  const tsUs = at(0);
  const receivedUs = at(2);
  const states = at(3);
  const marks = at(4);
  const indexes = at(5);
  const lasts = at(6);
  const openInterests = at(7);
  const fundings = at(8);
  const underlyings = at(9);
  const markIvs = at(10);
  const [deltas, gammas, vegas, thetas] = [at(11), at(12), at(13), at(14)];
  const greeksAt = (index: number): TickerEvent['greeks'] => {
    const deltaFloat = deltas[index] as number;
    if (Number.isNaN(deltaFloat)) return null;
    return {
      deltaFloat,
      gammaFloat: gammas[index] as number,
      vegaFloat: vegas[index] as number,
      thetaFloat: thetas[index] as number,
    };
  };
  return {
    tsUs,
    rows: at(1),
    eventAt: (index: number): TickerEvent => ({
      type: 'ticker',
      instrument,
      channel,
      sessionEpoch: 0,
      tsUs: tsUs[index] as number,
      receivedUs: receivedUs[index] as number,
      receivedMonotonicUs: 0,
      state: stateOf(states[index] as number),
      markFloat: marks[index] as number,
      indexFloat: indexes[index] as number,
      lastFloat: floatOrNull(lasts[index] as number),
      openInterestFloat: floatOrNull(openInterests[index] as number),
      funding8hFloat: floatOrNull(fundings[index] as number),
      underlyingFloat: floatOrNull(underlyings[index] as number),
      markIvFloat: floatOrNull(markIvs[index] as number),
      greeks: greeksAt(index),
    }),
  };
}
