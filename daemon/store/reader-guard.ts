/**
 * What the reader may ask. The engine's read-only mode is not enough: on a read-only connection the
 * embedded engine still reads local files (`SELECT file('/…')`), writes them (`INTO OUTFILE`), opens
 * connections (`DESCRIBE url('…')`) and kills queries (all measured). So a statement must first be
 * one of a few kinds, in a part of the language that can be cut into words without doubt; whatever
 * could be read in two ways is refused.
 */
import { FrontError } from './front-error.ts';

/** Statements that only read. Those marked false take names, never expressions. */
const allowedStatements: ReadonlyMap<string, boolean> = new Map([
  ['select', true],
  ['with', true],
  ['explain', true],
  ['show', false],
  ['exists', false],
  ['describe', false],
  ['desc', false],
]);

/** Reach outside the store under any use: called, or named in `APPLY`. */
const outsideWords: ReadonlySet<string> = new Set([
  'outfile',
  'infile',
  'file',
  'url',
  'reversednsquery',
  'catboostevaluate',
]);

/** Table functions that reach outside begin so; refused as calls, also by names of the future. */
const outsideCalls =
  /^(file|url|s3|gcs|oss|cosn|hdfs|azure|remote|cluster|mysql|postgres|sqlite|mongo|redis|executable|jdbc|odbc|iceberg|delta|hudi|paimon|arrowflight|ytsaurus|python|input|dict|joinget|prometheus|ai[a-z]*generate)/;

/** Longer statements are refused: dashboards ask in a few thousand characters. */
const maxStatementChars = 100_000;

interface Word {
  /** Lower case; the content of a quoted identifier counts as a word. */
  readonly text: string;
  readonly kind: 'word' | 'sign';
}

function refuse(why: string): never {
  throw new FrontError(164, 'READONLY', `reader: ${why}`);
}

/** End of a quoted run that starts at `start`: behind the closing quote. */
function quotedEnd(sql: string, start: number): number {
  const quote = sql[start];
  for (let at = start + 1; at < sql.length; at += 1) {
    if (sql[at] === '\\') at += 1;
    else if (sql[at] === quote && sql[at + 1] === quote) at += 1;
    else if (sql[at] === quote) return at + 1;
  }
  return refuse('a quote is not closed');
}

const wordForm = /[A-Za-z0-9_]+/y;
/** What may stand between words. Comments, heredocs, escapes and typographic quotes are not in it. */
const signForm = /[()[\]{},.;:=<>!+\-*/%?|@]/;

function wordsOf(sql: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < sql.length) {
    const sign = sql.charAt(at);
    const pair = sql.slice(at, at + 2);
    if (/\s/.test(sign)) {
      at += 1;
    } else if (sign === "'") {
      at = quotedEnd(sql, at);
      words.push({ text: "'", kind: 'sign' });
    } else if (sign === '`' || sign === '"') {
      const end = quotedEnd(sql, at);
      const text = sql.slice(at + 1, end - 1);
      if (text.includes('\\')) refuse('a quoted name must not contain a backslash');
      words.push({ text: text.toLowerCase(), kind: 'word' });
      at = end;
    } else if (pair === '--' || pair === '/*' || pair === '//') {
      refuse('comments are not accepted here');
    } else if (signForm.test(sign)) {
      words.push({ text: sign, kind: 'sign' });
      at += 1;
    } else {
      wordForm.lastIndex = at;
      const text =
        wordForm.exec(sql)?.[0] ?? refuse(`character ${JSON.stringify(sign)} is not accepted`);
      words.push({ text: text.toLowerCase(), kind: 'word' });
      at += text.length;
    }
  }
  return words;
}

/** Passes a statement that can only read the store. Throws `FrontError` 164 otherwise. */
export function guardReader(sql: string): void {
  if (sql.length > maxStatementChars) refuse('the statement is too long');
  const words = wordsOf(sql);
  while (words.at(-1)?.text === ';') words.pop();
  const first = words.find((word) => word.text !== '(');
  const takesExpressions = allowedStatements.get(first?.text ?? '');
  if (takesExpressions === undefined)
    refuse(`${first?.text ?? 'nothing'} is not a reading statement`);
  for (const [index, word] of words.entries()) {
    if (word.text === ';') refuse('one statement at a time');
    const called = words[index + 1]?.text === '(';
    if (called && !takesExpressions) refuse('expressions are not accepted in this statement');
    if (called && word.text === '}') refuse('a parameter cannot be called');
    if (word.kind !== 'word') continue;
    if (outsideWords.has(word.text) || (called && outsideCalls.test(word.text))) {
      refuse(`${word.text} reaches outside the store`);
    }
  }
}
