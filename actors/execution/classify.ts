/**
 * From a loose proposal to a class. What is doubtful is OPEN, the class with every check: a wish to
 * reduce is believed only when it says so completely and in the documented words.
 */
import type { IntentClass, ProposedIntent } from '../../streams/facts/intent.ts';

/**
 * CLOSE needs `reduce_only: true`. HEDGE needs `reduce_only` stated: true lets the venue enforce it,
 * false asks for the local proof. CANCEL needs the order it is about.
 */
export function classify(proposed: ProposedIntent): IntentClass {
  switch (proposed.class) {
    case 'CLOSE':
      return proposed.reduce_only === true ? 'CLOSE' : 'OPEN';
    case 'HEDGE':
      return typeof proposed.reduce_only === 'boolean' ? 'HEDGE' : 'OPEN';
    case 'CANCEL':
      return typeof proposed.target_order_id === 'string' && proposed.target_order_id !== ''
        ? 'CANCEL'
        : 'OPEN';
    default:
      return 'OPEN';
  }
}
