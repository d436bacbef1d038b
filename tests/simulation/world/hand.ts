/**
 * The hand that trades in a simulated history: a strategy without an opinion. It proposes whatever
 * a strategy could, well formed and not, as often as the plan says, and notes what it was answered.
 */
import type { SubmitOutcome } from '../../../actors/execution/index.ts';
import type { System } from '../../../daemon/system.ts';
import { gridText } from '../../../streams/facts/decimal.ts';
import type { DecisionContext } from '../../../streams/facts/decision.ts';
import { sha256Hex } from '../../../streams/facts/hash.ts';
import type { ProposedIntent } from '../../../streams/facts/intent.ts';
import type { InstrumentView, Side } from '../../../streams/facts/market.ts';
import type { Random } from '../../../streams/ports/index.ts';
import type { Trading } from '../plan.ts';
import { nonsense } from './nonsense.ts';
import {
  btcOption,
  btcPerpetual,
  ethPerpetual,
  otherOption,
  simInstruments,
} from './sim-market.ts';

export interface Decided {
  readonly what: string;
  readonly decision: DecisionContext;
  readonly proposals: readonly ProposedIntent[];
  readonly style: 'atomic' | 'independent';
}

export interface HandEvents {
  /** Just before the call. */
  onDeciding(system: System, decided: Decided): void;
  /** Just after it, when it returned. */
  onDecided(system: System, decided: Decided, outcome: SubmitOutcome): void;
}

const groups: readonly (readonly [string, string])[] = [
  [btcPerpetual, btcOption],
  [btcOption, otherOption],
  [btcPerpetual, ethPerpetual],
];

export class Hand {
  readonly #trading: Trading;
  readonly #random: Random;
  readonly #events: HandEvents;
  #count = 0;
  #last: Decided | undefined;

  constructor(trading: Trading, random: Random, events: HandEvents) {
    this.#trading = trading;
    this.#random = random;
    this.#events = events;
  }

  get #edge() {
    return { gross_usd: this.#trading.edgeUsd, fee_usd: 5, slippage_usd: 1 };
  }

  /** Milliseconds until the next decision. */
  pauseMs(): number {
    return Math.ceil(this.#trading.everyMs * (0.2 + 1.6 * this.#random.next()));
  }

  /** One decision, submitted at once. Throws what execution throws. */
  decide(system: System, nowUs: number): void {
    const { groups: grouped, reductions, cancels, nonsense: odd } = this.#trading;
    const draw = this.#random.next();
    let decided: Decided | undefined;
    if (draw < grouped) decided = this.#group(system, nowUs);
    else if (draw < grouped + reductions) decided = this.#reduction(system, nowUs);
    else if (draw < grouped + reductions + cancels) decided = this.#cancel(system, nowUs);
    else if (draw < grouped + reductions + cancels + odd) decided = this.#odd(system, nowUs);
    else decided = this.#open(system, nowUs);
    if (decided !== undefined) this.#submit(system, decided);
  }

  /** Cancels everything that rests: the end of a history. True when one may not be, because it protects. */
  cancelAll(system: System, nowUs: number): boolean {
    const open = [...system.execution.openOrders];
    const codes = open.map(({ intentId }) => {
      const proposal = { class: 'CANCEL', target_order_id: intentId };
      const decided = this.#decided('cancel', nowUs, [proposal], 'independent');
      const [leg] = this.#submit(system, decided).legs;
      return leg?.kind === 'refused' ? leg.code : 'sent';
    });
    return codes.includes('RiskIncreasingCancelReplaceForbidden');
  }

  /** Closes everything that is held and has nothing under way. */
  closeAll(system: System, nowUs: number): void {
    const held = [...system.execution.positions.all];
    for (const { instrument, signedLots } of held) {
      const seen = system.market.view.get(instrument.name);
      if (signedLots === 0 || seen === undefined) continue;
      if (system.execution.standing.workingLots(instrument.name) > 0) continue;
      const order = this.#order(seen, signedLots > 0 ? 'sell' : 'buy', 3, Math.abs(signedLots));
      const closing = { ...order, class: 'CLOSE', reduce_only: true };
      this.#submit(system, this.#decided('close', nowUs, [closing], 'independent'));
    }
  }

  #submit(system: System, decided: Decided): SubmitOutcome {
    this.#events.onDeciding(system, decided);
    const { proposals, decision, style } = decided;
    const outcome = system.execution.submit(proposals, decision, style);
    this.#last = decided;
    this.#events.onDecided(system, decided, outcome);
    return outcome;
  }

