/**
 * The daemon's hot path over a real socket, whole: session → decoder → gate → book → runner →
 * submit (form, gates, hash, snapshot, capsule, ledger) → chokepoint → socket, under the real guard,
 * with the real journal behind ledger, traffic, control and audit. The strategy crosses on every
 * tick of one perpetual.
 */
import { createExecution, type LedgerStream } from '../../actors/execution/index.ts';
import { createGuard, executionGate, type Guard, recoverGuard } from '../../actors/guard/index.ts';
import { createGate } from '../../actors/ingress/index.ts';
import { createMarketRoom, type MarketRoom } from '../../actors/market/index.ts';
import { Runner, type Strategy } from '../../actors/strategy/index.ts';
import { hideSecret } from '../../daemon/ports/production/index.ts';
import { marketPath } from '../../daemon/system/market-path.ts';
import { gridText } from '../../streams/facts/decimal.ts';
import type { Instrument } from '../../streams/facts/instrument.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import { executionPolicySchema } from '../../streams/facts/policy/execution.ts';
import { defaultGuardPolicy } from '../../streams/facts/policy/guard.ts';
import { guardInputNames } from '../../streams/facts/reason-codes/index.ts';
import { blockHeaderBytes, recordHeaderBytes } from '../../streams/journal/format.ts';
import { type Journal, openJournal } from '../../streams/journal/index.ts';
import type { Ports } from '../../streams/ports/index.ts';
import { CapabilityOffice, DeribitSession } from '../../streams/venues/deribit/index.ts';

const hex64 = (digit: string): string => digit.repeat(64);
const pins: Pins = {
  scenario_id: 'bench',
  run_id: 'bench',
  manifest_fingerprint: hex64('a'),
  parameter_hash: hex64('b'),
};
/** Wide: the bench sends as fast as it can, and no limit is what it measures. */
const policy = executionPolicySchema.parse({
  min_edge_usd: 0,
  delta_limit_usd: 1_000_000_000,
  max_order_notional_usd: 100_000,
  max_group_notional_usd: 200_000,
  max_order_rate_per_s: 1_000,
  max_position_usd: 1_000_000,
  max_position_delta_usd: 1_000_000,
  instruments_allowed: ['BTC-*'],
  venue_order_credits_per_s: 1_000_000,
  venue_order_burst: 1_000_000,
  repeated_execution_max: 1_000_000,
});
/** Inputs of the guard and the ticker are renewed this often, ms: well within their ages. */
const renewMs = 250;

export interface BenchDaemonOptions {
  readonly ports: Ports;
  readonly url: string;
  readonly directory: string;
  readonly instruments: readonly Instrument[];
  /** Instead of the journal's: the path without a durable ledger. */
  readonly ledger?: LedgerStream;
}

export interface BenchDaemon {
  /** Bytes of the last block that stood on disk before an order left, frames included. */
  readonly blockBytes: number;
  readonly dispatched: number;
  readonly refusals: string;
  close(): Promise<void>;
}

const crossOnEveryTick: Strategy = {
  wants: (event) => event.type === 'book' && event.instrument.name === 'BTC-PERPETUAL',
  decide: ({ market }, { instrument }) => {
    const book = market.get(instrument.name)?.book;
    if (book === undefined || !book.valid || book.depth('asks') === 0) return undefined;
    return {
      scope: instrument.name,
      action: 'ENTER',
      intents: [
        {
          class: 'OPEN',
          instrument: instrument.name,
          side: 'buy',
          quantity: '1000',
          limit_price: gridText(instrument.price, book.ticksAt('asks', 0)),
          order_type: 'limit',
          time_in_force: 'immediate_or_cancel',
          reduce_only: false,
          edge: { gross_usd: 5, fee_usd: 1, slippage_usd: 0 },
          reason_codes: ['edge_above_threshold'],
        },
      ],
      reasons: ['edge_above_threshold'],
      signal: { edge_bps: 5 },
    };
  },
};

function activeGuard(ports: Ports, journal: Journal): Guard {
  const control = journal.stream('control');
  const guard = createGuard({
    ports,
    policy: defaultGuardPolicy({ max_daily_loss_usd: 1_000 }),
    policyRev: hex64('c'),
    stage: 'DEV',
    control,
    pins,
    configured: new Set(guardInputNames),
    recovered: recoverGuard(control.read(0), () => undefined),
    effects: {
      cancelOrders: () => undefined,
      contain: () => undefined,
      reduceToLimits: () => undefined,
      reconcile: () => undefined,
    },
  });
  renew(guard, ports);
  const nowUs = ports.clock.monotonicUs();
  guard.latchReconciled({
    ticket: guard.reconcileTicket(),
    proofId: hex64('d'),
    exposureSafe: true,
    collectedFromUs: nowUs,
    provenAtUs: nowUs,
  });
  return guard;
}

/** What a healthy daemon's monitors say. */
function renew(guard: Guard, ports: Ports): void {
  guard.applyPolicy(
    defaultGuardPolicy({ max_daily_loss_usd: 1_000 }),
    hex64('c'),
    ports.clock.monotonicUs(),
  );
  guard.set('watchdog_heartbeat', true);
  guard.set('mm_util', 0.1);
  guard.set('disk_used_pct', 0.2);
  guard.set('venue_session', 'up');
  guard.set('day_loss_usd', 0);
  guard.set('key_scope', 'ok');
  guard.set('bunker_mode', false);
  guard.set('certificate', 'PASS');
  guard.set('evidence_chain', 'GREEN');
  guard.set('evidence_counters', true);
  guard.set('fee_cache', true);
  guard.set('position_limit', false);
  guard.set('in_doubt_orders', 0);
}

