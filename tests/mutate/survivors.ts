/** Mutants that no test can or should notice, each with its reason. */
interface KnownSurvivor {
  readonly file: string;
  /** The source line, without its indentation. */
  readonly on: string;
  readonly original: string;
  readonly replacement: string;
  readonly reason: string;
}

export const knownSurvivors: readonly KnownSurvivor[] = [
  {
    file: 'actors/execution/gates/price-collar.ts',
    on: "const below = intent.class === 'OPEN' ? -worse(limitTicks) : 0;",
    original: '0',
    replacement: '(0 + 1)',
    reason: 'a collar is at least one tick wide: the policy takes no less',
  },
  {
    file: 'actors/execution/gates/liquidity.ts',
    on: 'for (let level = 0; level < book.depth(opposite) && lots < qtyLots; level += 1) {',
    original: '<',
    replacement: '<=',
    reason: 'a book reads as 0 lots at 0 ticks beyond its depth',
  },
  {
    file: 'actors/execution/quantise.ts',
    on: 'const difference = amount > stated ? amount - stated : stated - amount;',
    original: '>',
    replacement: '>=',
    reason: 'where both are equal either difference is 0',
  },
  {
    file: 'actors/execution/in-doubt.ts',
    on: 'this.#cancelTimer?.();',
    original: 'this.#cancelTimer?.();',
    replacement: ';',
    reason: 'a round that begins after the stop ends before its first read',
  },
  {
    file: 'machines/order-lifecycle.ts',
    on: "'venue.partiallyFilled': {},",
    original: "'venue.partiallyFilled': {}",
    replacement: '...{}',
    reason: 'what it overrides leads to the state the order is in: the same answer',
  },
  {
    file: 'machines/order-lifecycle.ts',
    on: "id: 'orderLifecycle',",
    original: "id: 'orderLifecycle'",
    replacement: '...{}',
    reason: 'the name is for drawings',
  },
  {
    file: 'machines/order-lifecycle.ts',
    on: 'countAnomaly: (...[, _params]: [unknown, { kind: OrderAnomaly }]) => undefined,',
    original: 'countAnomaly: (...[, _params]: [unknown, { kind: OrderAnomaly }]) => undefined',
    replacement: '...{}',
    reason: 'the action does nothing: its parameters are read from the transition as data',
  },
  {
    file: 'actors/execution/replay.ts',
    on: 'this.#forget(order);',
    original: 'this.#forget(order);',
    replacement: ';',
    reason: 'gives memory back early: what a settled order was decided on is asked for no more',
  },
  {
    file: 'actors/execution/replay.ts',
    on: 'if (this.#lessons.length >= 2 * lessonsMax) this.#lessons.splice(0, lessonsMax);',
    original: '>=',
    replacement: '>',
    reason: 'memory is given back one lesson later; the last ones are taught either way',
  },
  {
    file: 'actors/execution/replay.ts',
    on: 'return;',
    original: 'return;',
    replacement: ';',
    reason: 'a snapshot is no case of what follows: it would only be read for nothing',
  },
  {
    file: 'actors/execution/replay.ts',
    on: 'this.#capsules.delete(payload.intent_id);',
    original: 'this.#capsules.delete(payload.intent_id);',
    replacement: ';',
    reason: 'gives memory back early: an intent is recorded once',
  },
  {
    file: 'actors/execution/ledger-payloads.ts',
    on: 'const sorted = Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)));',
    original: '1',
    replacement: '(1 + 1)',
    reason: 'of what compares for a sort only the sign counts',
  },
  {
    file: 'actors/execution/replay.ts',
    on: 'if (this.#lessons.length >= 2 * lessonsMax) this.#lessons.splice(0, lessonsMax);',
    original: '2',
    replacement: '(2 + 1)',
    reason: 'memory is given back later; the last lessons are taught either way',
  },
  {
    file: 'actors/execution/replay.ts',
    on: 'if (isSettled(order)) this.#snapshots.delete(order);',
    original: 'this.#snapshots.delete(order);',
    replacement: ';',
    reason:
      'memory is given back later; a settled order is told of its market, which nobody reads any more',
  },
];
