/**
 * Writes guard facts to the control stream, and reads back what must survive a restart: the floors,
 * a running emergency, and whether the account is still to be closed. Facts that precede an effect are durable before they return.
 */
import { encodeFact, type Fact, makeFact } from '../../streams/facts/envelope.ts';
import { assert } from '../../streams/facts/errors.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import type { ModeReason } from '../../streams/facts/reason-codes/index.ts';
import { parseFact } from '../../streams/facts/registry.ts';
import { guardFacts } from '../../streams/facts/schemas/guard.ts';
import type { Ports } from '../../streams/ports/index.ts';

/** The part of the control stream the guard needs. */
export interface ControlStream {
  /** One block, durable when it returns; throws JOURNAL_* otherwise. `reserve`: a full disk takes it. */
  appendNow(records: readonly Uint8Array[], options?: { readonly reserve?: boolean }): unknown;
  /** Durable when it resolves. */
  append(record: Uint8Array): Promise<unknown>;
}

export type GuardFactType = keyof typeof guardFacts;

export interface GuardFact {
  readonly type: GuardFactType;
  readonly payload: object;
}

/** Where and how a fact was recorded: what a command answers with. */
export interface RecordedFact {
  readonly factId: string;
  readonly traceId: string;
}

export interface GuardRecordOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>;
  readonly control: ControlStream;
  readonly pins: Pins;
  /** Actor id. */
  readonly producer: string;
  readonly policyRev: () => string;
}

export class GuardRecord {
  readonly #options: GuardRecordOptions;
  #sequence = 0;

  constructor(options: GuardRecordOptions) {
    this.#options = options;
  }

  /**
   * One block, durable before it returns: a crash leaves all of it or nothing. Answers where the first
   * of it stands. Throws JOURNAL_* when it could not be made durable.
   */
  durable(facts: readonly GuardFact[], options: { readonly reserve: boolean }): RecordedFact {
    const made = facts.map(({ type, payload }) => this.#fact(type, payload));
    const [first] = made;
    assert(first !== undefined, 'a guard record needs a fact');
    this.#options.control.appendNow(made.map(encodeFact), options);
    return { factId: first.event_id, traceId: first.trace_id };
  }

  /** Durable soon: for facts that explain and precede no effect. A failure is logged and counted. */
  soon(type: GuardFactType, payload: object, traceId?: string): RecordedFact {
    const fact = this.#fact(type, payload, traceId);
    this.#options.control.append(encodeFact(fact)).catch((cause: unknown) => {
      this.#options.ports.telemetry.log.error('guard.fact_lost', { type, cause: String(cause) });
    });
    return { factId: fact.event_id, traceId: fact.trace_id };
  }

  #fact(type: GuardFactType, payload: object, traceId?: string): Fact<object> {
    const { ports, pins, producer, policyRev } = this.#options;
    this.#sequence += 1;
    const nowUs = ports.clock.nowUs();
    return makeFact({
      eventType: type,
      schemaVersion: guardFacts[type].version,
      tsUs: nowUs,
      emittedUs: nowUs,
      pins,
      traceId: traceId ?? ports.random.hex(16),
      producer,
      policyRev: policyRev(),
      partitionKey: `control:${type.split('.')[0]}`,
      identity: [producer, pins.run_id, this.#sequence],
      payload: { sequence: this.#sequence, ...payload },
    });
  }
}

/** What the guard must know again after a restart. */
export interface RecoveredGuard {
  readonly killFloor: boolean;
  readonly reduceOnlyFloor: boolean;
  readonly floorReasons: readonly ModeReason[];
  /** Epoch µs until which an emergency reduce-only holds; null: none was active. */
  readonly emergencyUntilUs: number | null;
  /** A Kill demanded that the account is closed, and it was neither done nor withdrawn. */
  readonly flattenOwed: boolean;
}

const nothingRecovered: RecoveredGuard = {
  killFloor: false,
  reduceOnlyFloor: false,
  floorReasons: [],
  emergencyUntilUs: null,
  flattenOwed: false,
};

/** The facts that are read back, by the text that every encoding of them holds. */
const recoveredTypes = [
  'mode.changed',
  'emergency.changed',
  'account.flatten_owed',
  'account.flattened',
] as const;

interface FloorPayload {
  readonly kill_floor: boolean;
  readonly reduce_only_floor: boolean;
  readonly floor_reasons: readonly ModeReason[];
}

/**
 * Replays the control stream. A guard fact that cannot be read raises the Kill floor: what an
 * operator has to release must never be lost to a parse error.
 */
export function recoverGuard(
  records: Iterable<{ readonly bytes: Uint8Array }>,
  onUnreadable: (cause: unknown) => void,
): RecoveredGuard {
  let recovered = nothingRecovered;
  for (const { bytes } of records) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const type = recoveredTypes.find((one) => text.includes(`"event_type":"${one}"`));
    if (type === undefined) continue;
    try {
      recovered = after(recovered, type, parseFact(bytes).payload);
    } catch (cause) {
      onUnreadable(cause);
      recovered = { ...recovered, killFloor: true };
    }
  }
  // Owed by a Kill that never came into force is owed by nobody.
  return { ...recovered, flattenOwed: recovered.flattenOwed && recovered.killFloor };
}

function after(
  before: RecoveredGuard,
  type: (typeof recoveredTypes)[number],
  payload: object,
): RecoveredGuard {
  switch (type) {
    case 'mode.changed': {
      const floors = floorsOf(payload as FloorPayload);
      // Restored: whoever lifts a Kill takes over what it wanted closed.
      const flattenOwed = before.flattenOwed && !(before.killFloor && !floors.killFloor);
      return { ...before, ...floors, flattenOwed };
    }
    case 'emergency.changed':
      return {
        ...before,
        emergencyUntilUs: (payload as { until_us: number | null }).until_us,
      };
    case 'account.flatten_owed':
      return { ...before, flattenOwed: true };
    case 'account.flattened': {
      const isAll = (payload as { scope: string }).scope === 'all';
      return isAll ? { ...before, flattenOwed: false } : before;
    }
  }
}

function floorsOf(
  payload: FloorPayload,
): Pick<RecoveredGuard, 'killFloor' | 'reduceOnlyFloor' | 'floorReasons'> {
  return {
    killFloor: payload.kill_floor,
    reduceOnlyFloor: payload.reduce_only_floor,
    floorReasons: payload.floor_reasons,
  };
}
