/**
 * The manifest of a sealed world: what it holds, where it came from, and the digests that prove both.
 * It holds no wall clock and no path of the machine that sealed it, so that sealing the same recording
 * twice gives the same `manifest_fingerprint`.
 */
import { z } from 'zod';
import { HoldfastError } from '../facts/errors.ts';
import { canonicalHash, canonicalJson } from '../facts/hash.ts';
import { instrumentSchema } from '../facts/instrument.ts';

export const manifestFileName = 'manifest.json';
export const worldSchemaVersion = 1;

/** World names are path tokens: lower case, digits, dot, dash, underscore. */
export const scenarioIdForm = /^[a-z0-9][a-z0-9._-]{0,63}$/;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/, '64 hex digits');
const count = z.int().nonnegative();
const time = z.int();

const worldFileSchema = z.strictObject({
  /** Relative to the world's directory. */
  path: z.string().regex(/^[A-Za-z0-9=._%/-]+$/),
  kind: z.enum(['order', 'book', 'trade', 'ticker']),
  utc_day: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  /** Absent on order files: they span the instruments of a day. */
  instrument: z.string().nullable(),
  channel: z.string().nullable(),
  rows: count,
  bytes: count,
  sha256: hex64,
});
export type WorldFile = z.infer<typeof worldFileSchema>;

const sourceFileSchema = z.strictObject({ name: z.string(), bytes: count, sha256: hex64 });

/** Where the events came from. */
export const worldSourceSchema = z.strictObject({
  format: z.enum([
    'deribit-raw',
    'deribit-board',
    'tardis-csv',
    'binance-coinm',
    'live-capture',
    'generator',
    'script',
  ]),
  venue: z.string(),
  files: z.array(sourceFileSchema),
  /** Licence of the recording, as stated by whoever imported it. */
  licence: z.string(),
  options: z.record(z.string(), z.unknown()),
});
export type WorldSource = z.infer<typeof worldSourceSchema>;

const skippedLineSchema = z.strictObject({ source: z.string(), line: count, reason: z.string() });

/** How the recording became events: what was left out, derived or assumed, with reasons. */
export const worldProvenanceSchema = z.strictObject({
  lines: count,
  /** Malformed lines that the importer was told to tolerate; the list is cut at its bound. */
  skipped_lines: count,
  skipped: z.array(skippedLineSchema),
  /** Well-formed input that carries no event, or that the venue's rules drop, by reason. */
  left_out: z.record(z.string(), count),
  /** Event fields that the recording does not have, and what stands in for them. */
  derived: z.record(z.string(), z.string()),
  /** Instruments whose row, or part of it, was not in the recording: name → what was assumed. */
  inferred: z.record(z.string(), z.string()),
  /** Book changes that do not chain to the frame before, per instrument. */
  book_gaps: z.record(z.string(), count),
});
export type WorldProvenance = z.infer<typeof worldProvenanceSchema>;

export const worldCountsSchema = z.strictObject({ book: count, trade: count, ticker: count });
export type WorldCounts = z.infer<typeof worldCountsSchema>;

export const worldManifestSchema = z.strictObject({
  schema_version: z.literal(worldSchemaVersion),
  status: z.enum(['SEALED_OK', 'SEALED_FAILED']),
  manifest_fingerprint: hex64,
  scenario_id: z.string().regex(scenarioIdForm),
  /** `none` where the source takes no parameters or no seed. */
  parameter_hash: z.string(),
  seed: z.string(),
  source: worldSourceSchema,
  provenance: worldProvenanceSchema,
  instruments: z.array(instrumentSchema),
  counts: worldCountsSchema,
  first_ts_us: time,
  last_ts_us: time,
  order_invariant_hash: hex64,
  files: z.array(worldFileSchema),
});
export type WorldManifest = z.infer<typeof worldManifestSchema>;

/** Completes a manifest with the sha256 of its canonical form without that field. */
export function withFingerprint(
  content: Omit<WorldManifest, 'manifest_fingerprint'>,
): WorldManifest {
  return { ...content, manifest_fingerprint: canonicalHash(content) };
}

/** The bytes on disk: canonical JSON and a line end. */
export function manifestText(manifest: WorldManifest): string {
  return `${canonicalJson(manifest)}\n`;
}

/** Parses and proves a manifest. Throws WORLD_DAMAGED. */
export function parseManifest(text: string, path: string): WorldManifest {
  const damaged = (what: string): HoldfastError =>
    new HoldfastError('WORLD_DAMAGED', `${path} is damaged: ${what}; import the recording again`, {
      details: { file: path },
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged('it is not JSON');
  }
  const parsed = worldManifestSchema.safeParse(value);
  if (!parsed.success) throw damaged(z.prettifyError(parsed.error));
  const { manifest_fingerprint: stated, ...content } = parsed.data;
  if (canonicalHash(content) !== stated) throw damaged('it does not match its own fingerprint');
  return parsed.data;
}
