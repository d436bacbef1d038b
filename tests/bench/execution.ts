/**
 * Row 7: the whole gate chain of one intent against one pass over the same book levels; and what
 * `submit` costs from proposal to bytes handed over with a ledger in memory (gates, hash, capsule,
 * snapshot, canonical records, chokepoint), against the canonical records alone.
 */

import { formIntent } from '../../actors/execution/form-intent.ts';
import { runGates } from '../../actors/execution/gates/chain.ts';
import type { GateView } from '../../actors/execution/gates/gate.ts';
import { sha256Hex } from '../../streams/facts/hash.ts';
import {
  activeGuard,
  decisionOf,
  openProposal,
  type Room,
  withRoom,
} from '../fixtures/execution-room.ts';
import {
  type BenchOptions,
  type BenchRow,
  interleave,
  roundsOf,
  type Sample,
  type Spread,
  spreadOf,
} from './harness.ts';

const fullGateRuns = 200_000;
const fullSubmits = 5_000;

function timed(count: number, work: () => void): Sample {
  const startedNs = process.hrtime.bigint();
  work();
  const seconds = Number(process.hrtime.bigint() - startedNs) / 1e9;
  return { perSecond: count / seconds };
}

const rates = (samples: readonly Sample[]): Spread => spreadOf(samples.map((one) => one.perSecond));

function ratios(ours: readonly Sample[], floor: readonly Sample[]): Spread {
  return spreadOf(ours.map((one, round) => one.perSecond / (floor[round]?.perSecond ?? 1)));
}

/** One pass over the levels, both sides: what any check of a book costs at least. */
function passOver(room: Room): number {
  const book = room.market.get('BTC-PERPETUAL')?.book;
  if (book === undefined) return 0;
  let sum = 0;
  for (const side of ['bids', 'asks'] as const) {
    for (let at = 0; at < book.depth(side); at += 1)
      sum += book.ticksAt(side, at) * book.lotsAt(side, at);
  }
  return sum;
}

function gateView(room: Room): GateView {
  return {
    nowUs: 1_700_000_000_000_000,
    nowMonotonicUs: room.nowMonotonicUs(),
    policy: room.policy,
    guard: activeGuard,
    guardRefusal: undefined,
    containing: false,
    repeats: () => false,
    impactBlockedUntilUs: 0,
    fees: { ageS: 1, hardStale: false, factorFloat: 1 },
    proposedTicks: 200_001,
    marginUse: 0.1,
    churnBlockedUntilUs: 0,
    market: room.market,
    seen: room.market.get('BTC-PERPETUAL'),
    exposure: room.execution.exposure,
    openOrders: () => room.execution.openOrders,
    openOrderCount: 0,
    openGroupCount: 0,
    ordersInLastSecond: 0,
    creditsSuffice: true,
    stage: { stage: 'DEV', host: '127.0.0.1', permitted: true },
    group: {
      earlier: [],
      legCount: 1,
      openNotionalUsdFloat: 1_000,
      netEdgeUsdFloat: 1,
      skew: { biasFloat: 0.1, addsUsdFloat: 1_000 },
      churnKey: 'k',
    },
    route: 'normal',
  };
}

