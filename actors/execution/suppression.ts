/** Every refusal leaves a receipt: a log line, a count by code, and a no-trade fact, same ids. */
import type { DecisionContext } from '../../streams/facts/decision.ts';
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import { type RejectCode, rejectCodes } from '../../streams/facts/reject-codes.ts';
import type { Counter, Log } from '../../streams/ports/telemetry.ts';
import type { FactWriter } from './fact-writer.ts';
import type { GateFacts } from './gates/gate.ts';
import type { GuardView } from './guard-gate.ts';

/** Where refusals and attributions go: the audit stream. */
export interface AuditStream {
  append(record: Uint8Array): Promise<number>;
}

export interface Suppressed {
  readonly code: RejectCode;
  readonly gate: string;
  readonly facts: GateFacts;
  readonly legIdx: number;
  readonly groupId: string;
  /** Null: refused before it was an intent. */
  readonly intent: OrderIntent | null;
  readonly instrumentName: string | null;
  readonly class: string;
}

export interface SuppressionOptions {
  readonly audit: AuditStream;
  readonly writer: FactWriter;
  readonly log: Log;
  readonly rejects: Counter;
  readonly runId: string;
  readonly onWriteError: (error: HoldfastError) => void;
}

/** Facts sorted and made finite, so that the record is canonical. */
function sortedFacts(facts: GateFacts): GateFacts {
  return Object.fromEntries(
    Object.keys(facts)
      .sort()
      .map((key) => {
        const value = facts[key] ?? null;
        return [key, typeof value === 'number' && !Number.isFinite(value) ? null : value];
      }),
  );
}

export class SuppressionLog {
  readonly #options: SuppressionOptions;
  readonly #counts = new Map<RejectCode, number>();

  constructor(options: SuppressionOptions) {
    this.#options = options;
  }

  /** Refusals since start, by code. */
  get counts(): ReadonlyMap<RejectCode, number> {
    return this.#counts;
  }

  record(refused: Suppressed, decision: DecisionContext, guard: GuardView): void {
    const { code, gate, intent, groupId } = refused;
    const { log, rejects, runId, audit, writer, onWriteError } = this.#options;
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    const ids = {
      intent_id: intent?.intentId ?? null,
      run_id: runId,
      trace_id: decision.traceId,
      group_id: groupId,
    };
    rejects.mark({ runId, traceId: ids.trace_id, intentId: ids.intent_id }, code);
    log.info('intent refused', { ...ids, code, gate, mode: guard.mode, ...refused.facts });
    // A decision that is handed in again is refused again.
    const record = writer.encodeNumbered({
      eventType: 'decision.suppressed',
      tsUs: decision.tsUs,
      identity: [decision.decisionId, refused.legIdx, code],
      partitionKey: decision.decisionId,
      traceId: decision.traceId,
      policyRev: guard.policyRev,
      payload: {
        class: refused.class,
        code,
        decision_id: decision.decisionId,
        facts: sortedFacts(refused.facts),
        gate,
        group_id: groupId,
        input_event_id: decision.inputEventId,
        instrument: refused.instrumentName,
        intent_id: ids.intent_id,
        leg_idx: refused.legIdx,
        mode: guard.mode,
        mode_reasons: [...guard.reasons],
        strategy_id: decision.strategyId,
        suppression_type: rejectCodes[code].suppression,
        trace_id: decision.traceId,
      },
    });
    audit.append(record).catch((thrown: unknown) => onWriteError(asHoldfastError(thrown)));
  }
}
