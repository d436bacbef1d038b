/** docs/errors.md: every error code and every exit code, from the one table of the code. */
import { errorCodes, exitCodes } from '../../../streams/facts/errors.ts';
import { generatedPage, markdownTable } from './markdown.ts';

export function errorsPage(): string {
  const codes = Object.entries(errorCodes).map(([code, { meaning, retryable, exitCode }]) => [
    `\`${code}\``,
    meaning,
    retryable ? 'yes' : '',
    String(exitCode),
  ]);
  return generatedPage('Errors', '`streams/facts/errors.ts`', [
    'Every error has a code, a message that says what happened and what to do, and a trace id that joins it with logs and facts. ' +
      'HTTP answers carry them as `error_code` and `trace_id` of an RFC 9457 problem document; a process ends with the exit code.',
    '## Exit codes',
    markdownTable(
      ['exit code', 'means'],
      Object.entries(exitCodes).map(([code, meaning]) => [code, meaning]),
    ),
    '## Error codes',
    '*Again*: the same request can succeed later, unchanged.',
    markdownTable(['code', 'means', 'again', 'exit code'], codes),
  ]);
}
