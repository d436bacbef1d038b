/** Reading untyped JSON without trusting it: every reader answers undefined for the wrong kind. */
export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A finite number; JSON has no other, but a missing field is not a number either. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A finite number, or null for null, absence and the wrong kind: analytics only. */
export function floatOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

/** A float for analytics, 0 when absent. */
export function floatOrZero(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** A venue time in integer milliseconds, as µs. Undefined when it is not a plausible time. */
export function usOfMs(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return undefined;
  const us = value * 1_000;
  return Number.isSafeInteger(us) ? us : undefined;
}
