/** The last warnings and errors of the log, as `/api/diagnostics` shows them: bounded, cut, redacted already. */
import { cutText } from '../../streams/facts/text.ts';
import { isoFromUs } from '../../streams/facts/time.ts';
import type { Clock } from '../../streams/ports/index.ts';
import type { LoggedError } from '../http/operations-schema.ts';

const keptMax = 50;
/** A line longer than this is cut: the log has the rest. */
const textCharsMax = 300;
const levels: ReadonlySet<string> = new Set(['warn', 'error', 'fatal']);

export class ErrorRing {
  readonly #clock: Pick<Clock, 'nowUs'>;
  readonly #kept: LoggedError[] = [];

  constructor(clock: Pick<Clock, 'nowUs'>) {
    this.#clock = clock;
  }

  /** Newest first. */
  get newest(): readonly LoggedError[] {
    return this.#kept.toReversed();
  }

  note(level: string, event: string, fields: Readonly<Record<string, unknown>>): void {
    if (!levels.has(level)) return;
    if (this.#kept.length === keptMax) this.#kept.shift();
    this.#kept.push({
      at: isoFromUs(this.#clock.nowUs()),
      level: level as LoggedError['level'],
      event,
      code: typeof fields.code === 'string' ? fields.code : null,
      text: cutText(JSON.stringify(fields), textCharsMax),
    });
  }
}
