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
];
