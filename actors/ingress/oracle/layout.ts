/**
 * Where artifacts stand under the oracle root. One prefix per artifact kind, then tokens in one fixed
 * order: seed, parameter_hash, manifest_fingerprint, scenario_id, run_id, utc_day. A kind uses the tokens
 * it varies with; a token without a value is `none`. Paths follow from references, never from a scan for
 * the newest. Receipts of the engine that did the work and of the verifier stand apart.
 */
import { HoldfastError } from '../../../streams/facts/errors.ts';

export const locatorTokens = [
  'seed',
  'parameter_hash',
  'manifest_fingerprint',
  'scenario_id',
  'run_id',
  'utc_day',
] as const;
export type LocatorToken = (typeof locatorTokens)[number];

interface ArtifactPlace {
  readonly prefix: string;
  readonly tokens: readonly LocatorToken[];
}

const worldKey = ['seed', 'parameter_hash', 'manifest_fingerprint', 'scenario_id'] as const;
const runKey = [...worldKey, 'run_id'] as const;

/** The prefix map: every kind of artifact, where it stands and which tokens its path carries. */
export const artifactPlaces = {
  world: { prefix: 'worlds', tokens: worldKey },
  seal_receipt: { prefix: 'receipts/engine/seal', tokens: worldKey },
  verify_receipt: { prefix: 'receipts/verifier/world', tokens: worldKey },
  run_plan: { prefix: 'runs/plan', tokens: runKey },
  run_record: { prefix: 'runs/record', tokens: runKey },
  run_status: { prefix: 'runs/status', tokens: runKey },
  run_facts_view: { prefix: 'runs/facts-view', tokens: runKey },
  run_ledger: { prefix: 'runs/ledger', tokens: runKey },
  run_receipt: { prefix: 'receipts/engine/run', tokens: runKey },
  run_verify_receipt: { prefix: 'receipts/verifier/run', tokens: runKey },
  audit: { prefix: 'audit', tokens: locatorTokens },
  dataset: { prefix: 'datasets', tokens: worldKey },
  bundle: { prefix: 'bundles', tokens: worldKey },
  registry: { prefix: 'registry', tokens: [] },
} as const satisfies Record<string, ArtifactPlace>;
export type ArtifactKind = keyof typeof artifactPlaces;

export type LocatorTokens = Readonly<Partial<Record<LocatorToken, string>>>;

const tokenForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Path of an artifact relative to the oracle root. Throws REQUEST_INVALID on an unusable token. */
export function artifactPath(kind: ArtifactKind, tokens: LocatorTokens): string {
  const place: ArtifactPlace = artifactPlaces[kind];
  const parts = place.tokens.map((token) => {
    const value = tokens[token] ?? 'none';
    if (!tokenForm.test(value)) {
      throw new HoldfastError('REQUEST_INVALID', `${token} cannot be part of a path: ${value}`);
    }
    return `${token}=${value}`;
  });
  return [place.prefix, ...parts].join('/');
}

/** Reference to an artifact: found by path, believed by digest. */
export interface Locator {
  readonly kind: ArtifactKind;
  /** Relative to the oracle root. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly schema_version: number;
}

/** Worlds being written; nothing under it is ever read. */
export const stagingPrefix = '.staging';
