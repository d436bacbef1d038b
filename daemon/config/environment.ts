/**
 * Wiring from the environment: `HOLDFAST_WIRING__STATUS__PORT=8790` sets `wiring.status.port`.
 * Values are YAML scalars. Nothing else of the profile can be overridden this way, and secrets are
 * never wiring.
 */
import { parse } from 'yaml';

const prefix = 'HOLDFAST_WIRING__';

export interface Override {
  readonly variable: string;
  /** Below `wiring`. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** The text as YAML; what is not YAML stays text, and the schema judges it. */
function scalarOf(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The overrides of an environment, sorted by variable name so that the outcome has one order. */
export function overridesOf(environment: Readonly<Record<string, string | undefined>>): Override[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.startsWith(prefix) && value !== undefined && value !== '')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([variable, value]) => ({
      variable,
      path: variable.slice(prefix.length).toLowerCase().split('__'),
      value: scalarOf(value ?? ''),
    }));
}

/** The same override with its value as it was written: `0042` is a name where a text is wanted. */
export function asText(
  override: Override,
  environment: Readonly<Record<string, string | undefined>>,
): Override {
  return { ...override, value: environment[override.variable] ?? '' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of `wiring` with the overrides set; the schema judges the result. */
export function withOverrides(wiring: unknown, overrides: readonly Override[]): unknown {
  if (overrides.length === 0 || (wiring !== undefined && !isRecord(wiring))) return wiring;
  const result = structuredClone(wiring ?? {}) as Record<string, unknown>;
  for (const { path, value } of overrides) {
    let node = result;
    for (const key of path.slice(0, -1)) {
      const known = Object.hasOwn(node, key) ? node[key] : undefined;
      const next = isRecord(known) ? known : {};
      node[key] = next;
      node = next;
    }
    node[path.at(-1) ?? ''] = value;
  }
  return result;
}
