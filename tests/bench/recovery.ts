/**
 * Row 11: a start on a recovered ledger. Opens a journal of 100,000 ledger records (intents with
 * capsule and snapshot, transitions to the end of each order), verifies its tail from the last
 * checkpoint, and replays all of it into an execution room. Floor: reading and JSON-parsing the
 * same records.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { productionPorts } from '../../daemon/ports/production/index.ts';
import type { VenueOrder } from '../../streams/facts/venue-records.ts';
import { type Journal, openJournal } from '../../streams/journal/index.ts';
import { decisionOf, openProposal, type Room, withRoom } from '../fixtures/execution-room.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  spreadOf,
} from './harness.ts';

const fullRecords = 100_000;
const quickRecords = 20_000;
/** A cold process has this long from start to Active on local data, s. */
const startBudgetS = 3;
const replayBudgetUs = 3;
const ordersPerFlush = 100;

const widePolicy = {
  max_order_rate_per_s: 1_000_000,
  venue_order_burst: 100_000_000,
  repeated_execution_max: 1_000_000,
};

/** The venue's answer to an immediate order that met nothing. */
function cancelled(room: Room, orderId: string, index: number): VenueOrder {
  const params = room.line.handed[index]?.params;
  return {
    orderId,
    instrument: room.perpetual,
    label: String(params?.label),
    state: 'cancelled',
    side: 'buy',
    priceTicks: 200_001,
    lots: 100,
    filledLots: 0,
    reduceOnly: false,
    postOnly: false,
    timeInForce: 'immediate_or_cancel',
    cancelReason: null,
    createdUs: 0,
    updatedUs: 0,
  };
}

function open(directory: string): Promise<Journal> {
  const ports = productionPorts({
    log: { level: 'silent', destination: 'stderr' },
    environment: {},
  });
  return openJournal(ports, directory);
}

/** Sends orders until the ledger holds `records` records. Returns how many it holds. */
async function fill(directory: string, records: number): Promise<number> {
  const journal = await open(directory);
  const ledger = journal.stream('ledger');
  try {
    await withRoom(
      async (room) => {
        for (let sent = 0; ledger.nextOffset < records; sent += 1) {
          const outcome = room.execution.submit([openProposal()], decisionOf());
          if (outcome.sent !== 1) throw new Error(`refused: ${JSON.stringify(outcome.legs)}`);
          room.execution.onVenueOrder(cancelled(room, `order-${sent}`, 0));
          room.line.handed.length = 0;
          // Within the bound of the ledger's queue.
          if (sent % ordersPerFlush === 0) ledger.flushNow();
        }
      },
      { policy: widePolicy, options: { ledger: unsynced(ledger) } },
    );
    ledger.flushNow();
    return ledger.nextOffset;
  } finally {
    await journal.close();
  }
}

/** The same stream; filling it is not what is measured, so nothing waits for a sync. */
function unsynced(ledger: ReturnType<Journal['stream']>) {
  return {
    get nextOffset() {
      return ledger.nextOffset;
    },
    append: (record: Uint8Array) => ledger.append(record),
    appendNow: (records: readonly Uint8Array[]) => {
      const first = ledger.nextOffset;
      for (const record of records) void ledger.append(record);
      return first;
    },
    read: (from: number) => ledger.read(from),
  };
}

async function opened<T>(directory: string, work: (journal: Journal) => T | Promise<T>) {
  const from = performance.now();
  const journal = await open(directory);
  const openMs = performance.now() - from;
  try {
    return { openMs, result: await work(journal) };
  } finally {
    await journal.close();
  }
}

function parseAll(journal: Journal): Sample {
  const from = performance.now();
  let count = 0;
  for (const { bytes } of journal.stream('ledger').read(0)) {
    JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'));
    count += 1;
  }
  return { perSecond: count / ((performance.now() - from) / 1_000) };
}

async function replayAll(journal: Journal, records: number): Promise<Sample> {
  let perSecond = 0;
  await withRoom(
    (room) => {
      const from = performance.now();
      const summary = room.execution.recover();
      perSecond = records / ((performance.now() - from) / 1_000);
      if (summary.inDoubt > 0) throw new Error(`${summary.inDoubt} orders came back in doubt`);
    },
    { policy: widePolicy, options: { ledger: journal.stream('ledger') } },
  );
  return { perSecond };
}

/** Row 11 of the performance targets, as far as local data goes. */
export async function recoveryBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  const directory = join(options.scratch, 'recovery');
  const records = await fill(directory, options.quick ? quickRecords : fullRecords);
  const openMs: number[] = [];
  try {
    const samples = await interleave(roundsOf(options), {
      floor: async () => (await opened(directory, parseAll)).result,
      ours: async () => {
        const run = await opened(directory, (journal) => replayAll(journal, records));
        openMs.push(run.openMs);
        return run.result;
      },
    });
    const rates = (of: readonly Sample[]) => spreadOf(of.map(({ perSecond }) => perSecond));
    const replayUs = 1e6 / rates(samples.ours).median;
    const openSpread = spreadOf(openMs);
    const startS = openSpread.median / 1_000 + (replayUs * records) / 1e6;
    return [
      {
        name: `11 start, ledger of ${records.toLocaleString('en')} records`,
        unit: 'records/s',
        floor: rates(samples.floor),
        ours: rates(samples.ours),
        ratio: spreadOf(
          samples.ours.map(
            ({ perSecond }, at) => perSecond / (samples.floor[at]?.perSecond ?? Number.NaN),
          ),
        ),
        peer: '–',
        targets: [
          { name: 'µs per record', limit: replayBudgetUs, value: replayUs, holds: 'at most' },
          { name: 's to replayed', limit: startBudgetS, value: startS, holds: 'at most' },
        ],
        notes: [
          `journal opened and its tail verified in ${openSpread.median.toFixed(0)} ms ` +
            `(${openSpread.min.toFixed(0)}–${openSpread.max.toFixed(0)}); process start, connection ` +
            'and reconciliation are not in it',
        ],
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
