/**
 * What can be broken on command. Everything is off by default; each fault says what it does to the
 * engine and what only to the wire, because that difference is what clients must survive.
 */
import { VenueError } from '../../streams/venues/simulated/index.ts';

export interface RejectRule {
  readonly code: number;
  readonly message: string;
  /** Only this method; every method when absent. */
  readonly method?: string | undefined;
  count: number;
}

export class Faults {
  /** Every reply waits this long; the engine has done its work at once. */
  replyDelayMs = 0;
  /** Public notifications are swallowed; heartbeats and replies go on. */
  feedFrozen = false;
  /** Every private and trading request answers 11051. */
  maintenance = false;
  #dropReplies: { count: number; readonly method: string | undefined }[] = [];
  #rejects: RejectRule[] = [];
  readonly #skippedFrames = new Map<string, number>();

  /** The next `count` replies (of `method`) are lost on the way: the request took effect. */
  dropReplies(count: number, method?: string): void {
    this.#dropReplies.push({ count, method });
  }

  /** The next `count` requests (of `method`) are refused with `code` before the engine sees them. */
  reject(code: number, message: string, count = 1, method?: string): void {
    this.#rejects.push({ code, message, method, count });
  }

  /** The next `count` change frames of that book are lost: the client must see a gap. */
  skipChangeIds(instrument: string, count = 1): void {
    this.#skippedFrames.set(instrument, (this.#skippedFrames.get(instrument) ?? 0) + count);
  }

  clear(): void {
    this.replyDelayMs = 0;
    this.feedFrozen = false;
    this.maintenance = false;
    this.#dropReplies = [];
    this.#rejects = [];
    this.#skippedFrames.clear();
  }

  takeDroppedReply(method: string): boolean {
    const rule = this.#dropReplies.find(
      (each) => each.method === undefined || each.method === method,
    );
    if (rule === undefined) return false;
    rule.count -= 1;
    if (rule.count <= 0) this.#dropReplies = this.#dropReplies.filter((each) => each !== rule);
    return true;
  }

  /** Throws the refusal that is due for this method. */
  checkReject(method: string): void {
    if (this.maintenance && method.startsWith('private/'))
      throw new VenueError(11051, 'system_maintenance');
    const rule = this.#rejects.find((each) => each.method === undefined || each.method === method);
    if (rule === undefined) return;
    rule.count -= 1;
    if (rule.count <= 0) this.#rejects = this.#rejects.filter((each) => each !== rule);
    throw new VenueError(rule.code, rule.message);
  }

  takeSkippedFrame(instrument: string): boolean {
    const left = this.#skippedFrames.get(instrument) ?? 0;
    if (left === 0) return false;
    this.#skippedFrames.set(instrument, left - 1);
    return true;
  }
}
