/**
 * Row 5 (part): events per second out of a sealed world, against the bare binary floor (the same events
 * from one flat array in memory: no files, no CRC, no merge of partitions) and against JSON.parse of the
 * same events, one line each. All three build the same event objects and touch every level. Rounds are
 * interleaved, so that a busy machine slows all variants alike; the result is a median with min and max.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginCapture } from '../../actors/ingress/oracle/index.ts';
import { productionDisk } from '../../daemon/ports/production/index.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { BookEvent, MarketEvent } from '../../streams/facts/market.ts';
import type { Clock, Random } from '../../streams/ports/index.ts';
import { openWorld, type World } from '../../streams/worlds/index.ts';
import { bookChange, perpetual, startUs } from '../fixtures/worlds/events.ts';

export interface WorldBenchOptions {
  readonly events?: number;
  readonly rounds?: number;
  /** Levels per side of one frame; real COIN-M frames have about five. */
  readonly levelsPerSide?: number;
}

export interface Measured {
  readonly name: 'sealed world' | 'binary floor' | 'JSON.parse';
  readonly medianPerSecond: number;
  readonly minPerSecond: number;
  readonly maxPerSecond: number;
}

export interface WorldBenchResult {
  readonly events: number;
  readonly rounds: number;
  readonly measured: readonly Measured[];
  readonly ratioToFloor: number;
  readonly ratioToJson: number;
}

function frames(
  instruments: readonly Instrument[],
  count: number,
  levelsPerSide: number,
): BookEvent[] {
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

function summary(name: Measured['name'], events: number, seconds: readonly number[]): Measured {
  const rates = seconds.map((each) => events / each).sort((a, b) => a - b);
  const [minPerSecond = 0, maxPerSecond = 0] = [rates[0], rates.at(-1)];
  return { name, medianPerSecond: rates[rates.length >> 1] ?? 0, minPerSecond, maxPerSecond };
}

/** Runs the comparison. Throws when the three variants do not read the same events. */
export function worldDecodeBench(options: WorldBenchOptions = {}): WorldBenchResult {
  const { events: count = 200_000, rounds = 7, levelsPerSide = 5 } = options;
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-bench-world-'));
  try {
    const instruments = [perpetual(), perpetual('ETH-PERPETUAL', '0.01')];
    const events = frames(instruments, count, levelsPerSide);
    const world = sealed(directory, events);
    const flat = flatten(events, instruments);
    const lines = events.map((event) =>
      JSON.stringify({ ...event, instrument: event.instrument.name }),
    );
    const variants = [
      { name: 'sealed world' as const, run: () => readWorld(world), seconds: [] as number[] },
      {
        name: 'binary floor' as const,
        run: () => readFlat(flat, instruments),
        seconds: [] as number[],
      },
      { name: 'JSON.parse' as const, run: () => readJson(lines), seconds: [] as number[] },
    ];
    // The first round warms the code up and is not counted.
    for (let round = 0; round <= rounds; round += 1) {
      const sums = variants.map(({ run, seconds }) => {
        const started = performance.now();
        const sum = run();
        if (round > 0) seconds.push((performance.now() - started) / 1_000);
        return sum;
      });
      if (new Set(sums).size !== 1) throw new Error(`variants read different events: ${sums.join(', ')}`);
    }
    const measured = variants.map(({ name, seconds }) => summary(name, count, seconds));
    const rate = (index: number): number => measured[index]?.medianPerSecond ?? Number.NaN;
    return {
      events: count,
      rounds,
      measured,
      ratioToFloor: rate(0) / rate(1),
      ratioToJson: rate(0) / rate(2),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
