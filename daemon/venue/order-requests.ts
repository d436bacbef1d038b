/**
 * The venue's own count of what it was asked to place: every buy and sell request by account and
 * label, taken before anything may refuse it, and the refusals by code. So whether one intent was
 * ever sent twice is answered by the receiver, not by the sender.
 */
import type { RpcRequest } from './dispatcher.ts';

/** Labels kept; the oldest are forgotten beyond it, about 100 MB before. */
const labelsMax = 500_000;
/** Labels of one answer. */
export const labelsPerAnswerMax = 5_000;

const placing: ReadonlySet<string> = new Set(['private/buy', 'private/sell']);

export interface OrderRequestFigures {
  /** Requests to place an order, refused ones included. */
  readonly requests: number;
  readonly labelled: number;
  /** Labels that came more than once. */
  readonly repeated: ReadonlyArray<{ readonly label: string; readonly times: number }>;
  /** Refusals by the venue's error code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Labels in the order of their first arrival, from `after` on, at most 5,000. */
  readonly labels: readonly string[];
}

export class OrderRequests {
  readonly #times = new Map<string, number>();
  readonly #repeated = new Map<string, number>();
  readonly #refused: Record<string, number> = {};
  #requests = 0;
  #forgotten = 0;

  /** Counts one request; `account` keeps labels of different customers apart. */
  asked({ method, params }: Pick<RpcRequest, 'method' | 'params'>, account: string): void {
    if (!placing.has(method)) return;
    this.#requests += 1;
    if (typeof params.label !== 'string' || params.label === '') return;
    const key = `${account} ${params.label}`;
    const times = (this.#times.get(key) ?? 0) + 1;
    this.#times.set(key, times);
    if (times > 1) this.#repeated.set(params.label, times);
    if (this.#times.size <= labelsMax) return;
    const [oldest] = this.#times.keys();
    if (oldest !== undefined) this.#times.delete(oldest);
    this.#forgotten += 1;
  }

  refused({ method }: Pick<RpcRequest, 'method'>, code: number): void {
    if (placing.has(method)) this.#refused[code] = (this.#refused[code] ?? 0) + 1;
  }

  /** `after`: how many labels the asker has seen. */
  figures(after: number): OrderRequestFigures {
    const from = Math.max(0, after - this.#forgotten);
    const keys = [...this.#times.keys()].slice(from, from + labelsPerAnswerMax);
    return {
      requests: this.#requests,
      labelled: this.#times.size + this.#forgotten,
      repeated: [...this.#repeated].map(([label, times]) => ({ label, times })),
      refused: { ...this.#refused },
      labels: keys.map((key) => key.slice(key.indexOf(' ') + 1)),
    };
  }
}
