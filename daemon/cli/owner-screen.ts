/**
 * May it trade, why not, since when, what clears it: the part of the status that everybody reads, on
 * one screen of 80 columns and 24 rows however many reasons stand.
 */
import { isLatchReason } from '../../streams/facts/reason-codes/index.ts';
import type { StatusV1 } from '../http/status-schema.ts';
import { paint } from './terminal.ts';

const modeColours = { Active: paint.green, ReduceOnly: paint.yellow, Kill: paint.red } as const;

/** The mode as people see it: colour, and a word that needs no colour. */
export function paintMode(mode: StatusV1['trading_mode']): string {
  return paint.bold(modeColours[mode](mode));
}

/** Columns of the narrowest terminal that is served. */
export const screenColumns = 80;
/** Reasons in full; the rest by their codes. */
const reasonsInFull = 4;
/** Rows for the codes that are not shown in full. */
const moreRows = 2;

/** Words in lines of at most `columns`, the lines after the first indented. */
function wrapped(text: string, indent: string, columns = screenColumns): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > columns) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

/** `2026-11-21 02:11:00 UTC`: without the fraction nobody reads. */
function moment(utc: string | null): string {
  return utc === null ? 'unknown' : `${utc.slice(0, 10)} ${utc.slice(11, 19)} UTC`;
}

type OwnerView = StatusV1['owner_view'];

function reasonLines({
  code,
  reason,
  message,
  clears,
  condition,
  current,
  since_utc,
}: OwnerView['codes'][number]): string[] {
  const [first = '', ...rest] = wrapped(`  ${code}  ${message}`, '    ');
  const manual = isLatchReason(reason)
    ? 'an owner must adopt until'
    : 'an operator must restore when';
  const by = clears === 'AUTO' ? 'clears by itself when' : manual;
  const now = current === null ? '' : ` (now ${current})`;
  const why = wrapped(`    ${reason} since ${moment(since_utc)}`, '      ');
  const how = wrapped(`    ${clears}: ${by} ${condition}${now}`, '      ');
  const shown = first.replace(code, paint.bold(code));
  return [shown, ...rest, ...[...why, ...how].map((line) => paint.dim(line))];
}

/** The owner view: at most 24 rows of 80 columns. */
export function ownerScreen({
  trading_mode,
  owner_view,
}: Pick<StatusV1, 'trading_mode' | 'owner_view'>): string[] {
  const { primary_code, message, since_utc, codes } = owner_view;
  const head = wrapped(`${trading_mode}  ${primary_code}  ${message}`, '  ');
  const since = since_utc === null ? [] : [`  since ${moment(since_utc)}`];
  const others = codes.slice(reasonsInFull).map(({ code }) => code);
  const more =
    others.length === 0 ? [] : wrapped(`  and ${others.length} more: ${others.join(' ')}`, '    ');
  // Codes repeat: what is left of the screen shows as many as fit, and says that there are more.
  const tail = more.length > moreRows ? [...more.slice(0, moreRows - 1), '    …'] : more;
  const [first = '', ...rest] = head;
  return [
    first.replace(trading_mode, paintMode(trading_mode)),
    ...rest,
    ...since,
    ...codes.slice(0, reasonsInFull).flatMap(reasonLines),
    ...tail,
  ];
}
