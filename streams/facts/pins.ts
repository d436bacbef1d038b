/** ContextPins: which world, which run, which parameters a fact belongs to. Facts without them are refused. */
import { z } from 'zod';
import { hex64 } from './hex.ts';

export const pinsSchema = z.strictObject({
  /** World name. */
  scenario_id: z.string().min(1).max(128),
  /** This execution. */
  run_id: z.string().min(1).max(64),
  /** Digest of the sealed manifest, of generator version + configuration, or of the live session record. */
  manifest_fingerprint: hex64,
  /** Digest of the strategy parameters. */
  parameter_hash: hex64,
  /** Where the fact varies with it. */
  seed: z.int().nonnegative().optional(),
});

export type Pins = Readonly<z.infer<typeof pinsSchema>>;

/** What decisions and groups are derived from: the same in every run over the same world. */
export interface TimelessPins {
  readonly scenario_id: string;
  readonly manifest_fingerprint: string;
  readonly parameter_hash: string;
  readonly seed?: number;
}

/** Pins without `run_id`: a replayed decision keeps its identity. */
export function withoutRunId(pins: Pins): TimelessPins {
  const { run_id: _run, ...rest } = pins;
  return rest;
}
