/**
 * The floor of market ingest: JSON.parse, hand checks, a typed-array book with its gap check. What
 * anybody would write who needs no quarantine, no identity, no exact grid and no fallback.
 */
interface Side {
  keys: Float64Array;
  amounts: Float64Array;
  count: number;
}

const capacity = 4_096;

function emptySide(): Side {
  return { keys: new Float64Array(capacity), amounts: new Float64Array(capacity), count: 0 };
}

interface Book {
  readonly bids: Side;
  readonly asks: Side;
  changeId: number;
}

interface BookData {
  readonly type: string;
  readonly instrument_name: string;
  readonly timestamp: number;
  readonly change_id: number;
  readonly prev_change_id?: number;
  readonly bids: readonly [string, number, number][];
  readonly asks: readonly [string, number, number][];
}

function set(side: Side, key: number, amount: number): void {
  let low = 0;
  let high = side.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((side.keys[middle] as number) < key) low = middle + 1;
    else high = middle;
  }
  const isThere = low < side.count && side.keys[low] === key;
  if (amount === 0) {
    if (!isThere) return;
    side.keys.copyWithin(low, low + 1, side.count);
    side.amounts.copyWithin(low, low + 1, side.count);
    side.count -= 1;
    return;
  }
  if (!isThere) {
    side.keys.copyWithin(low + 1, low, side.count);
    side.amounts.copyWithin(low + 1, low, side.count);
    side.keys[low] = key;
    side.count += 1;
  }
  side.amounts[low] = amount;
}

function check(levels: readonly [string, number, number][]): void {
  for (const [action, price, amount] of levels) {
    if (typeof action !== 'string') throw new Error('action');
    if (typeof price !== 'number' || typeof amount !== 'number') throw new Error('level');
  }
}

/** A bare reader of book frames; `bestSum` proves that the work was done. */
export class BareIngest {
  readonly #books = new Map<string, Book>();
  bestSum = 0;
  gaps = 0;

  take(frame: Buffer): void {
    const message = JSON.parse(frame.toString('utf8')) as {
      method?: string;
      params?: { channel?: string; data?: BookData };
    };
    const data = message.params?.data;
    if (message.method !== 'subscription' || data === undefined) throw new Error('message');
    if (typeof data.timestamp !== 'number' || typeof data.change_id !== 'number')
      throw new Error('id');
    if (!Array.isArray(data.bids) || !Array.isArray(data.asks)) throw new Error('sides');
    check(data.bids);
    check(data.asks);
    this.#apply(data);
  }

  #apply(data: BookData): void {
    let book = this.#books.get(data.instrument_name);
    if (book === undefined) {
      book = { bids: emptySide(), asks: emptySide(), changeId: -1 };
      this.#books.set(data.instrument_name, book);
    }
    if (data.type === 'snapshot') {
      book.bids.count = 0;
      book.asks.count = 0;
    } else if (data.prev_change_id !== book.changeId) {
      this.gaps += 1;
      return;
    }
    for (const [, price, amount] of data.bids) set(book.bids, price, amount);
    for (const [, price, amount] of data.asks) set(book.asks, -price, amount);
    book.changeId = data.change_id;
    this.bestSum += (book.bids.keys[book.bids.count - 1] as number) || 0;
  }
}
