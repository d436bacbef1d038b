/** Feeds the evidence-chain machine with counters and queue depth, and the guard with its state. */
import { createActor } from 'xstate';
import {
  type EvidenceCause,
  type EvidenceCounter,
  type EvidenceLimits,
  evidenceChainMachine,
  isSameEvidence,
  observeEvidence,
} from '../../../machines/evidence-chain.ts';
import type { GuardPolicy } from '../../../streams/facts/policy/guard.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import { parameterUs } from '../evaluate.ts';
import type { Guard } from '../guard-types.ts';

export interface EvidenceReading {
  /** Monotonic µs; undefined: the counters could not be read. */
  readonly readUs: number | undefined;
  readonly counters: Readonly<Partial<Record<EvidenceCounter, number>>>;
  /** Depth over capacity of the fullest evidence queue, 0–1. */
  readonly queueRatio: number | undefined;
}

export interface EvidenceWatch {
  readonly clock: Pick<Clock, 'every' | 'monotonicUs' | 'machine'>;
  readonly guard: Pick<Guard, 'set'>;
  readonly read: () => EvidenceReading;
  readonly policy: GuardPolicy;
}

export interface EvidenceMonitor {
  /** Why it is not GREEN; empty when it is. */
  readonly causes: readonly EvidenceCause[];
  /** Looks now: call it where an error was just counted, so that no OPEN slips in between. */
  look(): void;
  stop(): void;
}

/** An error must close OPEN within a guard tick, ms. */
const lookMs = 100;

/** The policy's limits in the machine's units, as they are when they are read. */
export function evidenceLimits(policy: GuardPolicy): EvidenceLimits {
  return {
    get windowUs() {
      return parameterUs(policy, 'evidenceguard_window_s');
    },
    get cooldownUs() {
      return parameterUs(policy, 'evidenceguard_global_cooldown_s');
    },
    get countersMaxAgeUs() {
      return parameterUs(policy, 'evidenceguard_counters_max_age_ms');
    },
    get queueTripRatio() {
      return policy.evidence_queue_trip_pct;
    },
    get queueClearRatio() {
      return policy.evidence_queue_clear_pct;
    },
    get queueTripWindowUs() {
      return parameterUs(policy, 'evidence_queue_trip_window_s');
    },
    get queueClearWindowUs() {
      return parameterUs(policy, 'queue_clear_window_s');
    },
  };
}

export function watchEvidence(watch: EvidenceWatch): EvidenceMonitor {
  const limits = evidenceLimits(watch.policy);
  const chain = createActor(evidenceChainMachine, {
    input: { limits },
    clock: watch.clock.machine,
  });
  chain.start();
  const look = (): void => {
    const { readUs, counters, queueRatio } = watch.read();
    const nowUs = watch.clock.monotonicUs();
    const observation = { nowUs, countersReadUs: readUs, counters, queueRatio };
    const { context } = chain.getSnapshot();
    // The machine hears of changes, not of ticks; time passing is a change only when it ends something.
    if (!isSameEvidence(context, observeEvidence(context, observation)))
      chain.send({ type: 'evidence.observed', observation });
    if (readUs !== undefined) watch.guard.set('evidence_counters', true, readUs);
    watch.guard.set(
      'evidence_chain',
      chain.getSnapshot().hasTag('mayOpen') ? 'GREEN' : 'NOT_GREEN',
    );
  };
  look();
  const stop = watch.clock.every(lookMs, look);
  return {
    get causes() {
      return chain.getSnapshot().context.causes;
    },
    look,
    stop: () => {
      stop();
      chain.stop();
    },
  };
}
