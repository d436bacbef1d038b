/** Payloads about the run itself: start, end, recovery, runners, operator commands. */
import { z } from 'zod';
import { hex64 } from '../hex.ts';
import type { FactSchemaTable } from './schema-table.ts';

export const runStartedPayloadSchema = z.strictObject({
  stage: z.string(),
  profile: z.string(),
  build_id: z.string(),
  runtime_config_hash: hex64,
  journal_epoch: z.int().nonnegative(),
  venue: z.string(),
  account: z.string(),
});

export const runEndedPayloadSchema = z.strictObject({
  cause: z.string(),
  uptime_s_float: z.number().nonnegative(),
  exit_code: z.int(),
});

export const runnerTransitionPayloadSchema = z.strictObject({
  runner_id: z.string(),
  strategy_id: z.string(),
  from: z.string(),
  to: z.string(),
  cause: z.string().nullable(),
});

export const operatorCommandPayloadSchema = z.strictObject({
  command: z.string(),
  /** Name of the role, never the token. */
  role: z.string(),
  idempotency_key: z.string().nullable(),
  accepted: z.boolean(),
  outcome: z.string(),
  details: z.record(z.string(), z.unknown()),
});

export const runFacts = {
  'run.started': { version: 1, schema: runStartedPayloadSchema, about: 'A run began.' },
  'run.ended': { version: 1, schema: runEndedPayloadSchema, about: 'A run ended, and why.' },
  'runner.transition': {
    version: 1,
    schema: runnerTransitionPayloadSchema,
    about: 'A runner changed its state.',
  },
  'operator.command': {
    version: 1,
    schema: operatorCommandPayloadSchema,
    about: 'A command on the control port.',
  },
} as const satisfies FactSchemaTable;
