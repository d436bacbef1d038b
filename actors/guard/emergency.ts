/**
 * Emergency reduce-only: holds at least its cooldown and until a reconciliation that began after
 * it was set confirms that exposure is safe. Repeated calls extend the cooldown. Pure state; the
 * guard gives it time.
 */
import { usPerSecond } from '../../streams/facts/time.ts';

export class Emergency {
  #active = false;
  #confirmed = false;
  #ticket = 0;
  untilUs = 0;
  extensions = 0;

  get active(): boolean {
    return this.#active;
  }

  /** Until the cooldown is over, s; null: it is not active. */
  remainingS(nowUs: number): number | null {
    return this.#active ? Math.max(0, this.untilUs - nowUs) / usPerSecond : null;
  }

  /** Sets or extends. `ticket`: only a proof collected after it confirms. */
  set(nowUs: number, cooldownUs: number, ticket: number): void {
    this.extensions = this.#active ? this.extensions + 1 : 0;
    this.#active = true;
    this.#confirmed = false;
    this.#ticket = ticket;
    this.untilUs = Math.max(this.untilUs, nowUs + cooldownUs);
  }

  /** A reconciliation whose reads began at `ticket` found exposure safe, or not. */
  proven(ticket: number, exposureSafe: boolean): void {
    if (this.#active && ticket >= this.#ticket) this.#confirmed = exposureSafe;
  }

  /** Both conditions hold. */
  mayEnd(nowUs: number): boolean {
    return this.#active && this.#confirmed && nowUs >= this.untilUs;
  }

  end(): void {
    this.#active = false;
    this.untilUs = 0;
  }
}
