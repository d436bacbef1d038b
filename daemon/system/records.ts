/** Facts the daemon itself writes about the run: start, end, runners, operator commands. */
import type { ControlStream } from '../../actors/guard/index.ts';
import { encodeFact, type Fact, makeFact } from '../../streams/facts/envelope.ts';
import type { Pins } from '../../streams/facts/pins.ts';
import { runFacts } from '../../streams/facts/schemas/run.ts';
import type { Ports } from '../../streams/ports/index.ts';

export interface RunRecordsOptions {
  readonly ports: Pick<Ports, 'clock' | 'random' | 'telemetry'>;
  readonly control: ControlStream;
  readonly pins: Pins;
  readonly policyRev: () => string;
}

export class RunRecords {
  readonly #options: RunRecordsOptions;
  #sequence = 0;

  constructor(options: RunRecordsOptions) {
    this.#options = options;
  }

  /**
   * Durable before it returns: from the reserve where the disk is full, because it says what was
   * done. Throws JOURNAL_*.
   */
  durable(type: keyof typeof runFacts, payload: object, traceId?: string): string {
    const fact = this.#fact(type, payload, traceId);
    this.#options.control.appendNow([encodeFact(fact)], { reserve: true });
    return fact.event_id;
  }

  /** Durable soon; a loss is logged. */
  soon(type: keyof typeof runFacts, payload: object, traceId?: string): string {
    const fact = this.#fact(type, payload, traceId);
    this.#options.control.append(encodeFact(fact)).catch((cause: unknown) => {
      this.#options.ports.telemetry.log.error('run.fact_lost', { type, cause: String(cause) });
    });
    return fact.event_id;
  }

  #fact(type: keyof typeof runFacts, payload: object, traceId?: string): Fact<object> {
    const { ports, pins, policyRev } = this.#options;
    this.#sequence += 1;
    return makeFact({
      eventType: type,
      schemaVersion: runFacts[type].version,
      tsUs: ports.clock.nowUs(),
      pins,
      traceId: traceId ?? ports.random.hex(16),
      producer: 'daemon',
      policyRev: policyRev(),
      partitionKey: `control:${type.split('.')[0]}`,
      identity: ['daemon', pins.run_id, this.#sequence],
      payload,
    });
  }
}
