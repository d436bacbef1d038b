/** Domain time: integer epoch microseconds inside, ISO-8601 with microseconds at the edge. */
import { HoldfastError } from './errors.ts';

export const usPerMs = 1_000;
export const usPerSecond = 1_000_000;
export const usPerMinute = 60_000_000;
export const usPerDay = 86_400_000_000;

const isoForm = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/;

/** Characters of a refused text that its error repeats. */
const shownMax = 40;

// Facts of one second come together: its text is made once. A memo, not a state.
let lastSecond = Number.NaN;
let lastSecondText = '';

/** `2026-11-21T02:11:00.000123Z`. Throws INTERNAL on anything but a safe integer. */
export function isoFromUs(us: number): string {
  if (!Number.isSafeInteger(us)) throw new HoldfastError('INTERNAL', `not a time in µs: ${us}`);
  const seconds = Math.floor(us / usPerSecond);
  const micros = us - seconds * usPerSecond;
  if (seconds !== lastSecond) {
    lastSecondText = new Date(seconds * 1_000).toISOString().slice(0, 19);
    lastSecond = seconds;
  }
  return `${lastSecondText}.${String(micros).padStart(6, '0')}Z`;
}

/** The inverse of `isoFromUs`; fewer fraction digits are accepted. Throws SCHEMA_INVALID. */
export function usFromIso(iso: string): number {
  const match = isoForm.exec(iso);
  const [, second = '', fraction = ''] = match ?? [];
  const us = Date.parse(`${second}Z`) * usPerMs + Number(fraction.padEnd(6, '0'));
  // Date.parse takes 30 February and 24:00 for the day after: only what comes back the same is a time.
  if (!Number.isSafeInteger(us) || isoFromUs(us).slice(0, 19) !== second) {
    const shown = JSON.stringify(iso.slice(0, shownMax));
    throw new HoldfastError('SCHEMA_INVALID', `not an ISO-8601 UTC time: ${shown}`);
  }
  return us;
}

/** UTC day of a time, `2026-11-21`. */
export function utcDay(us: number): string {
  return isoFromUs(us).slice(0, 10);
}
