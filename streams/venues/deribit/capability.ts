/**
 * The token without which no trading client can be built. One office per daemon grants one token,
 * once: the chokepoint claims it at start, and whoever asks second is refused.
 */
import { HoldfastError } from '../../facts/errors.ts';

declare const dispatchBrand: unique symbol;
/** Proof of being the dispatch chokepoint. Cannot be made, only claimed. */
export interface DispatchCapability {
  readonly [dispatchBrand]: true;
}

const genuine = new WeakSet<object>();

/** Grants the capability to the first who claims it. */
export class CapabilityOffice {
  #claimed = false;

  /** Throws VENUE_METHOD_FORBIDDEN from the second call on. */
  claim(): DispatchCapability {
    if (this.#claimed) {
      throw new HoldfastError(
        'VENUE_METHOD_FORBIDDEN',
        'the dispatch capability is taken: only the chokepoint may hold it',
      );
    }
    this.#claimed = true;
    const token = Object.freeze({}) as DispatchCapability;
    genuine.add(token);
    return token;
  }
}

/** Throws VENUE_METHOD_FORBIDDEN unless an office granted this very token. */
export function assertCapability(token: unknown): asserts token is DispatchCapability {
  if (typeof token === 'object' && token !== null && genuine.has(token)) return;
  throw new HoldfastError(
    'VENUE_METHOD_FORBIDDEN',
    'a trading client needs the dispatch capability of the chokepoint',
  );
}
