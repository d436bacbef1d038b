/**
 * Writes what was admitted: off the tick, in slices, in order, with one receipt per slice. The
 * queue in front is bounded; at the bound nothing more is taken in and the gate is RED until the
 * backlog has drained. A failed journal write is final: nothing is retried.
 */

import type { z } from 'zod';
import { encodeFact, type Fact, makeFact } from '../../../streams/facts/envelope.ts';
import { asHoldfastError, type HoldfastError } from '../../../streams/facts/errors.ts';
import type { MarketEvent } from '../../../streams/facts/market.ts';
import {
  type gateReceiptsPayloadSchema,
  marketFacts,
} from '../../../streams/facts/schemas/market.ts';
import type { Clock } from '../../../streams/ports/clock.ts';
import { EventQueue } from './event-queue.ts';
import { MarketFactEncoder } from './market-bytes.ts';
import type { FactContext } from './market-fact.ts';
import { Tally } from './tally.ts';

/** What the gate needs of a journal stream. */
export interface RecordSink {
  append(record: Uint8Array): Promise<number>;
  readonly nextOffset: number;
  readonly queueDepth: number;
  readonly queueCapacity: number;
}

/** `RED` refuses intake. */
export type GateHealth = 'GREEN' | 'AMBER' | 'RED';

export type ReceiptPayload = z.infer<typeof gateReceiptsPayloadSchema>;

/** Offsets are promised only once they are given: what waits takes the next ones. */
export interface AdmittedBasis {
  readonly stream: 'traffic' | 'world';
  readonly nextOffset: number;
  readonly waiting: number;
}

export interface PublisherOptions {
  readonly clock: Clock;
  readonly context: FactContext;
  /** Where admitted facts go; undefined: traffic is a sealed world, by reference. */
  readonly traffic: RecordSink | undefined;
  readonly worldFingerprint: string | undefined;
  /** Where receipts and quarantine facts go. */
  readonly receipts: RecordSink;
  readonly queueCapacity: number;
  readonly onHealth: (health: GateHealth, cause: string) => void;
  readonly onFailed: (error: HoldfastError) => void;
}

/** Facts encoded in one turn of the loop: about a millisecond. */
const sliceFacts = 100;
/**
 * Events wait this long for company, so that a busy market costs a sync per window and not one per
 * tick: the ledger shares the disk. People who watch do not notice it.
 */
const gatherMs = 20;
/** A receipt speaks for what was written within this, ms, or for this many facts. */
const receiptMs = 500;
const factsPerReceipt = 1_000;
/** Wait before looking again whether the journal's own queue has room. */
const journalFullRetryMs = 5;
/** By reference nothing is encoded: one receipt covers this many rows. */
const rowsPerReceipt = 10_000;
/** AMBER above this part of the queue; RED ends below it. */
const amberRatio = 0.5;