async function gateRow(options: BenchOptions): Promise<BenchRow> {
  const runs = options.quick ? fullGateRuns / 10 : fullGateRuns;
  let row: BenchRow | undefined;
  await withRoom(async (room) => {
    const formed = formIntent(openProposal(), {
      decision: decisionOf(),
      groupId: 'ab'.repeat(32),
      legIdx: 0,
      market: room.market,
      policy: room.policy,
      venueNowUs: 0,
    });
    if (!formed.ok) throw new Error(`not formed: ${formed.refusal.code}`);
    const view = gateView(room);
    const refusing: GateView = { ...view, guardRefusal: 'TradingModeForbidsClass' };
    if (runGates(formed.intent, view) !== undefined) throw new Error('the bench intent is refused');
    let sink = 0;
    const samples = await interleave(roundsOf(options), {
      floor: async () =>
        timed(runs, () => {
          for (let run = 0; run < runs; run += 1) sink += passOver(room);
        }),
      allow: async () =>
        timed(runs, () => {
          for (let run = 0; run < runs; run += 1) sink += runGates(formed.intent, view) ? 1 : 0;
        }),
      refuse: async () =>
        timed(runs, () => {
          for (let run = 0; run < runs; run += 1) sink += runGates(formed.intent, refusing) ? 1 : 0;
        }),
    });
    if (sink === 0) throw new Error('nothing was measured');
    const allowUs = 1e6 / rates(samples.allow).median;
    const refuseUs = 1e6 / rates(samples.refuse).median;
    row = {
      name: 'gates',
      unit: 'chains/s',
      floor: rates(samples.floor),
      ours: rates(samples.allow),
      ratio: ratios(samples.allow, samples.floor),
      peer: '–',
      targets: [
        { name: 'µs per intent allowed', limit: 10, value: allowUs, holds: 'at most' },
        { name: 'µs per intent refused', limit: 3, value: refuseUs, holds: 'at most' },
      ],
      notes: [],
    };
  });
  return row as BenchRow;
}

/** Cancels everything open, so that limits and maps stay as in a running daemon. */
function settleAll(room: Room): void {
  for (const order of Array.from(room.execution.openOrders)) {
    room.execution.onVenueOrder({
      orderId: `o-${order.intentId}`,
      instrument: order.instrument,
      label: room.execution.order(order.intentId)?.intent.label ?? '',
      state: 'cancelled',
      side: order.side,
      priceTicks: order.limitTicks,
      lots: order.lots,
      filledLots: 0,
      reduceOnly: false,
      postOnly: false,
      timeInForce: 'immediate_or_cancel',
      cancelReason: null,
      createdUs: 0,
      updatedUs: 0,
    });
  }
  room.ledger.durable.length = 0;
  room.line.handed.length = 0;
}

async function submitRow(options: BenchOptions): Promise<BenchRow> {
  const runs = options.quick ? fullSubmits / 10 : fullSubmits;
  const wide = {
    max_order_rate_per_s: 1_000_000,
    venue_order_burst: 100_000_000,
    open_orders_max: 500,
    repeated_execution_max: 1_000_000,
  };
  let row: BenchRow | undefined;
  await withRoom(
    async (room) => {
      const proposals = [openProposal()];
      room.execution.submit(proposals, decisionOf());
      const text = Buffer.concat(room.ledger.durable).toString();
      settleAll(room);
      const samples = await interleave(roundsOf(options), {
        floor: async () =>
          timed(runs, () => {
            for (let run = 0; run < runs; run += 1)
              JSON.stringify(JSON.parse(`[${sha256Hex(text).length}]`));
          }),
        submit: async () => {
          let spentUs = 0;
          for (let run = 0; run < runs; run += 1) {
            const decision = decisionOf();
            const startedNs = process.hrtime.bigint();
            const { sent } = room.execution.submit(proposals, decision);
            spentUs += Number(process.hrtime.bigint() - startedNs) / 1e3;
            if (sent !== 1) throw new Error('the bench order was refused');
            settleAll(room);
          }
          return { perSecond: (runs * 1e6) / spentUs };
        },
      });
      const submitUs = 1e6 / rates(samples.submit).median;
      row = {
        name: 'submit',
        unit: 'orders/s',
        floor: rates(samples.floor),
        ours: rates(samples.submit),
        ratio: ratios(samples.submit, samples.floor),
        peer: '–',
        targets: [{ name: 'µs per submit', limit: 150, value: submitUs, holds: 'at most' }],
        notes: ['proposal to bytes handed over, ledger in memory; floor: one sha256 of the block'],
      };
    },
    { policy: wide },
  );
  return row as BenchRow;
}

/** Rows of execution. */
export async function executionBench(options: BenchOptions): Promise<readonly BenchRow[]> {
  return [await gateRow(options), await submitRow(options)];
}
