/**
 * The ingestion gate: the only writer of `traffic`. It decides ADMIT, DUPLICATE or QUARANTINE for
 * each market event by comparing integers, and has everything durable work done later, in batches.
 * RED refuses intake, loudly.
 */

import { makeFact } from '../../../streams/facts/envelope.ts';
import type { HoldfastError } from '../../../streams/facts/errors.ts';
import { canonicalHash, sha256Hex } from '../../../streams/facts/hash.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import { marketFacts } from '../../../streams/facts/schemas/market.ts';
import { cutText } from '../../../streams/facts/text.ts';
import type { Ports } from '../../../streams/ports/index.ts';
import type { QuarantinedFrame } from '../../../streams/venues/deribit/index.ts';
import { IdentityMemory } from './identity.ts';
import { type FactContext, identityOf, payloadOf } from './market-fact.ts';
import { type AdmittedBasis, type GateHealth, Publisher, type RecordSink } from './publisher.ts';
import { type QuarantineEntry, QuarantineStore } from './quarantine.ts';
import type { GateReason, GateVerdict } from './reasons.ts';

export interface GateOptions {
  readonly ports: Pick<Ports, 'clock'>;
  readonly context: FactContext;
  /**
   * Where admitted facts go, or the sealed world they already stand in: then nothing is copied and
   * receipts name ranges of its rows.
   */
  readonly traffic: RecordSink | { readonly byReference: { readonly worldFingerprint: string } };
  /** Where receipts and quarantine facts go (`audit`). */
  readonly receipts: RecordSink;
  /** Admitted events that may wait for the journal. */
  readonly queueCapacity?: number;
  /** The same identity came with another payload: raise a condition. */
  readonly onConflict?: (entry: QuarantineEntry) => void;
  readonly onHealth?: (health: GateHealth, cause: string) => void;
  /** The journal failed for good. */
  readonly onFailed?: (error: HoldfastError) => void;
}

/** About three seconds of a busy venue; beyond it the disk has stopped. */
export const defaultQueueCapacity = 65_536;
/** Quarantine facts written per receipt; a venue that sends garbage must not fill the disk. */
const maxQuarantineFactsPerReceipt = 64;
const maxExcerptChars = 1_000;

export interface GateCounters {
  admitted: number;
  duplicates: number;
  quarantined: number;
  conflicts: number;
  refused: number;
}

export interface Gate {
  readonly health: GateHealth;
  readonly counters: Readonly<GateCounters>;
  /** Why the last event was set aside; empty unless it was. */
  readonly lastReason: GateReason | '';
  readonly quarantine: QuarantineStore;
  readonly backlog: number;
  /** Which facts have been admitted: what a decision of now could know. */
  readonly basis: AdmittedBasis;
  /** Decides on one event. Synchronous, without I/O. */
  admit(event: MarketEvent): GateVerdict;
  /** Sets a message aside that never became an event. */
  refuseFrame(frame: QuarantinedFrame): void;
  /** Admits what was set aside. Answers the event to apply, if there is one. Throws NOT_FOUND. */
  release(id: number): MarketEvent | undefined;
  /** Throws NOT_FOUND. */
  drop(id: number): QuarantineEntry;
  /** Writes everything that waits: before a stop. */
  flush(): void;
}

export function createGate(options: GateOptions): Gate {
  return new IngestionGate(options);
}

class IngestionGate implements Gate {
  readonly quarantine = new QuarantineStore();
  readonly counters: GateCounters = {
    admitted: 0,
    duplicates: 0,
    quarantined: 0,
    conflicts: 0,
    refused: 0,
  };
  lastReason: GateReason | '' = '';
  readonly #options: GateOptions;
  readonly #memory = new IdentityMemory();
  readonly #publisher: Publisher;