function renewTickers(market: MarketRoom, ports: Ports, instruments: readonly Instrument[]): void {
  for (const instrument of instruments) {
    const receivedUs = ports.clock.nowUs();
    market.apply({
      type: 'ticker',
      instrument,
      channel: `ticker.${instrument.name}.raw`,
      sessionEpoch: 1,
      tsUs: receivedUs,
      receivedUs,
      receivedMonotonicUs: ports.clock.monotonicUs(),
      state: 'open',
      markFloat: 100_000,
      indexFloat: 100_000,
      lastFloat: null,
      openInterestFloat: null,
      funding8hFloat: null,
      underlyingFloat: null,
      markIvFloat: null,
      greeks: null,
    });
  }
}

const noQueries = {
  openOrdersByLabel: () => Promise.resolve([]),
  orderHistory: () => Promise.resolve([]),
  tradesSince: () => Promise.resolve([]),
  positionLots: () => Promise.resolve(0),
  venueTimeUs: () => Promise.resolve(0),
};

/** The ledger, which remembers how large its last block was. */
function measured(stream: LedgerStream): LedgerStream & { readonly blockBytes: number } {
  let blockBytes = 0;
  return {
    get blockBytes() {
      return blockBytes;
    },
    get nextOffset() {
      return stream.nextOffset;
    },
    append: (record) => stream.append(record),
    appendNow: (records, options) => {
      blockBytes = blockHeaderBytes;
      for (const record of records) blockBytes += recordHeaderBytes + record.length;
      return stream.appendNow(records, options);
    },
    read: (from) => stream.read(from),
  };
}

/** Composed as `daemon/system.ts` does it, without reconciliation, monitors and ports to people. */
function compose(options: BenchDaemonOptions, journal: Journal, ledger: LedgerStream) {
  const { ports, instruments, url } = options;
  const guard = activeGuard(ports, journal);
  const market = createMarketRoom({ ports, params: { conflateMs: 100 }, instruments });
  const gate = createGate({
    ports,
    traffic: journal.stream('traffic'),
    receipts: journal.stream('audit'),
    context: { pins, producer: 'gate', policyRev: () => hex64('c'), traceId: 'e'.repeat(32) },
  });
  let onMarket: ReturnType<typeof marketPath> = () => undefined;
  const session = new DeribitSession({
    ports,
    urls: { ws: url, http: '' },
    credentials: { clientId: 'bench', secret: hideSecret('bench') },
    handlers: {
      onLink: () => undefined,
      onMarket: (event) => onMarket(event),
      onOrder: () => undefined,
      onTrade: () => undefined,
      onError: (error) => {
        throw error;
      },
    },
  });
  session.instruments.add(instruments);
  const execution = createExecution({
    ports,
    pins,
    owner: { venue: 'deribit', account: 'bench' },
    policy: () => policy,
    stage: { stage: 'DEV', host: '127.0.0.1', permitted: true },
    attributionMode: 'paper',
    market: market.view,
    guard: executionGate(guard),
    ledger,
    audit: journal.stream('audit'),
    office: new CapabilityOffice(),
    session,
    queries: noQueries,
    fees: () => ({ ageS: 1, hardStale: false, factorFloat: 1 }),
  });
  const runner = new Runner({
    ports,
    runnerId: 'bench',
    bundle: 'bench@1',
    strategy: crossOnEveryTick,
    pins,
    market: market.view,
    standing: execution.standing,
    decisionDeadlineMs: 1_000,
    submit: (context) => void execution.submit(context.decision.intents, context),
    onSuppressed: (context, code, facts) => execution.suppress(context, code, facts),
    onTransition: () => undefined,
  });
  onMarket = marketPath(gate, market, [runner]);
  return { guard, market, gate, session, execution, runner };
}

/** Opens journal and session, and waits until the session is up. */
export async function startBenchDaemon(options: BenchDaemonOptions): Promise<BenchDaemon> {
  const { ports, instruments } = options;
  const journal = await openJournal(ports, options.directory);
  const ledger = measured(options.ledger ?? journal.stream('ledger'));
  const rooms = compose(options, journal, ledger);
  const { guard, market, gate, session, execution, runner } = rooms;
  const keepFresh = (): void => {
    renew(guard, ports);
    renewTickers(market, ports, instruments);
  };
  keepFresh();
  const stopRenewing = ports.clock.every(renewMs, keepFresh);
  runner.start();
  session.connect();
  while (session.phase !== 'up') await ports.clock.sleep(5);
  return {
    get blockBytes() {
      return ledger.blockBytes;
    },
    get dispatched() {
      return runner.status().decisions;
    },
    get refusals() {
      return JSON.stringify([...execution.rejectCounts]);
    },
    close: async () => {
      stopRenewing();
      runner.stop('bench over');
      execution.stop();
      session.close();
      market.close();
      gate.flush();
      await journal.close();
    },
  };
}
