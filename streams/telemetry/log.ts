/** The `Log` of the house over any sink: levels, inherited fields, redaction. Never throws. */
import type { Log, LogFields } from '../ports/index.ts';
import type { Redactor } from './redaction.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where redacted lines go. `fields` are plain JSON values already. */
export interface LogSink {
  isEnabled(level: LogLevel): boolean;
  write(level: LogLevel, event: string, fields: Record<string, unknown>): void;
  /** Everything written so far is handed over before it returns. */
  flush(): void;
}

/** A log whose every line is redacted before it reaches `sink`. */
export function createLog(sink: LogSink, redactor: Redactor, inherited: LogFields = {}): Log {
  const base = redactor.fields(inherited);
  const write = (level: LogLevel, event: string, fields?: LogFields): void => {
    try {
      if (!sink.isEnabled(level)) return;
      const own = fields === undefined ? undefined : redactor.fields(fields);
      sink.write(level, redactor.text(event), own === undefined ? base : { ...base, ...own });
    } catch {
      // A log line is never worth the daemon; the sink counts what it drops.
    }
  };
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    fatal(event, fields) {
      write('fatal', event, fields);
      sink.flush();
    },
    child: (fields) => createLog(sink, redactor, { ...base, ...fields }),
  };
}
