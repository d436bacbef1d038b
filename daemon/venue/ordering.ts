/**
 * The order the venue is free to choose: replies of one connection may overtake each other, and what
 * a request caused may be told before its reply. A client that relies on more is wrong.
 */
import type { Random } from '../../streams/ports/index.ts';

export interface Ordering {
  /** Drawn for each request: notifications of it go before its reply. */
  notifyBeforeReply(): boolean;
  /** Drawn for each reply: 0 goes at once, anything else may be overtaken. */
  replyWaitMs(): number;
}

/** Long enough to be overtaken by the next reply of a busy client, short enough to cost nothing. */
const waitMs = 3;
const waitShare = 0.25;
const firstShare = 0.5;

/** `fixed` decides the notifications whatever the draw says. */
export function orderingOf(fixed: boolean | undefined, free: boolean, random: Random): Ordering {
  return {
    notifyBeforeReply: () => fixed ?? (free && random.next() < firstShare),
    replyWaitMs: () => (free && random.next() < waitShare ? waitMs : 0),
  };
}
