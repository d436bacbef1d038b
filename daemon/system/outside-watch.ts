/** The monitors of the world outside: markets, network, caches, the venue's limits, the option chain. */
import type { Execution } from '../../actors/execution/index.ts';
import {
  type Guard,
  type MarketStressWatch,
  watchBunker,
  watchCaches,
  watchMarketStress,
  watchRateRefusals,
  watchVenueLimits,
  watchVolSurface,
} from '../../actors/guard/index.ts';
import type { MarketRoom } from '../../actors/market/index.ts';
import type { Loops } from '../../actors/supervision/index.ts';
import type { VenueRoom } from '../../actors/venue/index.ts';
import type { GuardPolicy } from '../../streams/facts/policy/guard.ts';
import type { CancelTimer, Ports } from '../../streams/ports/index.ts';
import type { SystemBreakers } from './breakers.ts';
import type { FeeAge } from './fee-age.ts';
import { smilesOf } from './option-chain.ts';
import type { SurfaceFits } from './surface-fits.ts';
import { underlyingReadings } from './underlyings.ts';

export interface OutsideWatchOptions {
  readonly ports: Ports;
  readonly guard: Guard;
  /** Always the one in force. */
  readonly guardPolicy: GuardPolicy;
  readonly execution: Execution;
  readonly market: MarketRoom;
  readonly venue: VenueRoom;
  readonly underlyings: () => readonly string[];
  readonly feeAge: FeeAge;
  readonly surfaceFits: SurfaceFits;
  /** In front of reads that may wait; never of what makes things safer. */
  readonly breakers: SystemBreakers;
  /** Every monitor that repeats is followed under its name. */
  readonly loops: Loops;
}

/** Limits are granted per account, the same in every currency. */
const limitsCurrency = 'BTC';

function watchNetwork({ loops, guard, venue, guardPolicy }: OutsideWatchOptions): CancelTimer {
  return watchBunker({
    clock: loops.clock('monitor bunker'),
    guard,
    limits: guardPolicy,
    read: () => {
      const { httpP95Ms, httpTimeoutRatio, wsLagP95Ms, clockDriftMs } = venue.health();
      const corrected = (lagMs: number): number => lagMs - (clockDriftMs ?? 0);
      return {
        httpP95Ms,
        timeoutRatio: httpTimeoutRatio,
        streamLagMs: wsLagP95Ms === undefined ? undefined : corrected(wsLagP95Ms),
      };
    },
  });
}

/** Unknown is not shown as zero: a gauge keeps what was last seen, the mode says that it is old. */
function underlyingGauges({
  ports,
}: OutsideWatchOptions): NonNullable<MarketStressWatch['onSeen']> {
  const { metrics } = ports.telemetry;
  const spread = metrics.gauge('holdfast_underlying_spread_ratio');
  const depth = metrics.gauge('holdfast_underlying_depth_usd');
  const basis = metrics.gauge('holdfast_underlying_basis_ratio');
  const volatility = metrics.gauge('holdfast_underlying_volatility_ratio');
  return (underlying, seen, basisBps) => {
    if (seen.spreadBpsFloat !== undefined) spread.set(seen.spreadBpsFloat / 10_000, underlying);
    if (seen.depthUsdFloat !== undefined) depth.set(seen.depthUsdFloat, underlying);
    if (basisBps !== undefined) basis.set(basisBps / 10_000, underlying);
    if (typeof seen.volatilityFloat === 'number')
      volatility.set(seen.volatilityFloat / 100, underlying);
  };
}

function watchUnderlyings(options: OutsideWatchOptions): CancelTimer {
  const onSeen = underlyingGauges(options);
  const { ports, guard, venue, market, underlyings, guardPolicy: limits, loops } = options;
  return watchMarketStress({
    clock: loops.clock('monitor market stress'),
    guard,
    limits,
    onSeen,
    read: () =>
      underlyingReadings({
        underlyings: underlyings(),
        market: market.view,
        volatility: venue.measured.volatility,
        refusedChannels: venue.refusedChannels,
        nowUs: ports.clock.monotonicUs(),
        jumpWindowS: limits.dvol_jump_window_s,
        perpetualRequired: limits.cortex_perpetual_required,
      }),
  });
}

function watchOptionChain(options: OutsideWatchOptions): CancelTimer {
  const { ports, guard, market, guardPolicy: limits, surfaceFits, loops } = options;
  const { clock, telemetry } = ports;
  const fits = telemetry.metrics.counter('holdfast_svi_fits_total');
  return watchVolSurface({
    clock: loops.clock('monitor vol surface'),
    guard,
    limits,
    // Switched off there is no chain to look at; what it raised ends with its window.
    read: () => (limits.svi_guard_enabled ? smilesOf(market.view, clock.nowUs()) : []),
    onFit: ({ underlying }, fit) => surfaceFits.keep(underlying, fit),
    onJudged: (refusal) => fits.increment(1, refusal ?? 'accepted'),
  });
}

/** Starts them. Returns the stop. */
export function watchOutside(options: OutsideWatchOptions): CancelTimer {
  const { ports, guard, venue, execution, feeAge, guardPolicy: limits, breakers, loops } = options;
  const { clock } = ports;
  const stops = [
    watchUnderlyings(options),
    watchNetwork(options),
    watchOptionChain(options),
    watchRateRefusals({
      clock: loops.clock('monitor rate refusals'),
      guard,
      read: () => venue.health().rateRefusals60s,
    }),
    watchCaches({
      clock: loops.clock('monitor caches'),
      guard,
      limits,
      read: () => {
        const instrumentsReadUs = venue.measured.instrumentsReadUs;
        return { instrumentsReadUs, feesReadEpochUs: feeAge.readUs };
      },
    }),
    watchVenueLimits({
      clock,
      guard,
      limits,
      fetch: () => breakers.call('venue_rest', () => venue.http.tradingLimits(limitsCurrency)),
      onLimits: ({ ratePerSecond, burst }) =>
        execution.grantCredits({ creditsPerS: ratePerSecond, burst }),
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
