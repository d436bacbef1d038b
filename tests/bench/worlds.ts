/**
 * Row 5 (part): events per second out of a sealed world, against the bare binary floor (the same events
 * from one flat array in memory: no files, no CRC, no merge of partitions) and against JSON.parse of the
 * same events, one line each. All three build the same event objects and touch every level.
 */
import { join } from 'node:path';
import { beginCapture } from '../../actors/ingress/oracle/index.ts';
import { productionDisk } from '../../daemon/ports/production/index.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { BookEvent, MarketEvent } from '../../streams/facts/market.ts';
import type { Clock, Random } from '../../streams/ports/index.ts';
import { openWorld, type World } from '../../streams/worlds/index.ts';
import { bookChange, perpetual, startUs } from '../fixtures/worlds/events.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  type Spread,
  spreadOf,
} from './harness.ts';

/** Levels per side of one frame: real COIN-M frames have about five. */
const levelsPerSide = 5;
const fullEvents = 200_000;
const quickEvents = 40_000;

function frames(instruments: readonly Instrument[], count: number): BookEvent[] {
  return Array.from({ length: count }, (_, i) => {
    const instrument = instruments[i % instruments.length] as Instrument;
    const frame = bookChange(instrument, startUs + i * 50, Math.floor(i / instruments.length) + 1);
    const side = (base: number, step: number): number[] =>
      Array.from({ length: levelsPerSide }, (__, n) => [base + step * n, (i * 7 + n) % 900]).flat();
    return { ...frame, bids: side(600_000 + (i % 50), -1), asks: side(600_060 + (i % 50), 1) };
  });
}

function sealed(directory: string, events: readonly MarketEvent[]): World {
  const disk = productionDisk();
  const clock = { nowUs: () => startUs } as unknown as Clock;
  const random = { hex: () => 'bench' } as unknown as Random;
  const capture = beginCapture({ disk, clock, random }, directory, { scenarioId: 'bench' });
  for (const event of events) capture.append(event);
  const source = {
    format: 'generator' as const,
    venue: 'bench',
    files: [],
    licence: '',
    options: {},
  };
  return openWorld(disk, capture.seal(source, {}).directory);
}

/** Touches what a book would: every tick and lot. */
function touch(event: BookEvent): number {
  let sum = event.changeId;
  for (const side of [event.bids, event.asks]) for (const value of side) sum += value;
  return sum;
}

function readWorld(world: World): number {
  const cursor = world.cursor();
  let sum = 0;
  for (let event = cursor.next(); event !== undefined; event = cursor.next()) {
    sum += touch(event as BookEvent);
  }
  return sum;
}

/** One flat array: instrument, ts, received, id, previous id, snapshot, bid values, ask values, levels. */
function flatten(events: readonly BookEvent[], instruments: readonly Instrument[]): Float64Array {
  const flat: number[] = [];
  for (const event of events) {
    const { tsUs, receivedUs, changeId, prevChangeId, bids, asks } = event;
    flat.push(instruments.indexOf(event.instrument), tsUs, receivedUs, changeId, prevChangeId);
    flat.push(event.frame === 'snapshot' ? 1 : 0, bids.length, asks.length, ...bids, ...asks);
  }
  return Float64Array.from(flat);
}

function readFlat(flat: Float64Array, instruments: readonly Instrument[]): number {
  let sum = 0;
  for (let at = 0; at < flat.length; ) {
    const bidsEnd = at + 8 + (flat[at + 6] as number);
    const asksEnd = bidsEnd + (flat[at + 7] as number);
    const bids: number[] = [];
    const asks: number[] = [];
    for (let i = at + 8; i < bidsEnd; i += 1) bids.push(flat[i] as number);
    for (let i = bidsEnd; i < asksEnd; i += 1) asks.push(flat[i] as number);
    sum += touch({
      type: 'book',
      instrument: instruments[flat[at] as number] as Instrument,
      channel: 'book.raw',
      sessionEpoch: 0,
      tsUs: flat[at + 1] as number,
      receivedUs: flat[at + 2] as number,
      receivedMonotonicUs: 0,
      frame: flat[at + 5] === 1 ? 'snapshot' : 'change',
      changeId: flat[at + 3] as number,
      prevChangeId: flat[at + 4] as number,
      bids,
      asks,
    });
    at = asksEnd;
  }
  return sum;
}

function readJson(lines: readonly string[]): number {
  let sum = 0;
  for (const line of lines) sum += touch(JSON.parse(line) as BookEvent);
  return sum;
}

function timed(events: number, expected: number, run: () => number): () => Promise<Sample> {
  return () => {
    const started = performance.now();
    const sum = run();
    const seconds = (performance.now() - started) / 1_000;
    if (sum !== expected) throw new Error(`a variant read other events: ${sum}, not ${expected}`);
    return Promise.resolve({ perSecond: events / seconds });
  };
}

function ratios(ours: readonly Sample[], other: readonly Sample[]): Spread {
  return spreadOf(ours.map((sample, i) => sample.perSecond / (other[i]?.perSecond ?? Number.NaN)));
}

const rates = (samples: readonly Sample[]): Spread =>
  spreadOf(samples.map((sample) => sample.perSecond));

/** Fails when the three variants do not read the same events. */
export async function worldsBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  const count = options.quick ? quickEvents : fullEvents;
  const instruments = [perpetual(), perpetual('ETH-PERPETUAL', '0.01')];
  const events = frames(instruments, count);
  const world = sealed(join(options.scratch, 'oracle'), events);
  const flat = flatten(events, instruments);
  const lines = events.map((event) =>
    JSON.stringify({ ...event, instrument: event.instrument.name }),
  );
  const expected = events.reduce((sum, event) => sum + touch(event), 0);
  const samples = await interleave(roundsOf(options), {
    ours: timed(count, expected, () => readWorld(world)),
    floor: timed(count, expected, () => readFlat(flat, instruments)),
    json: timed(count, expected, () => readJson(lines)),
  });
  const ours = rates(samples.ours);
  const ratio = ratios(samples.ours, samples.floor);
  const toJson = ratios(samples.ours, samples.json);
  return [
    {
      name: '5 sealed world, decode',
      unit: 'events/s',
      floor: rates(samples.floor),
      ours,
      ratio,
      peer: `JSON.parse of the same events: ${Math.round(rates(samples.json).median)}`,
      targets: [
        { name: 'events/s', limit: 1_000_000, value: ours.median, holds: 'at least' },
        { name: 'ratio', limit: 0.4, value: ratio.median, holds: 'at least' },
      ],
      notes: [
        `${count} book frames of ${2 * levelsPerSide} levels; ${toJson.median.toFixed(2)} × JSON.parse`,
      ],
    },
  ];
}
