/**
 * Row 12: what an event costs when there is more of everything. The same frames, spread over 10 and
 * over 1,000 instruments, and with 1 and with 50 runners, each of which cares about one instrument;
 * then what one more instrument keeps in memory. Snapshots come before the clock starts.
 */
import v8 from 'node:v8';
import vm from 'node:vm';
import { Runner } from '../../actors/strategy/index.ts';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { perpetualInstrument } from '../fixtures/instruments.ts';
import { syntheticFrames } from './book-frames.ts';
import {
  type Bench,
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';
import { OwnIngest } from './own-ingest.ts';

const few = { instruments: 10, runners: 1 };
const many = { instruments: 1_000, runners: 50 };
const fullFrames = 200_000;
const quickFrames = 40_000;
/** What growth may add to the cost of one event. */
const perEventMax = 1.3;
const kbPerInstrumentMax = 64;
const kb = 1_024;
const hex64 = (digit: string): string => digit.repeat(64);

interface Load {
  readonly instruments: readonly Instrument[];
  readonly snapshots: readonly Buffer[];
  readonly changes: readonly Buffer[];
}

/** One chain of changes, told for every instrument in turn; names of the same length. */
function loadOf(count: number, frames: number): Load {
  const chain = syntheticFrames(1 + frames / count).frames.map((frame) => frame.toString('utf8'));
  const names = Array.from({ length: count }, (_, at) => `B${1_000 + at}-PERPETUAL`);
  const told = chain.map((text) =>
    names.map((name) => Buffer.from(text.replaceAll('BTC-PERPETUAL', name))),
  );
  const [snapshots = [], ...changes] = told;
  const instruments = names.map((name) => perpetualInstrument({ name }));
  return { instruments, snapshots, changes: changes.flat() };
}

function runnersOf(ports: Ports, instruments: readonly Instrument[], count: number) {
  return (market: MarketView): readonly Runner[] =>
    Array.from({ length: count }, (_, at) => {
      const name = instruments[at % instruments.length]?.name;
      const runner = new Runner({
        ports,
        runnerId: `runner-${at}`,
        bundle: 'bench@1',
        strategy: {
          wants: (event) => event.instrument.name === name,
          // Looks at the best prices and stays out.
          decide: ({ market: view }, { instrument }) => {
            const book = view.get(instrument.name)?.book;
            if (book === undefined || book.ticksAt('asks', 0) > 0) return undefined;
            throw new Error('a book without a best ask');
          },
        },
        pins: {
          scenario_id: 'bench',
          run_id: 'bench',
          manifest_fingerprint: hex64('a'),
          parameter_hash: hex64('b'),
        },
        market,
        standing: { positionLots: () => 0, workingLots: () => 0 },
        submit: () => undefined,
        decisionDeadlineMs: 1_000,
        onTransition: () => undefined,
        onSuppressed: () => undefined,
      });
      runner.start();
      return runner;
    });
}

function ingestOf(ports: Ports, load: Load, runners: number): OwnIngest {
  const { instruments, snapshots } = load;
  const own = new OwnIngest({
    ports,
    instruments,
    runners: runnersOf(ports, instruments, runners),
  });
  for (const frame of snapshots) own.take(frame);
  return own;
}

function round(ports: Ports, load: Load, runners: number): () => Promise<Sample> {
  return () => {
    const own = ingestOf(ports, load, runners);
    const from = process.cpuUsage();
    for (const frame of load.changes) own.take(frame);
    const { user, system } = process.cpuUsage(from);
    const seconds = (user + system) / 1e6;
    if (own.refused > 0) throw new Error(`${own.refused} frames were not applied`);
    return Promise.resolve({ perSecond: load.changes.length / seconds });
  };
}

function rowOf(name: string, small: readonly Sample[], large: readonly Sample[]): BenchRow {
  const ratio = spreadOf(
    large.map(({ perSecond }, at) => perSecond / (small[at]?.perSecond ?? Number.NaN)),
  );
  return {
    name: `12 growth, ${name}`,
    unit: 'events/s of CPU',
    floor: spreadOf(small.map(({ perSecond }) => perSecond)),
    ours: spreadOf(large.map(({ perSecond }) => perSecond)),
    ratio,
    peer: '–',
    targets: [
      { name: '× per event', limit: perEventMax, value: 1 / ratio.median, holds: 'at most' },
    ],
    notes: ['floor: the same frames and the smaller number'],
  };
}

/** Bytes kept by what `create` makes, after full collections. */
function keptBytes(collect: () => void, create: () => unknown): number {
  const bytes = (): number => {
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    // Array buffers are part of external.
    return heapUsed + Math.max(external, arrayBuffers);
  };
  const before = bytes();
  const kept = create();
  const after = bytes();
  if (kept === undefined) throw new Error('nothing was kept');
  return after - before;
}

function memoryRow(options: BenchOptions, ports: Ports): BenchRow {
  v8.setFlagsFromString('--expose_gc');
  const collect = vm.runInNewContext('gc') as () => void;
  const smaller = loadOf(few.instruments, few.instruments * 20);
  const larger = loadOf(many.instruments, many.instruments * 20);
  const kept = (load: Load): number =>
    keptBytes(collect, () => {
      const own = ingestOf(ports, load, few.runners);
      for (const frame of load.changes) own.take(frame);
      return own;
    });
  const each = Array.from({ length: roundsOf(options) }, () => {
    const more = many.instruments - few.instruments;
    return (kept(larger) - kept(smaller)) / more / kb;
  });
  const ours = spreadOf(each);
  const limits = spreadOf([kbPerInstrumentMax]);
  return {
    name: '12 growth, memory per instrument',
    unit: 'KB',
    floor: limits,
    ours,
    ratio: spreadOf(each.map((one) => one / kbPerInstrumentMax)),
    peer: '–',
    targets: [{ name: 'KB', limit: kbPerInstrumentMax, value: ours.median, holds: 'at most' }],
    notes: [
      'no floor: the limit stands there; gate, book, trades and view of one instrument with 50 levels ' +
        'a side at the start. RSS over hours is the soak row',
    ],
  };
}

export const growthBench: Bench = async (options) => {
  const ports = productionPorts({
    log: { level: 'silent', destination: 'stderr' },
    environment: {},
  });
  const frames = options.quick ? quickFrames : fullFrames;
  const small = loadOf(few.instruments, frames);
  const large = loadOf(many.instruments, frames);
  const samples = await interleave(roundsOf(options), {
    small: round(ports, small, few.runners),
    instruments: round(ports, large, few.runners),
    runners: round(ports, small, many.runners),
    both: round(ports, large, many.runners),
  });
  const from = `${few.instruments} instruments, ${few.runners} runner`;
  return [
    rowOf(`${from} → ${many.instruments} instruments`, samples.small, samples.instruments),
    rowOf(`${from} → ${many.runners} runners`, samples.small, samples.runners),
    rowOf(`${from} → both`, samples.small, samples.both),
    memoryRow(options, ports),
  ];
};