export class Publisher {
  tally = new Tally();
  readonly #options: PublisherOptions;
  readonly #queue: EventQueue;
  readonly #encoder: MarketFactEncoder;
  #health: GateHealth = 'GREEN';
  #failure: HoldfastError | undefined;
  #isScheduled = false;
  #isReceiptScheduled = false;
  /** First traffic offset that no receipt covers yet; undefined: all are covered. */
  #uncoveredFrom: number | undefined;
  #coveredUs = 0;
  #batch = 0;
  #rows = 0;
  #rowsReceipted = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#encoder = new MarketFactEncoder(options.context);
    this.#queue = new EventQueue(options.traffic === undefined ? 0 : options.queueCapacity);
  }

  get health(): GateHealth {
    return this.#health;
  }

  get backlog(): number {
    return this.#queue.size;
  }

  /** What has been admitted: below `nextOffset`, and `waiting` after it; rows of a world as well. */
  get basis(): AdmittedBasis {
    const { traffic } = this.#options;
    if (traffic === undefined) return { stream: 'world', nextOffset: this.#rows, waiting: 0 };
    return { stream: 'traffic', nextOffset: traffic.nextOffset, waiting: this.#queue.size };
  }

  /** Takes an admitted event. False: RED, it will not be recorded. */
  take(event: MarketEvent): boolean {
    if (this.#options.traffic === undefined) return this.#takeByReference(event);
    if (this.#health === 'RED') return false;
    if (!this.#queue.push(event)) {
      this.#become('RED', `the queue of ${this.#queue.capacity} events is full`);
      return false;
    }
    this.schedule();
    return true;
  }

  /** Makes sure that a later turn of the loop writes what waits. */
  schedule(): void {
    if (this.#isScheduled || this.#failure !== undefined) return;
    this.#isScheduled = true;
    const { clock } = this.#options;
    if (this.#queue.size >= sliceFacts) clock.soon(() => this.#turn());
    else clock.after(gatherMs, () => this.#turn());
  }

  /** Writes everything that waits, now: before a stop. */
  flush(): void {
    while (this.#queue.size > 0 && this.#slice() > 0);
    if (!this.tally.isEmpty && this.#hasReceiptRoom) this.#receipt();
  }

  /** Written beside the receipts, which count it in any case: without room it is left out. */
  recordIfRoom(fact: Fact<unknown>): void {
    if (this.#hasReceiptRoom) this.#append(this.#options.receipts, encodeFact(fact));
  }

  #takeByReference(event: MarketEvent): boolean {
    this.#rows += 1;
    this.tally.admit(event);
    if (this.#rows - this.#rowsReceipted >= rowsPerReceipt) this.#receipt();
    return true;
  }

  #turn(): void {
    this.#isScheduled = false;
    if (this.#failure !== undefined) return;
    const written = this.#slice();
    this.#settleHealth();
    if (!this.tally.isEmpty && this.#isReceiptDue()) this.#receipt();
    if (this.#queue.size === 0) {
      // What was set aside or written since the last receipt is told in time, also when it is quiet.
      if (!this.tally.isEmpty) this.#scheduleReceipt();
      return;
    }
    if (written > 0) {
      this.schedule();
      return;
    }
    if (this.#health === 'GREEN') this.#become('AMBER', 'the journal has no room: waiting');
    this.#isScheduled = true;
    this.#options.clock.after(journalFullRetryMs, () => this.#turn());
  }

  #scheduleReceipt(): void {
    if (this.#isReceiptScheduled) return;
    this.#isReceiptScheduled = true;
    this.#options.clock.after(receiptMs, () => {
      this.#isReceiptScheduled = false;
      if (!this.tally.isEmpty && this.#failure === undefined) this.#receipt();
    });
  }

  #isReceiptDue(): boolean {
    const ageUs = this.#options.clock.monotonicUs() - this.#coveredUs;
    return ageUs >= receiptMs * 1_000 || this.tally.admitted >= factsPerReceipt;
  }

  /** Writes one slice. The gate is the stream's only writer, so offsets are a range. */
  #slice(): number {
    const { traffic } = this.#options;
    if (traffic === undefined) return 0;
    const room = Math.min(sliceFacts, traffic.queueCapacity - traffic.queueDepth, this.#queue.size);
    if (room > 0) this.#uncoveredFrom ??= traffic.nextOffset;
    for (let count = 0; count < room; count += 1) {
      const event = this.#queue.shift();
      if (event === undefined) break;
      this.tally.admit(event);
      this.#append(traffic, this.#encoder.encode(event));
    }
    return room;
  }

  /** The range of `traffic` that no receipt covers yet. */
  #uncovered(): ReceiptPayload['traffic'] {
    const { traffic } = this.#options;
    const first = this.#uncoveredFrom;
    this.#uncoveredFrom = undefined;
    if (traffic === undefined || first === undefined) return null;
    return { first_offset: first, next_offset: traffic.nextOffset };
  }

  get #hasReceiptRoom(): boolean {
    const { queueDepth, queueCapacity } = this.#options.receipts;
    return queueDepth < queueCapacity;
  }

  /** A queue that has no room for now is no failure: the next receipt speaks for this range as well. */
  #receipt(): void {
    if (!this.#hasReceiptRoom) {
      this.#scheduleReceipt();
      return;
    }
    const { tally } = this;
    this.tally = new Tally();
    this.#coveredUs = this.#options.clock.monotonicUs();
    const { worldFingerprint, context, clock } = this.#options;
    const payload: ReceiptPayload = {
      batch: this.#batch,
      admitted: tally.admitted,
      duplicates: tally.duplicates,
      quarantined: tally.quarantined,
      reasons: tally.reasons,
      traffic: this.#uncovered(),
      world:
        worldFingerprint === undefined
          ? null
          : {
              manifest_fingerprint: worldFingerprint,
              first_row: this.#rowsReceipted,
              next_row: this.#rows,
            },
      first_ts_us: tally.firstTsUs,
      last_ts_us: tally.lastTsUs,
      ingested_us: clock.nowUs(),
    };
    this.#rowsReceipted = this.#rows;
    this.#batch += 1;
    this.#append(this.#options.receipts, encodeFact(receiptFact(payload, context)));
  }

  #append(sink: RecordSink, record: Buffer): void {
    sink.append(record).catch((thrown: unknown) => this.#fail(asHoldfastError(thrown)));
  }

  #fail(error: HoldfastError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#become('RED', error.message);
    this.#options.onFailed(error);
  }

  #settleHealth(): void {
    const ratio = this.#queue.size / this.#queue.capacity;
    if (this.#health === 'RED' && ratio > amberRatio) return;
    this.#become(ratio > amberRatio ? 'AMBER' : 'GREEN', `${this.#queue.size} events wait`);
  }

  #become(health: GateHealth, cause: string): void {
    if (health === this.#health) return;
    this.#health = health;
    this.#options.onHealth(health, cause);
  }
}

function receiptFact(payload: ReceiptPayload, context: FactContext): Fact<ReceiptPayload> {
  const identity = [context.pins.run_id, 'gate.receipts', payload.batch];
  return makeFact({
    eventType: 'gate.receipts',
    schemaVersion: marketFacts['gate.receipts'].version,
    tsUs: payload.last_ts_us ?? payload.ingested_us,
    emittedUs: payload.ingested_us,
    pins: context.pins,
    traceId: context.traceId,
    producer: context.producer,
    policyRev: context.policyRev(),
    partitionKey: 'gate',
    identity,
    payload,
  });
}
