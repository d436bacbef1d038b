/** A scripted market for tests: listed products, and actions at stated times, nothing else. */
import type { Account } from './account.ts';
import type { VenueEngine } from './engine.ts';
import type { Product } from './product.ts';
import type { MarketSource } from './source.ts';

export interface ScriptStep {
  readonly tsUs: number;
  /** Runs inside `engine.run` at `tsUs`; `maker` is a house account. */
  readonly act: (engine: VenueEngine, maker: Account) => void;
}

class Script implements MarketSource {
  readonly taped = false;
  readonly startUs: number | undefined;
  readonly #products: readonly Product[];
  readonly #steps: readonly ScriptStep[];
  #at = 0;
  #engine: VenueEngine | undefined;
  #maker: Account | undefined;

  constructor(products: readonly Product[], steps: readonly ScriptStep[]) {
    this.#products = products;
    this.#steps = [...steps].sort((a, b) => a.tsUs - b.tsUs);
    this.startUs = this.#steps[0]?.tsUs;
  }

  list(): readonly Product[] {
    return this.#products;
  }

  open(engine: VenueEngine): void {
    this.#engine = engine;
    this.#maker = engine.openAccount('script', true);
  }

  nextUs(): number {
    return this.#steps[this.#at]?.tsUs ?? Number.POSITIVE_INFINITY;
  }

  step(): void {
    const step = this.#steps[this.#at];
    const engine = this.#engine;
    const maker = this.#maker;
    if (step === undefined || engine === undefined || maker === undefined) return;
    this.#at += 1;
    engine.run(step.tsUs, () => step.act(engine, maker));
  }

  dump(): unknown {
    return null;
  }

  restore(): void {}
}

/** A market that does exactly what the steps say. */
export function script(products: readonly Product[], steps: readonly ScriptStep[]): MarketSource {
  return new Script(products, steps);
}
