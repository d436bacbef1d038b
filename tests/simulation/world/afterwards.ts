/** What people do once the faults are over: restore floors, adopt, cancel what rests, close what is held. */
import type { Hand } from './hand.ts';
import type { Injector } from './inject.ts';
import type { SimWorld } from './sim-world.ts';

/**
 * Of the calls of `tidy`, one a second: every so many, floors are restored and strangers adopted. An
 * adoption reads the whole account twice: asked for every second it uses the venue's credits up.
 */
const restoreEvery = 5;
/** The same of cancels and closes. */
const handEvery = 3;
/** Rounds of the hand that an order which may not be cancelled is given to fill. */
const protectedRoundsMax = 20;

export class Afterwards {
  readonly #sim: SimWorld;
  readonly #injector: Injector;
  readonly #hand: Hand;
  #calls = 0;
  /** Rounds on end in which an order stayed because it protects. */
  #protectedRounds = 0;

  constructor(sim: SimWorld, injector: Injector, hand: Hand) {
    this.#sim = sim;
    this.#injector = injector;
    this.#hand = hand;
  }

  /** Once a second. */
  tidy(): void {
    const { system, node } = this.#sim.daemon;
    if (system === undefined) return;
    this.#calls += 1;
    if (this.#calls % restoreEvery === 0) {
      this.#injector.restoreAll();
      this.#injector.adoptAll();
    }
    if (this.#calls % handEvery !== 0) return;
    const isProtected = this.#hand.cancelAll(system, node.ports.clock.nowUs());
    this.#protectedRounds = isProtected ? this.#protectedRounds + 1 : 0;
    // An operator's kill cancels it all the same.
    if (this.#protectedRounds === protectedRoundsMax) this.#injector.killAll();
    this.#hand.closeAll(system, node.ports.clock.nowUs());
  }
}
