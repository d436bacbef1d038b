/**
 * What one session of the daemon was told, as it arrived: books with their chains, answers to
 * orders, and which proofs were read since something broke. Exact, because it stands at the port.
 */
import type { Verdict } from './verdict.ts';

interface Waiting {
  readonly label: string;
  readonly sinceUs: number;
}

/** Reads that together make a reconciliation. */
const proofs = ['get_positions', 'get_open_orders', 'get_user_trades'] as const;
const bookFrame = /"channel":"book\.([^"]+)\.raw","data":/;
const changeIds = /"prev_change_id":(\d+)|"change_id":(\d+)/g;
const replyId = /"id":(\d+),/;

export class LinkTruth {
  readonly #verdict: Verdict;
  /** Since when nothing is proven; what broke then. */
  #brokenUs = 0;
  #brokenBy = 'the start';
  readonly #proven = new Map<string, number>();
  readonly #bookUs = new Map<string, number>();
  readonly #changeIds = new Map<string, number>();
  readonly #waiting = new Map<number, Waiting>();
  #isOpen = false;
  /** When the present session, or the last one, came up. */
  openedUs = 0;

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  /** A new process knows nothing. */
  begin(): void {
    this.#break('the start');
    this.#forget();
  }

  socket(state: 'open' | 'closed'): void {
    this.#isOpen = state === 'open';
    if (this.#isOpen) this.openedUs = this.#verdict.nowUs;
    if (state === 'closed') this.#break('the session was lost');
    this.#forget();
  }

  sent(id: number, label: string): void {
    this.#waiting.set(id, { label, sinceUs: this.#verdict.nowUs });
  }

  received(text: string): void {
    const book = bookFrame.exec(text);
    if (book !== null) this.#book(book[1] as string, text);
    else if (this.#waiting.size > 0) this.#answer(text);
  }

  /** An answered read over HTTP. */
  read(url: string, tookUs: number, status: number): void {
    if (status !== 200) return;
    const startedUs = this.#verdict.nowUs - tookUs;
    for (const proof of proofs)
      if (url.includes(proof))
        this.#proven.set(proof, Math.max(startedUs, this.#proven.get(proof) ?? 0));
    // A look-up of orders that began after one went silent may have settled it.
    if (!url.includes('get_open_orders') && !url.includes('get_order_history')) return;
    for (const [id, { sinceUs }] of this.#waiting)
      if (startedUs > sinceUs + 1_000_000) this.#waiting.delete(id);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What an OPEN may not go before; undefined when everything was read since the last break. */
  unproven(): string | undefined {
    if (!this.#isOpen) return 'a session is up';
    const missing = proofs.find((proof) => (this.#proven.get(proof) ?? -1) < this.#brokenUs);
    return missing === undefined ? undefined : `${missing} was read since ${this.#brokenBy}`;
  }

  bookAgeMs(instrument: string): number {
    const at = this.#bookUs.get(instrument);
    return at === undefined ? Number.POSITIVE_INFINITY : (this.#verdict.nowUs - at) / 1_000;
  }

  unanswered(timeoutMs: number): string | undefined {
    for (const { label, sinceUs } of this.#waiting.values())
      if (this.#verdict.nowUs - sinceUs > timeoutMs * 1_000) return label;
    return undefined;
  }

  #break(by: string): void {
    this.#brokenUs = this.#verdict.nowUs;
    this.#brokenBy = by;
  }

  #forget(): void {
    this.#bookUs.clear();
    this.#changeIds.clear();
    this.#waiting.clear();
  }

  #book(instrument: string, text: string): void {
    let previous: number | undefined;
    let current: number | undefined;
    for (const [, prev, now] of text.matchAll(changeIds)) {
      if (prev !== undefined) previous = Number(prev);
      if (now !== undefined) current = Number(now);
    }
    if (current === undefined) return;
    const known = this.#changeIds.get(instrument);
    // A frame from before what is known says nothing; the same one again says that it still holds.
    if (previous !== undefined && known !== undefined && current < known) return;
    if (previous !== undefined && known !== undefined && previous !== known && current !== known) {
      this.#verdict.reach('gap seen');
      this.#break(`a gap in the book of ${instrument}`);
    }
    if (previous === undefined || previous === known || current === known)
      this.#bookUs.set(instrument, this.#verdict.nowUs);
    this.#changeIds.set(instrument, current);
  }

  #answer(text: string): void {
    const id = Number(replyId.exec(text)?.[1] ?? -1);
    this.#waiting.delete(id);
    for (const [key, { label }] of this.#waiting)
      if (text.includes(label)) this.#waiting.delete(key);
  }
}
