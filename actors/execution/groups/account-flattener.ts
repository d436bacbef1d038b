/**
 * Closes what the account holds, whichever group opened it: a Kill that demands containment, or an
 * operator who asks for it. The ladder is that of a broken group: reduce-only closes at 5, 10, 20
 * ticks, then one bounded hedge an underlying. Every order passes the gates that a containment passes;
 * the local proof keeps a close from ever being larger than what is held.
 */
import type { DecisionContext } from '../../../streams/facts/decision.ts';
import { sha256Hex } from '../../../streams/facts/hash.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import type { MarketView, Side } from '../../../streams/facts/market.ts';
import type { ExecutionPolicy } from '../../../streams/facts/policy/execution.ts';
import type { PositionsView } from '../../../streams/facts/positions.ts';
import { traceIdOf } from '../../../streams/facts/trace.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import type { Log } from '../../../streams/ports/telemetry.ts';
import type { LegOutcome } from '../contract.ts';
import { referenceUsdFloat } from '../gates/gate.ts';
import { deltaUsdPerLotFloat } from '../portfolio-delta.ts';
import { notionalUsdFloat } from '../sizing.ts';
import { closeOrder, type PricingView } from './containment-orders.ts';
import { hedgeOf } from './hedges.ts';

/** `over_limit`: only what stands above `max_position_usd`. */
export type FlattenScope = 'all' | 'over_limit';

export interface FlattenReport {
  readonly cause: string;
  readonly scope: FlattenScope;
  /** `flat`: nothing left in scope; `hedged`: its delta is; `exhausted`: neither. */
  readonly outcome: 'flat' | 'hedged' | 'exhausted';
  readonly closes: number;
  readonly hedges: number;
  readonly durationMs: number;
}

export interface AccountFlattenerOptions {
  readonly clock: Pick<Clock, 'after' | 'monotonicUs' | 'nowUs'>;
  readonly log: Log;
  readonly policy: () => ExecutionPolicy;
  readonly market: MarketView;
  readonly positions: PositionsView;
  readonly reducibleLots: (instrumentName: string, side: Side) => number;
  readonly send: (step: {
    readonly group: { readonly groupId: string; readonly decision: DecisionContext };
    readonly proposals: readonly ProposedIntent[];
    readonly kind: 'close' | 'hedge';
  }) => readonly LegOutcome[];
  readonly onReport?: (report: FlattenReport) => void;
}

/** Long enough for an immediate-or-cancel order to be answered, ms. */
const stepMs = 100;
/** Nothing could be sent (no price, no permission, no credit): so often, then it is given up. */
const idleStepsMax = 600;

interface Run {
  readonly cause: string;
  readonly scope: FlattenScope;
  readonly startedUs: number;
  readonly group: { readonly groupId: string; readonly decision: DecisionContext };
  readonly attempts: Map<string, number>;
  readonly hedged: Set<string>;
  /** Orders tried: one that was stopped before it left is tried again as an intent of its own. */
  tries: number;
  /** Closes that left. */
  closes: number;
  idleSteps: number;
}

export class AccountFlattener {
  readonly #options: AccountFlattenerOptions;
  #run: Run | undefined;
  #runs = 0;
  #stopped = false;

  constructor(options: AccountFlattenerOptions) {
    this.#options = options;
  }

