/** The door of the supervision room. */

/** Circuit breakers by key: one machine, many keys. */
export {
  type BreakerSettings,
  type BreakerState,
  Breakers,
  type BreakerView,
  breakerStateValue,
} from './breakers.ts';
/** Whether the loops of the daemon turn. */
export { Loops, type LoopView } from './loops.ts';
