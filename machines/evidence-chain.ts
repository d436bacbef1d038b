/**
 * Decides whether the evidence chain is GREEN: every counter present and fresh, none rose within
 * the window, the queue is not saturated, and the cooldown since the last trip has passed.
 *
 * Starts not green: evidence is proven, not assumed. Time comes with every observation.
 */
import { assign, setup } from 'xstate';

export const evidenceCounters = [
  'ledger_write_errors',
  'capsule_write_errors',
  'snapshot_write_errors',
  'attribution_write_errors',
  'evidence_queue_overflows',
] as const;
export type EvidenceCounter = (typeof evidenceCounters)[number];

export interface EvidenceObservation {
  readonly nowUs: number;
  /** When the counters were read, same clock; undefined: never. */
  readonly countersReadUs: number | undefined;
  /** A counter that is not there, or not a count, makes the chain not green. */
  readonly counters: Readonly<Partial<Record<EvidenceCounter, number>>>;
  /** Depth over capacity, 0–1; undefined: unknown. */
  readonly queueRatio: number | undefined;
}

export interface EvidenceLimits {
  readonly windowUs: number;
  readonly cooldownUs: number;
  readonly countersMaxAgeUs: number;
  readonly queueTripRatio: number;
  readonly queueClearRatio: number;
  readonly queueTripWindowUs: number;
  readonly queueClearWindowUs: number;
}

export type EvidenceCause = 'counters_missing' | 'counter_rose' | 'queue_saturated' | 'cooldown';

export interface EvidenceContext {
  readonly limits: EvidenceLimits;
  readonly last: Readonly<Partial<Record<EvidenceCounter, number>>>;
  /** Last rise of any counter. */
  readonly roseUs: number | undefined;
  /** Last moment a trip began or went on by a rise or a full queue; the cooldown counts from here. */
  readonly trippedUs: number | undefined;
  /** Since when the queue stands at or above the trip mark. */
  readonly queueHighSinceUs: number | undefined;
  /** Since when the queue stands at or below the clear mark. */
  readonly queueLowSinceUs: number | undefined;
  readonly queueTripped: boolean;
  readonly causes: readonly EvidenceCause[];
}

export type EvidenceChainEvent = { type: 'evidence.observed'; observation: EvidenceObservation };

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value >= 0;
}

type Counters = EvidenceContext['last'];

/** What is known of each counter: what it shows now, or showed when it last could be read. */
function countsAfter(last: Counters, now: Counters): Counters {
  if (evidenceCounters.every((name) => !isCount(now[name]) || now[name] === last[name]))
    return last;
  const known: Partial<Record<EvidenceCounter, number>> = { ...last };
  for (const name of evidenceCounters) {
    const value = now[name];
    if (isCount(value)) known[name] = value;
  }
  return known;
}

/** A count that fell belongs to a restarted counter: its new errors are what it shows now. */
function anyRose(last: Counters, now: Counters): boolean {
  return evidenceCounters.some((name) => {
    const before = last[name];
    const after = now[name];
    if (!isCount(after)) return false;
    if (before === undefined) return after > 0;
    return after > before || (after < before && after > 0);
  });
}

function queueAfter(context: EvidenceContext, observation: EvidenceObservation) {
  const { limits } = context;
  const { nowUs, queueRatio } = observation;
  const known = queueRatio !== undefined && queueRatio >= 0;
  const high = known && queueRatio >= limits.queueTripRatio;
  const low = known && queueRatio <= limits.queueClearRatio;
  const queueHighSinceUs = high ? (context.queueHighSinceUs ?? nowUs) : undefined;
  const queueLowSinceUs = low ? (context.queueLowSinceUs ?? nowUs) : undefined;
  const trips =
    queueHighSinceUs !== undefined && nowUs - queueHighSinceUs >= limits.queueTripWindowUs;
  const clears =
    queueLowSinceUs !== undefined && nowUs - queueLowSinceUs >= limits.queueClearWindowUs;
  return {
    queueHighSinceUs,
    queueLowSinceUs,
    queueTripped: trips || (context.queueTripped && !clears),
    newTrip: trips && !context.queueTripped,
    queueKnown: known,
  };
}

/** The context after one observation; `causes` is empty exactly when the chain is GREEN. */
export function observeEvidence(
  context: EvidenceContext,
  observation: EvidenceObservation,
): EvidenceContext {
  const { limits } = context;
  const { nowUs, counters, countersReadUs } = observation;
  const present =
    countersReadUs !== undefined &&
    nowUs - countersReadUs <= limits.countersMaxAgeUs &&
    evidenceCounters.every((name) => isCount(counters[name]));
  const rose = anyRose(context.last, counters);
  const roseUs = rose ? nowUs : context.roseUs;
  const { newTrip, queueKnown, ...queue } = queueAfter(context, observation);
  const trippedUs = rose || newTrip ? nowUs : context.trippedUs;
  const causes: EvidenceCause[] = [];
  if (!present || !queueKnown) causes.push('counters_missing');
  if (roseUs !== undefined && nowUs - roseUs < limits.windowUs) causes.push('counter_rose');
  if (queue.queueTripped) causes.push('queue_saturated');
  if (trippedUs !== undefined && nowUs - trippedUs < limits.cooldownUs) causes.push('cooldown');
  return {
    limits,
    last: countsAfter(context.last, counters),
    roseUs,
    trippedUs,
    ...queue,
    causes,
  };
}

/**
 * True when an observation that led from one to the other changed nothing: what the machine is in
 * follows from its context, so it need not hear of it.
 */
export function isSameEvidence(before: EvidenceContext, after: EvidenceContext): boolean {
  return (
    before.last === after.last &&
    before.roseUs === after.roseUs &&
    before.trippedUs === after.trippedUs &&
    before.queueHighSinceUs === after.queueHighSinceUs &&
    before.queueLowSinceUs === after.queueLowSinceUs &&
    before.queueTripped === after.queueTripped &&
    before.causes.length === after.causes.length &&
    before.causes.every((cause, index) => cause === after.causes[index])
  );
}

export const evidenceChainMachine = setup({
  types: {
    context: {} as EvidenceContext,
    events: {} as EvidenceChainEvent,
    input: {} as { readonly limits: EvidenceLimits },
    tags: {} as 'mayOpen',
  },
  guards: {
    isGreen: ({ context, event }) =>
      observeEvidence(context, event.observation).causes.length === 0,
  },
  actions: {
    recordObservation: assign(({ context, event }) => observeEvidence(context, event.observation)),
  },
}).createMachine({
  id: 'evidence-chain',
  context: ({ input }) => ({
    limits: input.limits,
    last: {},
    roseUs: undefined,
    trippedUs: undefined,
    queueHighSinceUs: undefined,
    queueLowSinceUs: undefined,
    queueTripped: false,
    causes: ['counters_missing'],
  }),
  initial: 'notGreen',
  on: {
    'evidence.observed': [
      { guard: 'isGreen', target: '.green', actions: 'recordObservation' },
      { target: '.notGreen', actions: 'recordObservation' },
    ],
  },
  states: {
    green: { tags: 'mayOpen' },
    notGreen: {},
  },
});
