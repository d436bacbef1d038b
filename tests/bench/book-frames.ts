/** Book frames to measure with: synthetic ones in the venue's form, and real ones looped. */
import { gridText } from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import { optionInstrument, perpetualInstrument } from '../fixtures/instruments.ts';
import { recordingLines } from '../fixtures/recordings.ts';

export interface FrameSet {
  readonly name: string;
  readonly frames: readonly Buffer[];
  readonly instruments: readonly Instrument[];
  /** A loop begins a new session: its change ids repeat. */
  readonly loops: number;
}

/** A deterministic stream of whole numbers below `bound`. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % bound;
  };
}

const jsonFloat = (text: string): string => (text.includes('.') ? text : `${text}.0`);

/** Chained changes of BTC-PERPETUAL of about 290 bytes, as one busy channel sends them. */
export function syntheticFrames(count: number): FrameSet {
  const instrument = perpetualInstrument();
  const next = numbers(7);
  const level = (side: 'bids' | 'asks'): string => {
    const ticks = side === 'bids' ? 170_000 - next(60) : 170_001 + next(60);
    const price = jsonFloat(gridText(instrument.price, ticks));
    const roll = next(10);
    if (roll < 3) return `["delete",${price},0.0]`;
    const amount = jsonFloat(gridText(instrument.amount, 1 + next(20_000)));
    return `["${roll < 6 ? 'new' : 'change'}",${price},${amount}]`;
  };
  const side = (name: 'bids' | 'asks', levels: number): string =>
    Array.from({ length: levels }, () => level(name)).join(',');
  let changeId = 177_146_678_834;
  const frames = Array.from({ length: count }, (_, at) => {
    const previous = changeId;
    changeId += 1 + next(400);
    const isFirst = at === 0;
    const levels = isFirst ? 50 : 1 + next(3);
    const head = `"timestamp":${1_791_120_409_417 + at},"type":"${isFirst ? 'snapshot' : 'change'}"`;
    const tail = isFirst ? '' : `,"prev_change_id":${previous}`;
    return Buffer.from(
      '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.raw","data":{' +
        `${head},"change_id":${changeId},"instrument_name":"BTC-PERPETUAL",` +
        `"bids":[${side('bids', levels)}],"asks":[${side('asks', levels)}]${tail}}}}`,
    );
  });
  return { name: 'synthetic', frames, instruments: [instrument], loops: 1 };
}

/** The book frames of the real options capture, looped; undefined where it is absent. */
export function recordedFrames(count: number): FrameSet | undefined {
  const lines = recordingLines('deribit/options-raw-2021-04-05.txt', 'ingest of real frames');
  if (lines === undefined) return undefined;
  const frames = lines
    .map((line) => /^\d+\.\d+: (\{.*"channel":"book\..*)$/.exec(line)?.[1])
    .filter((json) => json !== undefined)
    .map((json) => Buffer.from(json));
  const names = new Set(lines.join('').match(/(?:BTC|ETH)-\d+[A-Z]{3}\d\d-\d+-[CP]/g));
  const instruments = [...names].map((name) =>
    optionInstrument({
      name,
      ...(name.startsWith('ETH') ? { lot_size: '1', min_amount: '1' } : {}),
    }),
  );
  return { name: 'real, looped', frames, instruments, loops: Math.ceil(count / frames.length) };
}
