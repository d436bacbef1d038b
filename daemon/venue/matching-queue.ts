/**
 * Requests that wait for a slow matching engine, in their order. An account may have eight waiting:
 * the next one is 10047. One that waits longer than five seconds is 10050, one that a cancel-all
 * overtakes 13666, an edit that a newer edit of the same order overtakes 13777. Nothing happened then.
 */
import type { Clock } from '../../streams/ports/index.ts';
import { refusal, type VenueError } from '../../streams/venues/simulated/index.ts';
import type { RpcRequest } from './dispatcher.ts';

const waitingMax = 8;
const waitMsMax = 5_000;

interface Waiting {
  readonly method: string;
  readonly orderId: unknown;
  /** Ends the waiting: runs the request, or answers it with a refusal. */
  readonly finish: (refused?: VenueError) => void;
}

export class MatchingQueue {
  readonly #clock: Clock;
  readonly #waiting = new Map<unknown, Set<Waiting>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets a request of `owner` (an account, or a session that has none) wait its turn. */
  enter(
    owner: unknown,
    { method, params }: Pick<RpcRequest, 'method' | 'params'>,
    delayMs: number,
    run: (refused?: VenueError) => void,
  ): void {
    const queue = this.#waiting.get(owner) ?? new Set<Waiting>();
    this.#waiting.set(owner, queue);
    if (method.startsWith('private/cancel_all'))
      for (const each of queue) if (!each.method.includes('cancel')) each.finish(refusal(13666));
    if (method === 'private/edit')
      for (const each of queue)
        if (each.method === method && each.orderId === params.order_id) each.finish(refusal(13777));
    if (queue.size >= waitingMax) {
      run(refusal(10047));
      return;
    }
    const waiting: Waiting = {
      method,
      orderId: params.order_id,
      finish: (refused) => {
        if (!queue.delete(waiting)) return;
        run(refused);
      },
    };
    queue.add(waiting);
    const late = delayMs > waitMsMax;
    this.#clock.after(Math.min(delayMs, waitMsMax), () =>
      waiting.finish(late ? refusal(10050) : undefined),
    );
  }
}