  constructor(options: GateOptions) {
    this.#options = options;
    const { traffic } = options;
    const byReference = 'byReference' in traffic ? traffic.byReference : undefined;
    this.#publisher = new Publisher({
      clock: options.ports.clock,
      context: options.context,
      traffic: 'byReference' in traffic ? undefined : traffic,
      worldFingerprint: byReference?.worldFingerprint,
      receipts: options.receipts,
      queueCapacity: options.queueCapacity ?? defaultQueueCapacity,
      onHealth: (health, cause) => options.onHealth?.(health, cause),
      onFailed: (error) => options.onFailed?.(error),
    });
  }

  get health(): GateHealth {
    return this.#publisher.health;
  }

  get backlog(): number {
    return this.#publisher.backlog;
  }

  get basis(): AdmittedBasis {
    return this.#publisher.basis;
  }

  admit(event: MarketEvent): GateVerdict {
    const judgement = this.#memory.judge(event);
    if (judgement === 'new') return this.#take(event);
    if (judgement === 'same') {
      this.counters.duplicates += 1;
      this.#publisher.tally.duplicates += 1;
      return 'DUPLICATE';
    }
    const reason = judgement === 'conflict' ? 'identity_conflict' : 'identity_too_old';
    const entry = this.#setAside(event, reason);
    if (reason === 'identity_conflict') {
      this.counters.conflicts += 1;
      this.#options.onConflict?.(entry);
    }
    return 'QUARANTINE';
  }

  refuseFrame(frame: QuarantinedFrame): void {
    this.#keep(
      {
        reason: frame.reason,
        channel: frame.channel,
        instrument: null,
        identity: '',
        payloadHash: sha256Hex(frame.excerpt),
        excerpt: frame.excerpt,
        receivedUs: frame.receivedUs,
      },
      undefined,
    );
  }

  release(id: number): MarketEvent | undefined {
    const { event } = this.quarantine.take(id);
    if (event !== undefined) this.#take(event);
    return event;
  }

  drop(id: number): QuarantineEntry {
    return this.quarantine.take(id).entry;
  }

  flush(): void {
    this.#publisher.flush();
  }

  #take(event: MarketEvent): GateVerdict {
    if (this.#publisher.take(event)) {
      this.counters.admitted += 1;
      return 'ADMIT';
    }
    // Counted, not kept: at the rate of a feed the store would hold nothing else.
    this.lastReason = 'intake_refused';
    this.counters.refused += 1;
    this.#publisher.tally.quarantine('intake_refused');
    return 'QUARANTINE';
  }

  #setAside(event: MarketEvent, reason: GateReason): QuarantineEntry {
    const payload = payloadOf(event);
    return this.#keep(
      {
        reason,
        channel: event.channel,
        instrument: event.instrument.name,
        identity: identityOf(event, payload).join('|'),
        payloadHash: canonicalHash(payload),
        excerpt: cutText(JSON.stringify(payload), maxExcerptChars),
        receivedUs: event.receivedUs,
      },
      event,
    );
  }

  #keep(entry: Omit<QuarantineEntry, 'id'>, event: MarketEvent | undefined): QuarantineEntry {
    this.lastReason = entry.reason;
    this.counters.quarantined += 1;
    const { tally } = this.#publisher;
    tally.quarantine(entry.reason);
    const kept = this.quarantine.keep(entry, event);
    if (tally.quarantined <= maxQuarantineFactsPerReceipt) this.#record(kept, event);
    this.#publisher.schedule();
    return kept;
  }

  #record(entry: QuarantineEntry, event: MarketEvent | undefined): void {
    const { context } = this.#options;
    this.#publisher.recordIfRoom(
      makeFact({
        eventType: 'gate.quarantined',
        schemaVersion: marketFacts['gate.quarantined'].version,
        tsUs: event?.tsUs ?? entry.receivedUs,
        emittedUs: entry.receivedUs,
        pins: context.pins,
        traceId: context.traceId,
        producer: context.producer,
        policyRev: context.policyRev(),
        partitionKey: 'gate',
        identity: [context.pins.run_id, 'gate.quarantined', entry.id],
        payload: {
          reason: entry.reason,
          channel: entry.channel,
          instrument: entry.instrument,
          identity: entry.identity,
          payload_hash: entry.payloadHash,
          excerpt: entry.excerpt,
        },
      }),
    );
  }
}
