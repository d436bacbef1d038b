/**
 * Hosts one strategy: hands it events while it may decide, gives its decisions their identity, and
 * submits them. A throw crashes the runner and nothing else; a decision that took longer than its
 * deadline is dropped and counted, never sent late.
 */
import { type Actor, createActor } from 'xstate';
import { type RunnerEvent, runnerMachine } from '../../machines/runner.ts';
import {
  type DecisionContext,
  decisionIds,
  decisionTraceId,
  groupIdsOf,
  inputEventIdOf,
  type StrategyDecision,
} from '../../streams/facts/decision.ts';
import type { MarketEvent, MarketView } from '../../streams/facts/market.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import { usPerMs } from '../../streams/facts/time.ts';
import type { Ports } from '../../streams/ports/index.ts';
import type { StandingView, Strategy, StrategyView } from './contract.ts';

export interface RunnerOptions {
  readonly ports: Ports;
  readonly runnerId: string;
  /** `<kind>@<version>`: what decided, part of the decision id. */
  readonly bundle: string;
  readonly strategy: Strategy;
  /** With the parameter hash of this runner. */
  readonly pins: Pins;
  readonly market: MarketView;
  readonly standing: StandingView;
  readonly submit: (context: DecisionContext) => void;
  readonly decisionDeadlineMs: number;
  readonly onTransition: (from: string, to: string, cause: string | null) => void;
  /** A decision that was made too late to be sent: it is recorded instead. */
  readonly onSuppressed: (
    context: DecisionContext,
    code: 'DecisionDeadlineMissed',
    facts: Readonly<{ took_ms: number; deadline_ms: number }>,
  ) => void;
}

export interface RunnerStatus {
  readonly runnerId: string;
  readonly bundle: string;
  readonly state: string;
  readonly cause: string | null;
  readonly decisions: number;
  readonly late: number;
  readonly failures: number;
  readonly lastDecisionUs: number | null;
}

class EventView implements StrategyView {
  readonly market: MarketView;
  readonly standing: StandingView;
  nowUs = 0;

  constructor(market: MarketView, standing: StandingView) {
    this.market = market;
    this.standing = standing;
  }
}

export class Runner {
  readonly #options: RunnerOptions;
  readonly #actor: Actor<typeof runnerMachine>;
  readonly #view: EventView;
  readonly #groupId: ReturnType<typeof groupIdsOf>;
  readonly #decisionId: ReturnType<typeof decisionIds>;
  #mayDecide = false;
  #state = 'pending';
  #decisions = 0;
  #late = 0;
  #failures = 0;
  #lastDecisionUs: number | null = null;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#view = new EventView(options.market, options.standing);
    this.#groupId = groupIdsOf(options.pins);
    this.#decisionId = decisionIds(options.pins, options.runnerId, options.bundle);
    this.#actor = createActor(runnerMachine, { clock: options.ports.clock.machine });
    this.#actor.subscribe((snapshot) => {
      const from = this.#state;
      this.#state = snapshot.value;
      this.#mayDecide = snapshot.hasTag('mayDecide');
      if (from !== this.#state) options.onTransition(from, this.#state, snapshot.context.cause);
    });
    this.#actor.start();
  }

  get id(): string {
    return this.#options.runnerId;
  }

  start(): void {
    this.#send({ type: 'runner.startRequested' });
    this.#send({ type: 'runner.started' });
  }

  stop(cause: string): void {
    this.#send({ type: 'runner.stopRequested', cause });
    this.#send({ type: 'runner.stopped' });
  }

  /** The hot path: one call an event, a direct return when the strategy does not care. */
  onMarket(event: MarketEvent): void {
    if (!this.#mayDecide || !this.#options.strategy.wants(event)) return;
    const startedUs = this.#options.ports.clock.monotonicUs();
    this.#view.nowUs = event.tsUs;
    let context: DecisionContext | undefined;
    try {
      const decision = this.#options.strategy.decide(this.#view, event);
      // A scope that no hash takes is the strategy's failure, too.
      if (decision !== undefined) context = this.#contextOf(decision, event);
    } catch (error) {
      this.#failures += 1;
      const cause = error instanceof Error ? error.message : String(error);
      this.#send({ type: 'runner.failed', cause });
      return;
    }
    if (context !== undefined) this.#propose(context, event.tsUs, startedUs);
  }

  status(): RunnerStatus {
    return {
      runnerId: this.#options.runnerId,
      bundle: this.#options.bundle,
      state: this.#state,
      cause: this.#actor.getSnapshot().context.cause,
      decisions: this.#decisions,
      late: this.#late,
      failures: this.#failures,
      lastDecisionUs: this.#lastDecisionUs,
    };
  }

  #propose(context: DecisionContext, decidedUs: number, startedUs: number): void {
    this.#decisions += 1;
    this.#lastDecisionUs = decidedUs;
    const { ports, decisionDeadlineMs, onSuppressed, submit } = this.#options;
    const tookMs = (ports.clock.monotonicUs() - startedUs) / usPerMs;
    if (tookMs <= decisionDeadlineMs) {
      submit(context);
      return;
    }
    this.#late += 1;
    const facts = { took_ms: tookMs, deadline_ms: decisionDeadlineMs };
    onSuppressed(context, 'DecisionDeadlineMissed', facts);
  }

  #contextOf(decision: StrategyDecision, event: MarketEvent): DecisionContext {
    const { runnerId, bundle, pins } = this.#options;
    const inputEventId = inputEventIdOf(event);
    const decisionId = this.#decisionId(inputEventId, decision.scope);
    return {
      decisionId,
      groupId: this.#groupId(runnerId, decisionId),
      strategyId: runnerId,
      strategyVersion: bundle,
      runnerId,
      inputEventId,
      traceId: decisionTraceId(decisionId, pins.run_id),
      tsUs: event.tsUs,
      receivedMonotonicUs: event.receivedMonotonicUs,
      decision,
    };
  }

  #send(event: RunnerEvent): void {
    this.#actor.send(event);
  }
}
