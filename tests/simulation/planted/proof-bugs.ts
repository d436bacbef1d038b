/** Bugs of proof: what is believed too early, forgotten, invented or counted twice. */
import { bug, type PlantedBug } from './planted-bug.ts';

const inDoubt = 'actors/execution/in-doubt.js';
const desk = 'actors/execution/order-desk.js';
const booking = 'actors/execution/booking.js';

export const proofBugs: readonly PlantedBug[] = [
  {
    name: 'unlatched-on-restart',
    about: 'a new process may open before it has reconciled',
    changes: [
      { file: 'machines/open-permission.js', find: "initial: 'blocked',", put: "initial: 'open'," },
      {
        file: 'machines/open-permission.js',
        find: "entries: [{ reason: 'RESTART_RECONCILE_REQUIRED', sequence: 0, standing: false }],",
        put: 'entries: [],',
      },
      {
        file: 'actors/guard/latch-state.js',
        find: "reasons = ['RESTART_RECONCILE_REQUIRED'];",
        put: 'reasons = [];',
      },
      {
        file: 'actors/guard/guard-core.js',
        find: "this.inputs.set('latch', true, nowUs);",
        put: "this.inputs.set('latch', false, nowUs);",
      },
    ],
  },
  bug(
    'gap-ignored',
    'a book goes on after a gap',
    'streams/market/instrument-book.js',
    'if (event.prevChangeId !== this.#changeId) {',
    'if (false) {',
  ),
  bug(
    'stale-book',
    // Before the gate: what the gate does with an age is proved at every start.
    'the gates are told that every book came just now',
    'actors/execution/submission.js',
    'nowMonotonicUs,\n            policy: policy(),',
    'nowMonotonicUs: market.get(intent.instrument.name)?.book.receivedMonotonicUs ?? nowMonotonicUs,\n            policy: policy(),',
  ),
  bug(
    'fence-ignored',
    'an order that is not found is believed absent before its fence',
    inDoubt,
    'if (evidence.venueTimeUs <= fenceUs)\n            return;',
    '',
  ),
  bug(
    'timeout-is-rejection',
    'an order without an answer is taken as rejected',
    desk,
    "const event = waiting ? 'ack.timedOut' : 'sight.lost';",
    "const event = waiting ? 'venue.rejected' : 'sight.lost';",
  ),
  bug(
    'in-doubt-not-told',
    'the guard is not told of orders in doubt',
    'actors/execution/in-doubt-watch.js',
    "this.#guard.report({ kind: 'in_doubt', count });",
    '',
  ),
  {
    name: 'no-ack-timer',
    about: 'nobody watches for the answer',
    changes: [
      {
        file: desk,
        find: 'this.#ackTimers.delete(intentId);\n            this.#unanswered(',
        put: 'this.#ackTimers.delete(intentId);\n            void (',
      },
      {
        file: desk,
        find: "case 'unknown':\n                this.#unanswered(order, reply.cause);",
        put: "case 'unknown':",
      },
    ],
  },
  bug(
    'disconnect-is-cancel',
    'a lost session is taken as the cancel of everything that rested',
    desk,
    "tracker.apply(order, { event: 'sight.lost', cause });\n        }\n    }\n    stop()",
    "tracker.apply(order, { event: 'venue.cancelled', cause });\n        }\n    }\n    stop()",
  ),
  bug(
    'restart-is-not-sent',
    'what was recorded before a restart is taken as never sent',
    'actors/execution/execution.js',
    "tracker.apply(order, { event: 'process.restarted' });",
    "tracker.apply(order, { event: 'process.restarted' }), tracker.apply(order, { event: 'fence.provedAbsent' });",
  ),
  bug(
    'fill-dropped',
    'some trades are remembered and never recorded',
    booking,
    'if (fresh.size === 0)',
    "for (const [id] of fresh) if (id.endsWith('7')) { this.#processed.add(id); fresh.delete(id); }\n        if (fresh.size === 0)",
  ),
  bug(
    'fill-booked-twice',
    'a trade that is told twice is booked twice',
    booking,
    'if (this.#processed.has(trade.tradeId) || fresh.has(trade.tradeId)) {',
    'if (fresh.has(trade.tradeId)) {',
  ),
  bug(
    'inferred-fill',
    'a fill is invented from an order report that came without its trade',
    desk,
    'tracker.applyVenueOrder(match.order, seen);\n                return;',
    "tracker.applyVenueOrder(match.order, seen);\n                if (seen.state === 'filled' && match.order.tradedLots === 0) this.onVenueTrades([{ tradeId: 'inferred-' + seen.orderId, tradeSeq: 0, orderId: seen.orderId, label: seen.label, instrument: seen.instrument, side: seen.side, priceTicks: match.order.intent.limitTicks, lots: seen.filledLots, fee: '0', feeCurrency: 'BTC', liquidity: 'taker', markFloat: null, indexFloat: 1, tsUs: seen.updatedUs }]);\n                return;",
  ),
  bug(
    'missed-fill-ignored',
    'reconciliation sees a missing trade and says nothing',
    'actors/reconciliation/compare.js',
    'missedFills.push(trade);',
    'continue;',
  ),
  bug(
    'floor-forgotten',
    'a restart forgets the operator’s floor',
    'actors/guard/guard-record.js',
    'killFloor: payload.kill_floor,',
    'killFloor: false,',
  ),
  bug(
    'any-proof-opens',
    'a proof read before the loss opens the latch',
    'machines/open-permission.js',
    'context.entries.every((entry) => !entry.standing && entry.sequence <= params.ticket)',
    'true',
  ),
  bug(
    'mode-after-effect',
    'a mode is in force before it is on disk',
    'actors/guard/guard-record.js',
    'this.#options.control.appendNow(made.map(encodeFact), options);',
    'for (const fact of made) void this.#options.control.append(encodeFact(fact));',
  ),
  bug(
    'hedge-unproved',
    'a hedge is believed to reduce because it says so',
    'actors/execution/portfolio-delta.js',
    'return after < before && (',
    'return (',
  ),
];
