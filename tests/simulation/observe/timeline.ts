/** What happened, for people: lanes of orders, mode and faults. Kept only when somebody will look. */
import type { SubmitOutcome } from '../../../actors/execution/index.ts';
import type { OrderIntentPayload } from '../../../streams/facts/schemas/execution.ts';
import type { PlanEntry } from '../plan.ts';
import type { Decided } from '../world/hand.ts';

export type Lane =
  | 'fault'
  | 'life'
  | 'mode'
  | 'order'
  | 'venue'
  | 'decision'
  | 'operator'
  | 'phase';

export interface TimelineEntry {
  readonly atUs: number;
  readonly lane: Lane;
  readonly text: string;
  /** Seconds it lasts; 0 for an instant. */
  readonly forS: number;
}

export class Timeline {
  readonly entries: TimelineEntry[] = [];
  readonly #isKept: boolean;
  readonly #nowUs: () => number;

  constructor(isKept: boolean, nowUs: () => number) {
    this.#isKept = isKept;
    this.#nowUs = nowUs;
  }

  get isKept(): boolean {
    return this.#isKept;
  }

  note(lane: Lane, text: string, forS = 0): void {
    if (this.#isKept) this.entries.push({ atUs: this.#nowUs(), lane, text, forS });
  }

  fault(kind: string, entry: PlanEntry): void {
    if (!this.#isKept) return;
    const { kind: _kind, atS: _atS, ...rest } = entry;
    this.note('fault', `${kind} ${JSON.stringify(rest)}`, 'forS' in entry ? entry.forS : 0);
  }

  order(
    side: string,
    order: { readonly label: string; readonly amount: number; readonly instrument_name: string },
    intent: OrderIntentPayload | undefined,
  ): void {
    if (!this.#isKept) return;
    const what = `${intent?.class ?? 'UNKNOWN'} ${side} ${order.amount} ${order.instrument_name}`;
    this.note('order', `${what} ${intent?.time_in_force ?? ''} ${order.label}`);
  }

  decided({ what, decision }: Decided, outcome: SubmitOutcome): void {
    if (!this.#isKept) return;
    const legs = outcome.legs.map((leg) =>
      leg.kind === 'sent' ? `sent ${leg.class}` : `${leg.code} (${leg.gate})`,
    );
    this.note('decision', `${what} ${decision.strategyId}: ${legs.join(', ')}`);
  }
}
