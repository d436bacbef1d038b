/** Collects how a recording became events: what was skipped, left out, derived, assumed. */
import { HoldfastError } from '../../facts/errors.ts';
import type { WorldProvenance } from '../manifest.ts';

/** Skipped lines listed one by one; more are only counted. */
const maxListedLines = 1_000;

export class Provenance {
  readonly #leftOut: Record<string, number> = {};
  readonly #derived: Record<string, string> = {};
  readonly #inferred: Record<string, string> = {};
  readonly #skipped: { source: string; line: number; reason: string }[] = [];
  readonly #skipMalformed: number;
  #skippedLines = 0;
  #lines = 0;

  constructor(skipMalformed: number) {
    this.#skipMalformed = skipMalformed;
  }

  countLine(): void {
    this.#lines += 1;
  }

  /** Well-formed input that becomes no event. */
  leaveOut(reason: string, times = 1): void {
    if (times > 0) this.#leftOut[reason] = (this.#leftOut[reason] ?? 0) + times;
  }

  derive(field: string, from: string): void {
    this.#derived[field] = from;
  }

  infer(instrumentName: string, what: string): void {
    this.#inferred[instrumentName] = what;
  }

  /** Notes a malformed line, or throws IMPORT_INVALID when the tolerance is used up. */
  skip(source: string, line: number, reason: string): void {
    this.#skippedLines += 1;
    if (this.#skipped.length < maxListedLines) this.#skipped.push({ source, line, reason });
    if (this.#skippedLines <= this.#skipMalformed) return;
    const tolerance =
      this.#skipMalformed === 0
        ? 'no malformed line is tolerated unless --skip-malformed says so'
        : `more than the ${this.#skipMalformed} malformed lines that --skip-malformed allows`;
    throw new HoldfastError('IMPORT_INVALID', `${source} line ${line}: ${reason} (${tolerance})`, {
      details: { source, line, skipped: this.#skipped },
    });
  }

  summary(bookGaps: Record<string, number>): WorldProvenance {
    return {
      lines: this.#lines,
      skipped_lines: this.#skippedLines,
      skipped: this.#skipped,
      left_out: this.#leftOut,
      derived: this.#derived,
      inferred: this.#inferred,
      book_gaps: bookGaps,
    };
  }
}
