/**
 * Feeds the metrics of rooms that only count, once a second and off the hot path: counters are
 * followed by their difference, everything else is read as it stands.
 */
import { riskStates, tradingModes } from '../../streams/facts/reason-codes/index.ts';
import { usPerSecond } from '../../streams/facts/time.ts';
import type { CancelTimer, Metrics } from '../../streams/ports/index.ts';
import type { System } from '../system.ts';

/** Finer than any scrape. */
const sampleMs = 1_000;
const gateHealthValue = { GREEN: 0, AMBER: 1, RED: 2 } as const;

/** A counter that follows a total somebody else keeps. */
function follower(metrics: Metrics, name: string, ...labels: string[]): (total: number) => void {
  const counter = metrics.counter(name);
  let last = 0;
  return (total) => {
    if (total > last) counter.increment(total - last, ...labels);
    last = total;
  };
}

function marketSampler({ market, options }: System, metrics: Metrics): () => void {
  const applied = follower(metrics, 'holdfast_market_events_total');
  const stale = follower(metrics, 'holdfast_market_stale_events_total');
  const dropped = follower(metrics, 'holdfast_market_dropped_events_total');
  const bookGaps = follower(metrics, 'holdfast_market_book_gaps_total');
  const tradeGaps = follower(metrics, 'holdfast_market_trade_gaps_total');
  const books = metrics.gauge('holdfast_market_books');
  const age = metrics.gauge('holdfast_market_last_event_age_seconds');
  return () => {
    const { counters } = market;
    applied(counters.applied);
    stale(counters.stale);
    dropped(counters.dropped);
    bookGaps(counters.bookGaps);
    tradeGaps(counters.tradeGaps);
    const freshness = market.freshness(options.ports.clock.monotonicUs());
    books.set(freshness.validBooks, 'valid');
    books.set(freshness.books - freshness.validBooks, 'invalid');
    if (Number.isFinite(freshness.overallMs)) age.set(freshness.overallMs / 1_000);
  };
}

function gateSampler({ gate }: System, metrics: Metrics): () => void {
  const decisions = 'holdfast_gate_decisions_total';
  const admitted = follower(metrics, decisions, 'admit');
  const duplicates = follower(metrics, decisions, 'duplicate');
  const quarantined = follower(metrics, decisions, 'quarantine');
  const anomalies = follower(metrics, 'holdfast_gate_anomalies_total');
  const size = metrics.gauge('holdfast_gate_quarantine_size');
  const health = metrics.gauge('holdfast_gate_health');
  const backlog = metrics.gauge('holdfast_gate_backlog');
  return () => {
    admitted(gate.counters.admitted);
    duplicates(gate.counters.duplicates);
    quarantined(gate.counters.quarantined);
    anomalies(gate.counters.conflicts);
    size.set(gate.quarantine.size);
    health.set(gateHealthValue[gate.health]);
    backlog.set(gate.backlog);
  };
}

function guardSampler(
  { guard, options, reconciliation, venue, feeAge }: System,
  metrics: Metrics,
): () => void {
  const mode = metrics.gauge('holdfast_trading_mode');
  const risk = metrics.gauge('holdfast_risk_state');
  const green = metrics.gauge('holdfast_evidence_green');
  const policyAge = metrics.gauge('holdfast_policy_age_seconds');
  const reconcileAge = metrics.gauge('holdfast_reconcile_age_seconds');
  const readings = [
    ['mm_util', metrics.gauge('holdfast_margin_used_ratio')],
    ['day_loss_usd', metrics.gauge('holdfast_day_loss_usd')],
  ] as const;
  const bunker = metrics.gauge('holdfast_bunker_mode');
  const cacheAge = metrics.gauge('holdfast_cache_age_seconds');
  return () => {
    const { snapshot } = guard;
    for (const name of tradingModes) mode.set(name === snapshot.mode ? 1 : 0, name);
    for (const name of riskStates) risk.set(name === snapshot.riskState ? 1 : 0, name);
    green.set(snapshot.evidence === 'GREEN' ? 1 : 0);
    if (Number.isFinite(snapshot.policyAgeS)) policyAge.set(snapshot.policyAgeS);
    const provenUs = reconciliation.provenAtUs;
    const { clock } = options.ports;
    const nowUs = clock.monotonicUs();
    bunker.set(snapshot.bunkerMode ? 1 : 0);
    for (const [input, gauge] of readings) {
      const { value } = guard.input(input);
      if (typeof value === 'number') gauge.set(value);
    }
    const listedUs = venue.measured.instrumentsReadUs;
    if (listedUs !== undefined) cacheAge.set((nowUs - listedUs) / usPerSecond, 'instruments');
    if (feeAge.readUs !== undefined)
      cacheAge.set((clock.nowUs() - feeAge.readUs) / usPerSecond, 'fees');
    if (provenUs !== undefined) reconcileAge.set((nowUs - provenUs) / usPerSecond);
  };
}

function venueSampler({ venue }: System, metrics: Metrics): () => void {
  const up = metrics.gauge('holdfast_venue_session_up');
  const lag = metrics.gauge('holdfast_venue_stream_lag_seconds');
  const http = metrics.gauge('holdfast_venue_http_p95_seconds');
  const drift = metrics.gauge('holdfast_clock_drift_seconds');
  const refusals = follower(metrics, 'holdfast_venue_rate_refusals_total');
  return () => {
    const health = venue.health();
    up.set(venue.isLive ? 1 : 0);
    if (health.wsLagP95Ms !== undefined) lag.set(health.wsLagP95Ms / 1_000);
    if (health.httpP95Ms !== undefined) http.set(health.httpP95Ms / 1_000);
    if (health.clockDriftMs !== undefined) drift.set(health.clockDriftMs / 1_000);
    refusals(health.rateRefusalsTotal);
  };
}

function hostSampler({ options, guard, runners }: System, metrics: Metrics): () => void {
  const { host } = options.ports;
  const delay = metrics.gauge('holdfast_event_loop_delay_seconds');
  const memory = metrics.gauge('holdfast_memory_rss_bytes');
  const disk = metrics.gauge('holdfast_disk_used_ratio');
  const running = metrics.gauge('holdfast_runners');
  return () => {
    const { p50Ms, p99Ms, maxMs } = host.loopDelay();
    delay.set(p50Ms / 1_000, 'p50');
    delay.set(p99Ms / 1_000, 'p99');
    delay.set(maxMs / 1_000, 'max');
    memory.set(host.memory().rssBytes);
    const { value } = guard.input('disk_used_pct');
    if (typeof value === 'number') disk.set(value);
    const states = runners.map((runner) => runner.status().state);
    for (const state of ['running', 'degraded', 'stopped', 'crashed', 'blocked', 'timeout']) {
      running.set(states.filter((one) => one === state).length, state);
    }
  };
}

/** Samples now and every second. Returns the stop. */
export function sampleMetrics(system: System, buildId: string): CancelTimer {
  const { clock, telemetry, host } = system.options.ports;
  const { metrics } = telemetry;
  metrics.gauge('holdfast_build_info').set(1, buildId, host.nodeVersion);
  metrics.gauge('holdfast_journal_epoch').set(system.journal.epoch);
  metrics.gauge('holdfast_up_since_seconds').set(clock.nowUs() / usPerSecond);
  const samplers = [marketSampler, gateSampler, guardSampler, venueSampler, hostSampler].map(
    (make) => make(system, metrics),
  );
  const sample = (): void => {
    for (const one of samplers) one();
  };
  sample();
  return clock.every(sampleMs, sample);
}