  #decided(
    what: string,
    tsUs: number,
    proposals: readonly ProposedIntent[],
    style: 'atomic' | 'independent' = 'atomic',
  ): Decided {
    this.#count += 1;
    const name = `${what} ${this.#count}`;
    const decision: DecisionContext = {
      decisionId: sha256Hex(`decision ${name} ${tsUs}`),
      groupId: sha256Hex(`group ${name} ${tsUs}`),
      // Two strategies, so that limits per strategy and labels have something to tell apart.
      strategyId: this.#random.next() < 0.5 ? 'hand-left' : 'hand-right',
      strategyVersion: '1',
      runnerId: 'hand',
      inputEventId: sha256Hex(`event ${name} ${tsUs}`),
      traceId: sha256Hex(`trace ${name} ${tsUs}`).slice(0, 32),
      tsUs,
      receivedMonotonicUs: 0,
      decision: { scope: what, action: 'ENTER', intents: proposals, reasons: [], signal: {} },
    };
    return { what, decision, proposals, style };
  }

  #open(system: System, nowUs: number): Decided | undefined {
    const name = simInstruments[this.#random.integer(3)] as string;
    const seen = system.market.view.get(name);
    if (seen === undefined) return undefined;
    const side = this.#side();
    const rests = this.#random.next() < this.#trading.rests;
    const edge = this.#edge;
    const order = this.#order(seen, side, rests ? -4 : 2, this.#lots(name));
    const resting = rests ? { time_in_force: 'good_til_cancelled', post_only: true } : {};
    return this.#decided('open', nowUs, [{ ...order, class: 'OPEN', edge, ...resting }]);
  }

  #group(system: System, nowUs: number): Decided | undefined {
    const [a, b] = groups[this.#random.integer(groups.length)] as readonly [string, string];
    const first = system.market.view.get(a);
    const second = system.market.view.get(b);
    if (first === undefined || second === undefined) return undefined;
    const side = this.#side();
    const other = side === 'buy' ? 'sell' : 'buy';
    const edge = this.#edge;
    // One leg out of reach: the group fills in part and has to be contained.
    const miss = this.#random.next() < 0.4;
    const legs = [
      { ...this.#order(first, side, 2, this.#lots(a)), class: 'OPEN', edge, leg_idx: 0 },
      {
        ...this.#order(second, other, miss ? -6 : 2, this.#lots(b)),
        class: 'OPEN',
        edge,
        leg_idx: 1,
      },
    ];
    return this.#decided('group', nowUs, legs);
  }

  #reduction(system: System, nowUs: number): Decided | undefined {
    const held = [...system.execution.positions.all].filter(({ signedLots }) => signedLots !== 0);
    const position = held[this.#random.integer(Math.max(1, held.length))];
    if (position === undefined) return this.#open(system, nowUs);
    const seen = system.market.view.get(position.instrument.name);
    if (seen === undefined) return undefined;
    const all = Math.abs(position.signedLots);
    const lots =
      this.#random.next() < 0.5 ? all : Math.max(1, Math.floor(all * this.#random.next()));
    const draw = this.#random.next();
    // A strategy that hedges the wrong way: only the local proof stands against it.
    const long = position.signedLots > 0 !== draw >= 0.93;
    const side: Side = long ? 'sell' : 'buy';
    const hedge = { class: 'HEDGE', reduce_only: draw < 0.85 };
    const kind = draw < 0.7 ? { class: 'CLOSE', reduce_only: true } : hedge;
    const rests = this.#random.next() < this.#trading.rests * 0.6;
    const resting = rests ? { time_in_force: 'good_til_cancelled' } : {};
    const order = this.#order(seen, side, rests ? -4 : 2, lots);
    return this.#decided('reduce', nowUs, [{ ...order, ...kind, ...resting }]);
  }

  #cancel(system: System, nowUs: number): Decided | undefined {
    const open = [...system.execution.openOrders];
    const order = open[this.#random.integer(Math.max(1, open.length))];
    if (order === undefined) return this.#open(system, nowUs);
    const proposal = { class: 'CANCEL', target_order_id: order.intentId };
    return this.#decided('cancel', nowUs, [proposal], 'independent');
  }

  #odd(system: System, nowUs: number): Decided | undefined {
    if (this.#random.next() < 0.15 && this.#last !== undefined) {
      // The same decision once more: it must never be sent again.
      return { ...this.#last, what: 'again' };
    }
    const sane = this.#open(system, nowUs);
    if (sane === undefined) return undefined;
    const [proposal] = sane.proposals as readonly [ProposedIntent];
    const { name, change } = nonsense[
      this.#random.integer(nonsense.length)
    ] as (typeof nonsense)[number];
    return this.#decided(`odd ${name}`, nowUs, [change(proposal)]);
  }

  #side(): Side {
    return this.#random.next() < 0.5 ? 'buy' : 'sell';
  }

  #lots(name: string): number {
    const share = this.#trading.size * (0.2 + 0.8 * this.#random.next());
    if (name === btcPerpetual) return Math.max(1, Math.round(1_500 * share));
    if (name === ethPerpetual) return Math.max(1, Math.round(15_000 * share));
    return 1 + this.#random.integer(2);
  }

  /** `through`: levels past the touch it pays; negative stays on its own side. */
  #order(seen: InstrumentView, side: Side, through: number, lots: number): ProposedIntent {
    const { instrument, book } = seen;
    const facing = side === 'buy' ? 'asks' : 'bids';
    const touch = book.depth(facing) > 0 ? book.ticksAt(facing, 0) : 1_000;
    const step = instrument.kind === 'option' ? 5 : 2;
    const ticks = Math.max(step, touch + (side === 'buy' ? through : -through) * step);
    return {
      instrument: instrument.name,
      side,
      quantity: gridText(instrument.amount, lots),
      limit_price: gridText(instrument.price, ticks),
      reduce_only: false,
    };
  }
}