  /** Begins, or widens the run that is on. */
  flatten(cause: string, scope: FlattenScope): void {
    if (this.#stopped) return;
    const isOn = this.#run !== undefined;
    if (isOn && (this.#run?.scope === 'all' || scope === 'over_limit')) return;
    this.#run = this.#newRun(cause, scope);
    if (!isOn) this.#step();
  }

  stop(): void {
    this.#stopped = true;
  }

  #newRun(cause: string, scope: FlattenScope): Run {
    const { clock } = this.#options;
    this.#runs += 1;
    const startedUs = clock.monotonicUs();
    const id = sha256Hex(JSON.stringify(['flatten', cause, clock.nowUs(), this.#runs]));
    const decision: DecisionContext = {
      decisionId: id,
      groupId: id,
      strategyId: 'guard',
      strategyVersion: '1',
      runnerId: 'guard',
      inputEventId: id,
      traceId: traceIdOf(id),
      tsUs: clock.nowUs(),
      receivedMonotonicUs: startedUs,
      decision: { scope: 'account', action: 'EXIT', intents: [], reasons: [cause], signal: {} },
    };
    const group = { groupId: id, decision };
    const state = { attempts: new Map<string, number>(), hedged: new Set<string>() };
    return { cause, scope, startedUs, group, ...state, tries: 0, closes: 0, idleSteps: 0 };
  }

  #step(): void {
    const run = this.#run;
    if (run === undefined || this.#stopped) return;
    const held = this.#held(run);
    if (held.length === 0) {
      this.#finish(run, 'flat');
      return;
    }
    const closed = held.map((row) => this.#close(run, row)).includes(true);
    const isClosing = held.some((row) => row.lots === 0 || this.#mayClose(run, row.name));
    const hedged = !isClosing && this.#hedge(run, held);
    run.idleSteps = closed || hedged ? 0 : run.idleSteps + 1;
    const isSpent = !isClosing && !hedged;
    if (isSpent || run.idleSteps > idleStepsMax) {
      this.#finish(run, run.hedged.size > 0 && isSpent ? 'hedged' : 'exhausted');
      return;
    }
    this.#options.clock.after(stepMs, () => this.#step());
  }

  /** What is held in scope. Zero lots: all of it is on its way out already. */
  #held(run: Run): Array<{ name: string; side: Side; lots: number }> {
    const { positions, reducibleLots } = this.#options;
    return [...positions.all].flatMap(({ instrument, signedLots }) => {
      const excess = Math.abs(signedLots) - this.#keptLots(run, instrument.name);
      if (signedLots === 0 || excess <= 0) return [];
      const side: Side = signedLots > 0 ? 'sell' : 'buy';
      const free = reducibleLots(instrument.name, side);
      return [{ name: instrument.name, side, lots: Math.max(0, Math.min(free, excess)) }];
    });
  }

  #keptLots({ scope }: Run, name: string): number {
    const { market, policy } = this.#options;
    const limitUsd = policy().max_position_usd;
    const seen = market.get(name);
    if (scope === 'all' || seen === undefined || limitUsd === undefined) return 0;
    const usdPerLot = notionalUsdFloat(seen.instrument, 1, referenceUsdFloat(seen));
    return usdPerLot > 0 ? Math.floor(limitUsd / usdPerLot) : 0;
  }

  #mayClose(run: Run, name: string): boolean {
    return (run.attempts.get(name) ?? 0) < this.#options.policy().close_attempts_max;
  }

  /** True when an order left. */
  #close(run: Run, { name, side, lots }: { name: string; side: Side; lots: number }): boolean {
    const attempt = run.attempts.get(name) ?? 0;
    if (lots === 0 || !this.#mayClose(run, name)) return false;
    const order = closeOrder({ name, side, lots, attempt }, this.#pricing());
    if (order === undefined) return false;
    const proposals = [{ ...order, leg_idx: run.tries, attempt }];
    run.tries += 1;
    const [leg] = this.#options.send({ group: run.group, proposals, kind: 'close' });
    if (leg?.kind !== 'sent') return false;
    run.attempts.set(name, attempt + 1);
    run.closes += 1;
    return true;
  }

  /** One perpetual order an underlying against the delta that closing left. */
  #hedge(run: Run, held: ReadonlyArray<{ name: string }>): boolean {
    const { market, positions } = this.#options;
    const deltas = new Map<string, number>();
    for (const { name } of held) {
      const seen = market.get(name);
      const base = seen?.instrument.row.base_currency;
      if (seen === undefined || base === undefined || run.hedged.has(base)) continue;
      const lots = positions.get(name)?.signedLots ?? 0;
      deltas.set(base, (deltas.get(base) ?? 0) + lots * deltaUsdPerLotFloat(seen));
    }
    let left = false;
    for (const [base, deltaUsdFloat] of deltas) {
      const order = hedgeOf(
        { base, deltaUsdFloat, legIdx: run.tries, attempt: 0 },
        this.#pricing(),
      );
      if (order?.priced !== true) continue;
      const proposals = [order.proposal];
      run.tries += 1;
      const [leg] = this.#options.send({ group: run.group, proposals, kind: 'hedge' });
      if (leg?.kind !== 'sent') continue;
      run.hedged.add(base);
      left = true;
    }
    return left;
  }

  #finish(run: Run, outcome: FlattenReport['outcome']): void {
    const { clock, log, onReport } = this.#options;
    this.#run = undefined;
    const durationMs = (clock.monotonicUs() - run.startedUs) / 1_000;
    const { cause, scope, closes, hedged } = run;
    const report = { cause, scope, outcome, closes, hedges: hedged.size, durationMs };
    log[outcome === 'exhausted' ? 'error' : 'warn']('account.flattened', { ...report });
    onReport?.(report);
  }

  #pricing(): PricingView {
    const { market, clock, policy } = this.#options;
    return { market, nowMonotonicUs: clock.monotonicUs(), policy: policy() };
  }
}
