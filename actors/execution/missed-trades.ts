/**
 * OPEN intents that did not trade, followed: what the fill simulator would have given them is written as
 * a shadow attribution, and what that would have been worth as a markout a horizon. Nothing here is in the
 * way of an order: all of it runs after the refusal or the end. What is followed does not survive a restart.
 */
import { isTerminal } from '../../machines/order-lifecycle.ts';
import { asHoldfastError, type HoldfastError } from '../../streams/facts/errors.ts';
import type { OrderIntent } from '../../streams/facts/intent.ts';
import type { MarketView } from '../../streams/facts/market.ts';
import type { RejectCode } from '../../streams/facts/reject-codes.ts';
import type { VenueTrade } from '../../streams/facts/venue-records.ts';
import type { CancelTimer, Clock } from '../../streams/ports/clock.ts';
import type { Counter } from '../../streams/ports/telemetry.ts';
import {
  attributionRow,
  type Missed,
  markOf,
  markoutHorizonsMs,
  markoutRow,
  type SlippageCalibration,
  shadowTrade,
} from '../evidence/index.ts';
import type { FactWriter } from './fact-writer.ts';
import { type Expectation, nothingExpected, type OrderRecord } from './order-record.ts';
import type { AuditStream } from './suppression.ts';

/** Intents followed at a time; what comes on top is counted, not followed. */
export const followedMax = 1_000;

export interface MissedTradesOptions {
  readonly clock: Clock;
  readonly market: MarketView;
  readonly audit: AuditStream;
  readonly writer: FactWriter;
  readonly policyRev: () => string;
  readonly calibration: SlippageCalibration;
  readonly dropped: Counter;
  readonly onWriteError: (error: HoldfastError) => void;
}

interface Followed {
  readonly what: Missed;
  readonly trade: VenueTrade | undefined;
  cancel: CancelTimer;
}

export class MissedTrades {
  readonly #options: MissedTradesOptions;
  readonly #followed = new Map<string, Followed>();
  #stopped = false;

  constructor(options: MissedTradesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#followed.size;
  }

  refused(intent: OrderIntent, code: RejectCode): void {
    // The same trade again: the first one is not missed, or followed already.
    if (code === 'DuplicateIntent') return;
    const tsUs = this.#options.clock.nowUs();
    this.#follow({ intent, lots: intent.qtyLots, missed: 'refused', cause: code, tsUs });
  }

  /** An order has changed: followed when it ended without all of its lots. */
  onOrder({ intent, state, reportedLots, expectation }: OrderRecord): void {
    const lots = intent.qtyLots - reportedLots;
    if (!isTerminal(state) || lots <= 0) return;
    const tsUs = this.#options.clock.nowUs();
    this.#follow({ intent, lots, missed: 'unfilled', cause: state, tsUs }, expectation);
  }

  /** What still ends afterwards is not followed: its timers would keep the process for minutes. */
  stop(): void {
    this.#stopped = true;
    for (const { cancel } of this.#followed.values()) cancel();
    this.#followed.clear();
  }

  #follow(what: Missed, expectation: Expectation = nothingExpected): void {
    const { intent } = what;
    if (this.#stopped || intent.class !== 'OPEN' || this.#followed.has(intent.intentId)) return;
    const { market, calibration, dropped } = this.#options;
    if (this.#followed.size >= followedMax) {
      dropped.increment();
      return;
    }
    const { strategyId, instrument } = intent;
    const { kind } = instrument;
    const trade = shadowTrade(what, market.get(instrument.name), (predictedBpsFloat) =>
      calibration.penaltyFloat({ strategyId, kind, predictedBpsFloat }),
    );
    const followed = { what, trade, cancel: () => undefined };
    this.#followed.set(intent.intentId, followed);
    if (trade !== undefined) this.#writeShadow(what, trade, expectation);
    this.#await(followed, 0);
  }

  #await(followed: Followed, at: number): void {
    const horizonMs = markoutHorizonsMs[at];
    if (horizonMs === undefined) {
      this.#followed.delete(followed.what.intent.intentId);
      return;
    }
    const passedMs = at === 0 ? 0 : (markoutHorizonsMs[at - 1] ?? 0);
    followed.cancel = this.#options.clock.after(horizonMs - passedMs, () => {
      this.#writeMarkout(followed, horizonMs);
      this.#await(followed, at + 1);
    });
  }

  #writeShadow(what: Missed, trade: VenueTrade, expectation: Expectation): void {
    const { market, calibration } = this.#options;
    const { intent, tsUs } = what;
    const mark = markOf(market.get(intent.instrument.name), tsUs);
    const predictedBpsFloat = expectation.predictedSlippageBpsFloat ?? 0;
    const { strategyId, instrument } = intent;
    const payload = attributionRow({
      ...expectation,
      trade,
      intent,
      mode: 'shadow',
      sentUs: null,
      receivedUs: tsUs,
      roundTripUs: null,
      from: expectation.mark,
      to: mark,
      realismPenaltyFloat: calibration.penaltyFloat({
        strategyId,
        kind: instrument.kind,
        predictedBpsFloat,
      }),
    });
    this.#write('attribution.recorded', what, [trade.tradeId], payload);
  }

  #writeMarkout({ what, trade }: Followed, horizonMs: number): void {
    const { intent } = what;
    const seen = this.#options.market.get(intent.instrument.name);
    const payload = markoutRow(what, trade, horizonMs, seen);
    this.#write('markout.recorded', what, [intent.intentId, horizonMs], payload);
  }

  #write(
    eventType: string,
    { intent, tsUs }: Missed,
    identity: readonly (string | number)[],
    payload: object,
  ): void {
    const { writer, audit, policyRev, onWriteError } = this.#options;
    const { traceId, decisionId } = intent;
    const head = { eventType, tsUs, identity, partitionKey: decisionId, traceId };
    // A decision that is handed in again is missed again.
    const record = writer.encodeNumbered({ ...head, policyRev: policyRev(), payload });
    audit.append(record).catch((thrown: unknown) => onWriteError(asHoldfastError(thrown)));
  }
}
