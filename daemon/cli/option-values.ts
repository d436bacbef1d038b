/** Values of options, checked while they are parsed: a typo is a usage error, never a NaN. */
import { InvalidArgumentError } from 'commander';

/** A whole number of at least 1. */
export function countValue(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('A whole number above 0 is expected.');
}

/** Seconds, above 0 and at most a year. */
export function secondsValue(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0 && value <= 31_536_000)
    return value;
  throw new InvalidArgumentError('A number of seconds above 0 is expected.');
}

/** A journal offset: a whole number of at least 0, kept as text. */
export function offsetValue(text: string): string {
  if (/^\d{1,15}$/.test(text)) return text;
  throw new InvalidArgumentError('A journal offset is expected: a whole number of at least 0.');
}
