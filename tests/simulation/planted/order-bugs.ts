/** Bugs of orders: sent twice, sent wrongly, sized wrongly, contained badly. */
import { bug, type PlantedBug } from './planted-bug.ts';

const chokepoint = 'actors/execution/chokepoint.js';
const client = 'streams/venues/deribit/trading-client.js';
const wire = 'streams/venues/deribit/order-wire.js';
const executor = 'actors/execution/groups/group-executor.js';

export const orderBugs: readonly PlantedBug[] = [
  bug(
    'resend-on-timeout',
    'an order without an answer is sent once more under its label',
    client,
    'return { sent, reply: outcome.then((answer) => placeReply(answer, sent, find)) };',
    "return { sent, reply: outcome.then((answer) => { if (answer.kind === 'lost') this.#hand(method, orderParamsJson(order)); return placeReply(answer, sent, find); }) };",
  ),
  bug(
    'label-as-idempotency-key',
    'a venue error is met by sending the same label again',
    client,
    'return { sent, reply: outcome.then((answer) => placeReply(answer, sent, find)) };',
    "return { sent, reply: outcome.then((answer) => { if (answer.kind === 'error') this.#hand(method, orderParamsJson(order)); return placeReply(answer, sent, find); }) };",
  ),
  bug(
    'no-duplicate-check',
    'a decision that is met again is sent again',
    'actors/execution/submission.js',
    "return again ? { gate: 'duplicate', ...reject('DuplicateIntent') } : undefined;",
    'return undefined;',
  ),
  bug(
    'mode-not-checked',
    'the mode is asked for when deciding and never when dispatching, and the gate forgets it',
    'actors/guard/permits.js',
    "if (snapshot.mode !== 'Active') {",
    "if (snapshot.mode === 'Kill') {",
  ),
  bug(
    'in-doubt-without-exposure',
    'an order in doubt reserves nothing',
    'actors/execution/order-record.js',
    'const ceiling = isTerminal(order.state) ? order.reportedLots : order.intent.qtyLots;',
    "const ceiling = isTerminal(order.state) || order.state === 'in_doubt' ? order.reportedLots : order.intent.qtyLots;",
  ),
  bug(
    'pending-not-counted',
    'the position limit counts what is held and not what is on its way',
    'actors/execution/gates/value-limits.js',
    'let buy = row?.pendingBuyLots ?? 0;\n    let sell = row?.pendingSellLots ?? 0;',
    'let buy = 0;\n    let sell = 0;',
  ),
  bug(
    'no-capsule',
    'an OPEN leaves without its receipt',
    'actors/execution/ledger.js',
    'of block.capsules) {',
    'of block.capsules.slice(1)) {',
  ),
  bug(
    'wrong-size-on-the-wire',
    'one lot more leaves than was recorded',
    wire,
    'gridText(instrument.amount, order.qtyLots)',
    'gridText(instrument.amount, order.qtyLots + 1)',
  ),
  bug(
    'reduce-only-lost',
    'the reduce-only flag does not reach the venue',
    wire,
    "order.reduceOnly ? ',\"reduce_only\":true' : ''",
    "order.reduceOnly ? '' : ''",
  ),
  bug(
    'valid-until-of-another-clock',
    'the order may be taken a minute after what was recorded',
    wire,
    'Math.floor(order.validUntilUs / usPerMs)',
    'Math.floor(order.validUntilUs / usPerMs) + 60_000',
  ),
  bug(
    'side-by-class',
    'a reduction is always a sell',
    client,
    "order.side === 'buy' ? 'private/buy'",
    "order.side === 'buy' && order.class === 'OPEN' ? 'private/buy'",
  ),
  bug(
    'third-rescue',
    'a broken group is rescued without a bound',
    executor,
    'group.counts.rescues < this.#options.policy().rescue_attempts_max',
    'group.counts.rescues < 5',
  ),
  bug(
    'close-without-bound',
    'an emergency close is tried again and again',
    executor,
    'if (closeAttempts(group) < view.policy.close_attempts_max) {',
    'if (true) {',
  ),
  bug(
    'group-left-alone',
    'a group that filled in part is nobody’s',
    executor,
    'if (isContaining(group.state) && !group.busy && group.isSettled) {',
    'if (false) {',
  ),
  bug(
    'close-count-forgotten',
    'after a restart a group forgets the closes it made',
    'actors/execution/groups/restore-groups.js',
    'if (!first.includes(order))',
    "if (!first.includes(order) && order.intent.class !== 'CLOSE')",
  ),
  bug(
    'reservation-released-twice',
    'what is released is taken off a second time',
    'actors/execution/exposure.js',
    'const change = lots - (known?.lots ?? 0);',
    'const change = lots === 0 ? -2 * (known?.lots ?? 0) : lots - (known?.lots ?? 0);',
  ),
  bug(
    'reservation-kept',
    'an order that never was keeps its reservation',
    'actors/execution/order-record.js',
    'const ceiling = isTerminal(order.state) ? order.reportedLots : order.intent.qtyLots;',
    "const ceiling = isTerminal(order.state) && order.state !== 'not_sent' ? order.reportedLots : order.intent.qtyLots;",
  ),
  bug(
    'cancel-lost',
    'a cancel is answered as sent and never leaves',
    chokepoint,
    'const { sent, reply } = client.cancel(venueOrderId);',
    'const { sent, reply } = { sent: true, reply: new Promise(() => undefined) };',
  ),
  bug(
    'leg-not-read-back',
    'a leg index that no label carries back is sent',
    'actors/execution/gates/order-form.js',
    'if (!counts || value > legIdxMax)',
    'if (!counts)',
  ),
  bug(
    'hedge-counted-late',
    'a hedge is tried without a bound',
    'actors/execution/groups/hedges.js',
    'if (isHedgeSpent(group, base))',
    'if (group.counts.refusedHedges.has(base))',
  ),
  bug(
    'cancel-lost-on-full-disk',
    'while the disk is nearly full a cancel is answered as sent and never leaves',
    chokepoint,
    'const { sent, reply } = client.cancel(venueOrderId);',
    "const { sent, reply } = options.guard.evaluate().riskState === 'Degraded' ? { sent: true, reply: new Promise(() => undefined) } : client.cancel(venueOrderId);",
  ),
  bug(
    'credits-not-taken',
    'venue credits are asked for and never used up',
    'actors/execution/rate-limiter.js',
    'this.#credits = this.#at(nowMonotonicUs) - count;',
    'this.#credits = this.#at(nowMonotonicUs);',
  ),
  bug(
    'order-rate-not-counted',
    'orders of the last second are not counted',
    'actors/execution/rate-limiter.js',
    'this.#orders += 1;',
    'this.#orders += 0;',
  ),
  bug(
    'open-orders-not-counted',
    // Behind the gate: what the gate does with a count is proved at every start.
    'the gates are told that no order is open',
    'actors/execution/submission.js',
    'openOrderCount: tracker.liveCount + adopted.count,',
    'openOrderCount: 0,',
  ),
];
